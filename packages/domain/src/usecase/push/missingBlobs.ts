/** Lists the blobs that a pusher must upload. */
import { Effect } from "effect"
import { type BlobId, emptyBlobId } from "../../object/Id.ts"
import { ObjectIndex } from "../../port/index/ObjectIndex.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import type { OpenRepository } from "../access/openRepository.ts"

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
  const held = yield* index.reachableBlobs(open.id, ids)
  return ids.filter((id) => id !== emptyBlobId && !held.has(id))
})
