/** Signs URLs for direct uploads of large blobs. */
import { Effect, Option } from "effect"
import type { BlobId } from "../../object/Id.ts"
import { ObjectStore, type StoreUnavailable } from "../../port/ObjectStore.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { takingBytes } from "../access/takingBytes.ts"
import type { QuotaError } from "../admission/Quotas.ts"
import { type Presigned, timeToLive } from "../access/Presigned.ts"

/** Returns a URL for each blob if the store can sign them, else none. */
export const presignUploads = Effect.fn("presignUploads")(function* (
  open: OpenRepository<"write">,
  ids: ReadonlyArray<BlobId>
): Effect.fn.Return<Presigned, QuotaError | StoreUnavailable, ObjectStore> {
  const { signed } = yield* ObjectStore
  if (Option.isNone(signed)) return { presigned: new Map(), inline: ids }
  yield* takingBytes(open)
  const entries = yield* Effect.forEach(ids, (id) =>
    Effect.map(signed.value.uploads.presignPut({ repository: open.id, id }, timeToLive), (url) => [id, url] as const)
  )
  return { presigned: new Map(entries), inline: [] }
})
