/** URLs that large blobs are uploaded to directly. */
import { Duration, Effect, Option } from "effect"
import type { BlobId } from "../object/Id.ts"
import { ObjectStore } from "../port/ObjectStore.ts"
import type { OpenRepository } from "./openRepository.ts"

/** Long enough for a client that uploads several large blobs at 8 a time over a slow line. */
const timeToLive = Duration.hours(1)

export interface PresignedUploads {
  readonly presigned: ReadonlyMap<BlobId, string>
  /** Those without a URL, to be sent through the hub. */
  readonly inline: ReadonlyArray<BlobId>
}

/** A URL for each blob where the store can sign them, else none. Needs write access. */
export const presignUploads = Effect.fn("presignUploads")(function* (open: OpenRepository, ids: ReadonlyArray<BlobId>) {
  const { uploads } = yield* ObjectStore
  if (Option.isNone(uploads))
    return { presigned: new Map(), inline: ids } satisfies PresignedUploads as PresignedUploads
  const entries = yield* Effect.forEach(ids, (id) =>
    Effect.map(uploads.value.presignPut({ repository: open.id, id }, timeToLive), (url) => [id, url] as const)
  )
  return { presigned: new Map(entries), inline: [] } satisfies PresignedUploads as PresignedUploads
})
