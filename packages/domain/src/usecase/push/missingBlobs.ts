/** Lists the blobs that a pusher must upload. */
import { Effect } from "effect"
import { type ObjectName, Packs } from "../../invariant/packs/Packs.ts"
import type { ObjectCorrupt } from "../../object/Refused.ts"
import { type BlobId, emptyBlobId, type RepositoryId } from "../../object/Id.ts"
import { ObjectIndex } from "../../port/index/ObjectIndex.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import type { ObjectStore, StoreUnavailable } from "../../port/ObjectStore.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { largeOnes } from "./admitBlobs.ts"

/** Ids that are looked up together, so that no list of a million stops everything else. */
const portion = 16_384

/** Finds those of the blobs that reads found damaged or gone. Nothing is read where no read found anything. */
const lostAmong = Effect.fnUntraced(function* (repository: RepositoryId, ids: ReadonlyArray<BlobId>) {
  const { damage, find, lossOf } = yield* Packs
  const lost = new Set<BlobId>()
  if (damage.isEmpty || ids.length === 0) return lost
  const places = yield* find(
    repository,
    ids.map((id): ObjectName => ({ type: "blob", id }))
  )
  for (const [position, id] of ids.entries()) {
    if (places[position] !== undefined) continue
    const isLost = damage.hasBlob(repository, id) || (yield* lossOf(repository, { type: "blob", id })) !== undefined
    if (isLost) lost.add(id)
  }
  // Those that no pack can be asked about may be large ones.
  for (const id of yield* largeOnes(repository, [...lost])) lost.delete(id)
  return lost
})

/**
 * Returns the blobs that the repository does not have, in the order of `ids`. A blob counts as present once an accepted
 * push has led to it, unless a read found it damaged or gone; the empty blob always does (docs/wire.md, section 5). The
 * answer reveals nothing that a reader could not fetch.
 */
export const missingBlobs = Effect.fn("missingBlobs")(function* (
  open: OpenRepository,
  ids: ReadonlyArray<BlobId>
): Effect.fn.Return<
  ReadonlyArray<BlobId>,
  IndexUnavailable | ObjectCorrupt | StoreUnavailable,
  ObjectIndex | ObjectStore | Packs
> {
  const index = yield* ObjectIndex
  const missing: Array<BlobId> = []
  let start = 0
  // An empty question is asked too: its answer says whether a push could be taken.
  do {
    const some = ids.slice(start, start + portion)
    const { blobs: held } = yield* index.known(open.id, { blobs: some, snapshots: [], commits: [] })
    const lost = yield* lostAmong(open.id, [...held])
    for (const id of some) if (id !== emptyBlobId && (!held.has(id) || lost.has(id))) missing.push(id)
    start += portion
  } while (start < ids.length)
  return missing as ReadonlyArray<BlobId>
})
