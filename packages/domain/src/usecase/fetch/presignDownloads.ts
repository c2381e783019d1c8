/** Signs URLs for downloads of blobs directly from the store. */
import { Effect, Option } from "effect"
import { type BlobId, emptyBlobId } from "../../object/Id.ts"
import { ObjectStore } from "../../port/ObjectStore.ts"
import type { ObjectReadError } from "../../invariant/ObjectReader.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { type Presigned, timeToLive } from "../access/Presigned.ts"
import { visibleBlobs, type ObjectUnknown } from "./readObject.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import type { ObjectIndex } from "../../port/index/ObjectIndex.ts"

/**
 * Signs a URL for each of these blobs; returns none if the store cannot sign. Does not check existence: a missing blob
 * surfaces when the URL is requested.
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

export type PresignDownloadsError = ObjectUnknown | ObjectReadError | IndexUnavailable

/**
 * Signs a URL for each of these blobs, which the caller must be able to read, if the store can; the `inline` ones are
 * fetched through the hub. The empty blob is always inline, since it may never have been uploaded.
 */
export const presignDownloads = Effect.fn("presignDownloads")(function* (
  open: OpenRepository,
  ids: ReadonlyArray<BlobId>
): Effect.fn.Return<Presigned, PresignDownloadsError, ObjectIndex | ObjectStore> {
  yield* visibleBlobs(open, ids)
  const presigned = yield* downloadUrls(
    open,
    ids.filter((id) => id !== emptyBlobId)
  )
  const answer: Presigned = { presigned, inline: ids.filter((id) => !presigned.has(id)) }
  return answer
})
