/** The page of a user, agent or organisation: what it says of itself, and its repositories that the reader sees. */
import { UserName } from "@musehub/domain/repository/Names"
import { listMembers } from "@musehub/domain/usecase/identities/listMembers"
import { openIdentity } from "@musehub/domain/usecase/identities/openIdentity"
import { showIdentity, type ShownIdentity } from "@musehub/domain/usecase/identities/showIdentity"
import { Effect, Option, Result } from "effect"
import { Fragment, type VNode } from "preact"
import { personAddress } from "../html/address.ts"
import { h } from "../html/h.ts"
import { Commands, Empty, Link, Pager } from "../html/parts.ts"
import { caller, page } from "../page/page.ts"
import { handleNamed, listPage, nextCursor, query } from "../page/query.ts"
import { attempted, Refusal } from "../page/Refusal.ts"
import { RepositoryList, withLast } from "../repository/home.ts"
import { ProfileBody, SocialBody } from "./Profile.ts"

const repositoriesListed = 30
const membersNamed = 20

/** Says how one's identity is made, to a user who has none. */
const FirstWords = ({ handle }: { readonly handle: string }): VNode =>
  h(
    Empty,
    { title: "You have not said anything about yourself" },
    h("p", null, "Make a repository called identity, and push a profile.json to it:"),
    h(Commands, {
      label: "What a profile is made of",
      lines: [
        `musehub repo create ${handle}/identity --domain identity --visibility public`,
        '# profile.json: {"type": "human", "displayName": "…", "bio": "…"}'
      ]
    })
  )

/** Reads the first members of an organisation; none where the identity names none. */
const readMembers = Effect.fnUntraced(function* ({ commitId, handle }: ShownIdentity) {
  if (commitId === null) return []
  const identity = yield* openIdentity(handle, yield* caller)
  return (yield* listMembers(identity, { limit: membersNamed })).items
})

const readIdentity = Effect.fnUntraced(function* (handle: string) {
  const reader = yield* caller
  const request = yield* listPage(yield* query, repositoriesListed)
  return yield* Effect.catchTag(showIdentity(handle, reader, request), "IdentityUnknown", (unknown) =>
    // To themselves, users are known before there is anything of them.
    reader !== null && reader.user === handle
      ? Effect.succeed<ShownIdentity>({
          handle: UserName.make(handle),
          commitId: null,
          profile: null,
          social: null,
          invalid: [],
          followers: null,
          repositories: { items: [], next: Option.none() }
        })
      : Effect.fail(unknown)
  )
})

export const person = page(
  Effect.gen(function* () {
    const shown = yield* readIdentity(yield* handleNamed)
    const { commitId, handle, repositories } = shown
    const members = yield* attempted(readMembers(shown))
    const next = yield* nextCursor(repositories)
    const isReader = (yield* caller)?.user === handle
    return {
      title: handle,
      body: h(
        Fragment,
        null,
        h(ProfileBody, shown),
        commitId === null && isReader ? h(FirstWords, { handle }) : null,
        Result.isFailure(members)
          ? h(Refusal, { problem: members.failure })
          : members.success.length === 0 && shown.profile?.type !== "org"
            ? null
            : [
                h("h2", null, "Members"),
                h(
                  "p",
                  null,
                  members.success.flatMap(({ user }) => [h(Link, { to: personAddress(user) }, user), " "]),
                  h(Link, { to: personAddress(handle, "members"), class: "button" }, "All members and teams")
                )
              ],
        h(SocialBody, shown),
        h("h2", null, "Repositories"),
        repositories.items.length === 0
          ? h(Empty, { title: next === null ? "None that you can see" : "None among those of this page" })
          : h(RepositoryList, { items: yield* withLast(repositories.items) }),
        h(Pager, { next: next === null ? null : personAddress(handle, undefined, { cursor: next }) })
      )
    }
  })
)
