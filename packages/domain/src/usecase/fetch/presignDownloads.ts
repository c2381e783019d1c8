/** URLs that blobs are downloaded from directly, past the hub. */
import { Effect, Option } from "effect"
import { type BlobId, emptyBlobId } from "../../object/Id.ts"
import { ObjectStore } from "../../port/ObjectStore.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { type Presigned, timeToLive } from "../access/Presigned.ts"
import { visibleBlobs } from "./readObject.ts"

/** A URL for each of these blobs of the repository; none where the store cannot sign them. */
export const downloadUrls = Effect.fnUntraced(function* (open: OpenRepository, ids: ReadonlyArray<BlobId>) {
  const { downloads } = yield* ObjectStore
  if (Option.isNone(downloads)) return new Map<BlobId, string>()
  const entries = yield* Effect.forEach(ids, (id) =>
    Effect.map(
      downloads.value.presignGet({ repository: open.id, type: "blob", id }, timeToLive),
      (url) => [id, url] as const
    )
  )
  return new Map(entries)
})

/**
 * A URL for each of these blobs where the store can sign them; `inline` are to be fetched through the hub, the empty
 * blob always, since it may never have been uploaded. Fails with `ObjectUnknown` for blobs that the caller may not
 * read.
 */
export const presignDownloads = Effect.fn("presignDownloads")(function* (
  open: OpenRepository,
  ids: ReadonlyArray<BlobId>
) {
  yield* visibleBlobs(open, ids)
  const presigned = yield* downloadUrls(
    open,
    ids.filter((id) => id !== emptyBlobId)
  )
  const answer: Presigned = { presigned, inline: ids.filter((id) => !presigned.has(id)) }
  return answer
})
