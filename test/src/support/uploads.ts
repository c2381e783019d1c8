/** Direct uploads for a store that has none: bytes that a client put without the hub, of any content. */
import { expected } from "@musehub/domain/base/expected"
import { byText } from "@musehub/domain/base/text/byText"
import { type ObjectHead, type ObjectStore, UploadMissing } from "@musehub/domain/port/ObjectStore"
import { pageOf } from "@musehub/domain/port/Page"
import { immutablePath, uploadFolder, type UploadKey, uploadPath } from "@musehub/domain/port/StoreKey"
import { Effect, Option, Stream } from "effect"

/** `storedAt` says when an upload of this moment counts as stored. */
export const withUploads = (store: ObjectStore["Service"], storedAt: () => number = () => 0) => {
  const staged = new Map<string, Uint8Array>()
  const times = new Map<string, number>()
  const withStaging: ObjectStore["Service"] = {
    ...store,
    signed: Option.some({
      downloads: { presignGet: (key) => Effect.succeed(`memory:${immutablePath(key)}`) },
      uploads: {
        presignPut: (key) => Effect.succeed(`memory:${uploadPath(key)}`),
        size: (key) =>
          Effect.sync(() => Option.map(Option.fromUndefinedOr(staged.get(uploadPath(key))), (bytes) => bytes.length)),
        list: (repository, page) =>
          Effect.sync(() => {
            const folder = uploadFolder(repository)
            const found = [...staged].filter(([path]) => path.startsWith(folder))
            const heads = found.map(([path, { length: size }]): ObjectHead => ({
              id: path.slice(folder.length),
              size,
              storageUri: `memory:${path}`,
              storedAtMillis: expected(times.get(path), path)
            }))
            return pageOf(
              heads.toSorted((one, other) => byText(one.id, other.id)),
              ({ id }) => id,
              page
            )
          }),
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
    upload: (key: UploadKey, bytes: Uint8Array) => {
      staged.set(uploadPath(key), bytes)
      times.set(uploadPath(key), storedAt())
    },
    /** Lists the paths that still hold an upload. */
    uploaded: () => [...staged.keys()]
  }
}
