/** Reads blobs of packs together, for derivers that will ask for them next. */
import { Effect, Result } from "effect"
import { elementAt } from "../../base/expected.ts"
import { isLoss } from "../../invariant/packs/Damage.ts"
import { type PackedPlace, Packs } from "../../invariant/packs/Packs.ts"
import type { BlobId, RepositoryId } from "../../object/Id.ts"

/** Bytes of the blobs that are read together. */
const bytesMax = 512 * 1024

/**
 * Reads the first of these blobs, up to half a mebibyte together. Leaves out those that are not in packs, or cannot be
 * read: who asks for one of them alone is told why. The bytes are parts of larger buffers.
 */
export const packedBlobs = Effect.fnUntraced(function* (repository: RepositoryId, blobs: ReadonlyArray<BlobId>) {
  const packs = yield* Packs
  const names = blobs.map((id) => ({ type: "blob", id }) as const)
  const found = yield* Effect.result(packs.find(repository, names))
  const read = new Map<BlobId, Uint8Array>()
  if (Result.isFailure(found)) return isLoss(found.failure) ? read : yield* found.failure
  const places: Array<PackedPlace> = []
  let bytes = 0
  for (const place of found.success) {
    if (place === undefined) continue
    bytes += place.object.size
    if (bytes > bytesMax) break
    places.push(place)
  }
  for (const [position, content] of (yield* packs.read(places, { ahead: true })).entries()) {
    if (Result.isSuccess(content)) read.set(elementAt(places, position).object.id as BlobId, content.success)
  }
  return read
})
