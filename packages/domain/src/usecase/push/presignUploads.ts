/** URLs that large blobs are uploaded to directly. */
import { Duration, Effect, Option } from "effect"
import type { BlobId } from "../../object/Id.ts"
import { ObjectStore } from "../../port/ObjectStore.ts"
import type { OpenRepository } from "../access/openRepository.ts"

/** Long enough for a client that carries several large blobs at 8 a time over a slow line. */
export const timeToLive = Duration.hours(1)

export interface Presigned {
  readonly presigned: ReadonlyMap<BlobId, string>
  /** Those without a URL, to go through the hub. */
  readonly inline: ReadonlyArray<BlobId>
}

/** A URL for each blob where the store can sign them, else none. */
export const presignUploads = Effect.fn("presignUploads")(function* (
  open: OpenRepository<"write">,
  ids: ReadonlyArray<BlobId>
) {
  const { uploads } = yield* ObjectStore
  if (Option.isNone(uploads)) return { presigned: new Map(), inline: ids } satisfies Presigned as Presigned
  const entries = yield* Effect.forEach(ids, (id) =>
    Effect.map(uploads.value.presignPut({ repository: open.id, id }, timeToLive), (url) => [id, url] as const)
  )
  return { presigned: new Map(entries), inline: [] } satisfies Presigned as Presigned
})
