/**
 * Finds other repositories that have objects which a push leaves out. The index proposes them, and the root of each
 * decides whether the pusher may read it: the index may not know yet that a grant was revoked at another hub.
 */
import type { Packs } from "../../invariant/packs/Packs.ts"
import { Effect } from "effect"
import { Roots } from "../../invariant/Roots.ts"
import type { RepositoryId } from "../../object/Id.ts"
import { type Holders, ObjectIndex, type ObjectIds } from "../../port/index/ObjectIndex.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import type { RepositoryIndex } from "../../port/index/RepositoryIndex.ts"
import type { RowWriter } from "../../port/index/RowWriter.ts"
import type { ObjectStore, StoreUnavailable } from "../../port/ObjectStore.ts"
import type { StoredDocument } from "../../port/Stored.ts"
import type { Root } from "../../repository/Root.ts"
import { storeConcurrency } from "../../port/storeConcurrency.ts"
import { permitted, type Principal } from "../access/policy.ts"
import { catchUp, type CatchUpServices } from "../recovery/catchUp.ts"

/** Reads the root of a repository, and says whether the pusher may read it. A damaged one is left out. */
const judged = Effect.fnUntraced(function* (principal: Principal, id: RepositoryId) {
  const roots = yield* Roots
  const root = yield* Effect.catchTags(roots.read(id), {
    RootMissing: () => Effect.succeed(undefined),
    ObjectCorrupt: (error) => Effect.as(Effect.logError("nothing is taken from a damaged repository", error), undefined)
  })
  const isReadable = root !== undefined && (yield* Effect.isSuccess(permitted(root.value, principal, "read")))
  return { id, root, isReadable }
})

/** Brings the index up to a root. A repository that cannot be read whole stays hidden. */
const broughtUp = (root: StoredDocument<Root>) =>
  Effect.catchTags(catchUp(root), {
    ObjectMissing: (error) => Effect.logError("the index stays behind", error),
    ObjectCorrupt: (error) => Effect.logError("the index stays behind", error),
    RefsLost: (error) => Effect.logError("the index stays behind", error)
  })

const without = (holders: Holders, hidden: ReadonlySet<RepositoryId>): Holders => {
  const kept = <Id>(found: ReadonlyMap<Id, RepositoryId>) =>
    new Map([...found].filter(([, holder]) => !hidden.has(holder)))
  return { blobs: kept(holders.blobs), snapshots: kept(holders.snapshots), commits: kept(holders.commits) }
}

export type ReadableHoldersError = StoreUnavailable | IndexUnavailable

/** What finding holders asks, and writes where the index is behind. */
export type HolderServices = CatchUpServices | ObjectIndex | ObjectStore | Packs | RepositoryIndex | Roots | RowWriter

/** Returns for each found object one repository that has it and that the pusher may read. */
export const readableHolders = Effect.fn("readableHolders")(function* (
  principal: Principal,
  ids: ObjectIds
): Effect.fn.Return<Holders, ReadableHoldersError, HolderServices> {
  const index = yield* ObjectIndex
  // A token for one repository can read only public ones besides it.
  const reader = principal.repository === null ? principal.user : null
  const look = Effect.gen(function* () {
    const holders = yield* index.holdersOf(reader, ids)
    const distinct = new Set([...holders.blobs.values(), ...holders.snapshots.values(), ...holders.commits.values()])
    const all = yield* Effect.forEach(distinct, (id) => judged(principal, id), { concurrency: storeConcurrency })
    return { holders, hidden: all.filter(({ isReadable }) => !isReadable) }
  })
  const first = yield* look
  if (first.hidden.length === 0) return first.holders
  // The index learns what the roots say, and may then know another repository that has the objects.
  yield* Effect.forEach(first.hidden, ({ root }) => (root === undefined ? Effect.void : broughtUp(root)), {
    discard: true
  })
  const { hidden, holders } = yield* look
  return without(holders, new Set(hidden.map(({ id }) => id)))
})
