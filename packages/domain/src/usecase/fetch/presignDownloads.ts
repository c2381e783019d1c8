/** Signs URLs for downloads of blobs directly from the store. */
import { Effect, Option } from "effect"
import { type BlobId, emptyBlobId } from "../../object/Id.ts"
import type { Roots } from "../../invariant/Roots.ts"
import type { RefsError } from "../../invariant/refs/RefChunks.ts"
import { Packs } from "../../invariant/packs/Packs.ts"
import { ObjectStore } from "../../port/ObjectStore.ts"
import type { ObjectReadError } from "../../invariant/ObjectReader.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { type Presigned, timeToLive } from "../access/Presigned.ts"
import { visibleBlobs, type ObjectUnknown } from "./readObject.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import type { ObjectIndex } from "../../port/index/ObjectIndex.ts"

/**
 * Signs a URL for each of these large blobs; returns none if the store cannot sign. Does not check existence: a missing
 * blob surfaces when the URL is requested.
 */
export const downloadUrls = Effect.fnUntraced(function* (open: OpenRepository, ids: ReadonlyArray<BlobId>) {
  const { signed } = yield* ObjectStore
  if (Option.isNone(signed)) return new Map<BlobId, string>()
  const entries = yield* Effect.forEach(ids, (id) =>
    Effect.map(
      signed.value.downloads.presignGet({ repository: open.id, type: "blob", id }, timeToLive),
      (url) => [id, url] as const
    )
  )
  return new Map(entries)
})

export type PresignDownloadsError = ObjectUnknown | ObjectReadError | RefsError | IndexUnavailable

/**
 * Signs a URL for each of the large ones among these blobs, which the caller must be able to read, if the store can.
 * The `inline` ones, which are in packs, are fetched through the hub.
 */
export const presignDownloads = Effect.fn("presignDownloads")(function* (
  open: OpenRepository,
  ids: ReadonlyArray<BlobId>
): Effect.fn.Return<Presigned, PresignDownloadsError, ObjectIndex | ObjectStore | Packs | Roots> {
  yield* visibleBlobs(open, ids)
  const asked = ids.filter((id) => id !== emptyBlobId)
  const places = yield* (yield* Packs).find(
    open.id,
    asked.map((id) => ({ type: "blob", id }))
  )
  const presigned = yield* downloadUrls(
    open,
    asked.filter((_, position) => places[position] === undefined)
  )
  const answer: Presigned = { presigned, inline: ids.filter((id) => !presigned.has(id)) }
  return answer
})
