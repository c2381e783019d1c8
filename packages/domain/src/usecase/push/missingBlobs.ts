/** Lists the blobs that a pusher must upload. */
import { Effect } from "effect"
import { type BlobId, emptyBlobId } from "../../object/Id.ts"
import { ObjectIndex } from "../../port/index/ObjectIndex.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import type { OpenRepository } from "../access/openRepository.ts"

/** Ids that are looked up together, so that no list of a million stops everything else. */
const portion = 16_384

/**
 * Returns the blobs that the repository does not have, in the order of `ids`. A blob counts as present once an accepted
 * push has led to it; the empty blob always does (docs/wire.md, section 5). The answer reveals nothing that a reader
 * could not fetch.
 */
export const missingBlobs = Effect.fn("missingBlobs")(function* (
  open: OpenRepository,
  ids: ReadonlyArray<BlobId>
): Effect.fn.Return<ReadonlyArray<BlobId>, IndexUnavailable, ObjectIndex> {
  const index = yield* ObjectIndex
  const missing: Array<BlobId> = []
  let start = 0
  // An empty question is asked too: its answer says whether a push could be taken.
  do {
    const some = ids.slice(start, start + portion)
    const { blobs: held } = yield* index.known(open.id, { blobs: some, snapshots: [], commits: [] })
    for (const id of some) if (id !== emptyBlobId && !held.has(id)) missing.push(id)
    start += portion
  } while (start < ids.length)
  return missing as ReadonlyArray<BlobId>
})
