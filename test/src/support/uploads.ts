/** Direct uploads for a store that has none: bytes that a client put without the hub, of any content. */
import { type ObjectStore, UploadMissing } from "@musehub/domain/port/ObjectStore"
import { immutablePath, type UploadKey, uploadPath } from "@musehub/domain/port/StoreKey"
import { Effect, Option, Stream } from "effect"

export const withUploads = (store: ObjectStore["Service"]) => {
  const staged = new Map<string, Uint8Array>()
  const withStaging: ObjectStore["Service"] = {
    ...store,
    signed: Option.some({
      downloads: { presignGet: (key) => Effect.succeed(`memory:${immutablePath(key)}`) },
      uploads: {
        presignPut: (key) => Effect.succeed(`memory:${uploadPath(key)}`),
        size: (key) =>
          Effect.sync(() => Option.map(Option.fromUndefinedOr(staged.get(uploadPath(key))), (bytes) => bytes.length)),
        stream: (key) =>
          Stream.suspend(() => {
            const bytes = staged.get(uploadPath(key))
            return bytes === undefined ? Stream.fail(new UploadMissing(key)) : Stream.make(bytes)
          }),
        delete: (key) => Effect.sync(() => void staged.delete(uploadPath(key)))
      }
    })
  }
  return {
    store: withStaging,
    /** Does what a client does with a presigned URL. */
    upload: (key: UploadKey, bytes: Uint8Array) => void staged.set(uploadPath(key), bytes),
    /** Lists the paths that still hold an upload. */
    uploaded: () => [...staged.keys()]
  }
}
