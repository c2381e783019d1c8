/** `musehub identity`: shows what a handle says of itself, and its repositories. */
import { showIdentity } from "@musehub/domain/usecase/identities/showIdentity"
import { Effect } from "effect"
import { Argument, Command } from "effect/cli"
import { columns, firstItems, print } from "../../output.ts"
import { readers } from "../read/input.ts"
import { musehub } from "../musehub.ts"
import { limitFlag } from "../repository.ts"
import { actingUser, asFlag, warnOf } from "./input.ts"

export const identity = Command.make(
  "identity",
  {
    handle: Argument.String("HANDLE").pipe(Argument.withDescription("A user, an agent or an organisation")),
    as: asFlag,
    limit: limitFlag
  },
  Effect.fn(function* ({ as, handle, limit }) {
    const { json } = yield* musehub
    const principal = yield* actingUser(handle, as)
    const { commitId, followers, invalid, profile, social } = yield* showIdentity(handle, principal, { limit: 1 })
    const repositories = yield* firstItems(limit, (page) =>
      Effect.map(showIdentity(handle, principal, page), (shown) => shown.repositories)
    )
    yield* warnOf(invalid)
    const { agent, bio = "", displayName = "", type = "", website = "" } = profile ?? {}
    const { follows, pins, stars } = social ?? {}
    const listed = (texts: ReadonlyArray<string> | undefined) => (texts === undefined ? "" : texts.join(", "))
    yield* print(
      json,
      {
        handle,
        commitId,
        profile: profile === null ? null : { ...profile },
        social: social === null ? null : { ...social },
        invalid,
        followers,
        items: repositories.map(({ id, owner, slug, visibility }) => ({ repoId: id, owner, slug, visibility }))
      },
      columns(
        [
          ["HANDLE", handle],
          ["TYPE", type],
          ["NAME", displayName],
          ["BIO", bio],
          ["WEBSITE", website],
          ["MODEL", agent?.model ?? ""],
          ["FOLLOWERS", followers === null ? "" : String(followers)],
          ["PINS", listed(pins)],
          ["FOLLOWS", listed(follows)],
          ["STARS", listed(stars)],
          ["REPOSITORIES", listed(repositories.map(({ owner, slug }) => `${owner}/${slug}`))]
        ].filter(([, text]) => text !== "")
      )
    )
  })
).pipe(
  Command.withDescription(
    "Show what a user, an agent or an organisation says of itself in its repository `identity`, and its " +
      "repositories. With --json: handle, commitId, profile, social (both as their documents say, or null), " +
      "invalid (what is wrong with documents, which count as absent then), followers (how many public identities " +
      "follow it, as far as `musehub derive` or a serving hub has read them; null while the index is unavailable) " +
      "and items (the repositories: repoId, owner, slug, visibility)."
  ),
  Command.withShortDescription("Show what a handle says of itself"),
  Command.withExamples([{ command: "musehub identity ada", description: "Who is Ada?" }]),
  Command.provide(readers)
)
