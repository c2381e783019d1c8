/** Who is in an organisation, and what its teams may do. */
import type { Member, Team } from "@musehub/domain/reading/document/Members"
import { listMembers, type MembersPage } from "@musehub/domain/usecase/identities/listMembers"
import { openIdentity } from "@musehub/domain/usecase/identities/openIdentity"
import { Effect } from "effect"
import { Fragment, type VNode } from "preact"
import { personAddress, repositoryAddress } from "../html/address.ts"
import { h } from "../html/h.ts"
import { ListPage } from "../html/ListPage.ts"
import { Link, Tag } from "../html/parts.ts"
import { Name } from "../html/visible.ts"
import { caller, page } from "../page/page.ts"
import { handleNamed, listPage, nextCursor, query } from "../page/query.ts"

const listed = 100
const teamsShown = 100
const grantsShown = 20

const MemberItem = ({ member: { role, teams, user } }: { readonly member: Member }): VNode =>
  h(
    "li",
    null,
    h(Link, { to: personAddress(user), class: "title" }, user),
    role === "owner" ? [" ", h(Tag, { kind: "accent" }, role)] : null,
    teams.length === 0 ? null : [" ", h("span", { class: "meta" }, teams.slice(0, grantsShown).join(", "))]
  )

const TeamItem = ({ handle, team: { grants, name } }: { readonly handle: string; readonly team: Team }): VNode => {
  const more = grants.length - grantsShown
  return h(
    "li",
    null,
    h("strong", null, name),
    " ",
    h(
      "span",
      { class: "meta" },
      grants.length === 0 ? "has no role in a repository" : null,
      grants
        .slice(0, grantsShown)
        .flatMap(({ role, slug }, place) => [
          place === 0 ? null : ", ",
          h(Link, { to: repositoryAddress({ owner: handle, slug }) }, slug),
          `: ${role}`
        ]),
      more > 0 ? `, and ${more} more` : null
    )
  )
}

/** Says whether teams give roles, and why they do not. */
const Standing = ({ effective, invalid }: Pick<MembersPage, "effective" | "invalid">): VNode => {
  if (invalid !== null) {
    const reason = h(Name, { text: invalid })
    return h("p", { class: "notice" }, "members.json is not valid, and counts as absent: ", reason)
  }
  if (effective) return h(Fragment, null)
  return h(
    "p",
    { class: "notice" },
    "These teams give no roles: that takes a protected default branch, and a hub that knows organisations."
  )
}

const MembersBody = ({
  found,
  handle,
  next
}: {
  readonly handle: string
  readonly found: MembersPage
  readonly next: string | null
}): VNode => {
  const { items, teams } = found
  return h(
    Fragment,
    null,
    h(Standing, found),
    h(ListPage, {
      items: items.map((member) => h(MemberItem, { member })),
      none: "Nobody is named here",
      next: next === null ? null : personAddress(handle, "members", { cursor: next })
    }),
    teams.length === 0
      ? null
      : [
          h("h2", null, "Teams"),
          h(
            "ul",
            { class: "list" },
            teams.slice(0, teamsShown).map((team) => h(TeamItem, { handle, team }))
          ),
          teams.length > teamsShown ? h("p", { class: "meta" }, `and ${teams.length - teamsShown} more`) : null
        ]
  )
}

export const members = page(
  Effect.gen(function* () {
    const handle = yield* handleNamed
    const identity = yield* openIdentity(handle, yield* caller)
    const found = yield* listMembers(identity, yield* listPage(yield* query, listed))
    const { owner } = identity.open.root.value.repository
    return {
      title: `Members of ${owner}`,
      body: h(
        Fragment,
        null,
        h("h1", null, "Members of ", h(Link, { to: personAddress(owner) }, owner)),
        h(MembersBody, { handle: owner, found, next: yield* nextCursor(found) })
      )
    }
  })
)
