/** Which blobs a pusher need not upload. */
import { Effect } from "effect"
import { type BlobId, emptyBlobId } from "../../object/Id.ts"
import { ObjectIndex } from "../../port/index/ObjectIndex.ts"
import type { OpenRepository } from "../access/openRepository.ts"

/**
 * Of these blobs those that the repository does not hold, in the order of the question. Only what an accepted push
 * led to counts as held; the empty blob always does (docs/wire.md, section 5). It tells nothing that a reader
 * could not fetch.
 */
export const missingBlobs = Effect.fn("missingBlobs")(function* (open: OpenRepository, ids: ReadonlyArray<BlobId>) {
  const index = yield* ObjectIndex
  const held = yield* index.reachableBlobs(open.id, ids)
  return ids.filter((id) => id !== emptyBlobId && !held.has(id))
})
