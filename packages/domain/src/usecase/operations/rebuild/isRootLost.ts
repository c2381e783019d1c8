/** Tells a root that was lost from one that was never written, as by a creation that was refused or stopped. */
import { Effect, Option, Stream } from "effect"
import { listNames, readClaim } from "../../../invariant/NameClaims.ts"
import type { RepositoryId } from "../../../object/Id.ts"
import { ObjectStore } from "../../../port/ObjectStore.ts"
import { everyItem } from "../../../port/Page.ts"
import { storeConcurrency } from "../../../port/storeConcurrency.ts"

/** Names per page of the listing. */
const pageSize = 1000

/** Says whether a name leads to a repository. A damaged claim may. */
const isClaimed = (id: RepositoryId) =>
  everyItem(pageSize, listNames).pipe(
    Stream.mapEffect(
      (name) =>
        readClaim(name).pipe(
          Effect.map(Option.exists(({ repository }) => repository === id)),
          Effect.catchTag("ObjectCorrupt", () => Effect.succeed(true))
        ),
      { concurrency: storeConcurrency, unordered: true }
    ),
    Stream.filter((leads) => leads),
    Stream.runHead,
    Effect.map(Option.isSome)
  )

/** Says whether there is a copy of an earlier root of a repository. */
export const hasEarlierRoot = Effect.fnUntraced(function* (id: RepositoryId) {
  const { documents } = yield* ObjectStore
  const { items } = yield* documents.list({ kind: "history", repository: id }, { limit: 1 })
  return items.length > 0
})

/** Says whether a repository without a root had one: it has a copy of an earlier root, or a name. */
export const wasRooted = Effect.fnUntraced(function* (id: RepositoryId) {
  return (yield* hasEarlierRoot(id)) || (yield* isClaimed(id))
})

/** Says whether packs are under a root that was lost. */
export const isRootLost = Effect.fnUntraced(function* (id: RepositoryId) {
  const { items } = yield* (yield* ObjectStore).list(id, "pack", { limit: 1 })
  return items.length > 0 && (yield* wasRooted(id))
})
