/** The commands of a shell that get an object out of the store, without a hub. */
import type { LocatedObject, PlaceInBlock } from "@musehub/domain/usecase/fetch/locateObject"
import { Effect, Redacted } from "effect"
import { join } from "node:path"
import { absolute } from "../../config/folders.ts"
import type { StoreUrl } from "../../config/StoreUrl.ts"

/** Quotes a text for a shell. */
const word = (text: string): string =>
  /^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`

/** Passes on `length` bytes of stdin from `start` on. */
const cutting = (start: number, length: number): string => `tail -c +${start + 1} | head -c ${length}`

/** Gets the stored bytes of an object out of its block. */
const unpacking = ({ offset }: PlaceInBlock, { size }: LocatedObject): string => `zstd -dc | ${cutting(offset, size)}`

const fromFolder = Effect.fnUntraced(function* (url: string, object: LocatedObject) {
  const { parseFileUrl } = yield* Effect.promise(() => import("@musehub/adapter-filesystem/plugin"))
  const file = word(join(yield* Effect.fromResult(parseFileUrl(url)), object.path))
  const { block } = object
  return block === null
    ? [`cat ${file}`]
    : [`tail -c +${block.start + 1} ${file} | head -c ${block.length} | ${unpacking(block, object)}`]
})

/** The file that the part of another store is read into. */
const fileOf = ({ block, key }: LocatedObject): string => (block === null ? key.id : `${key.id}.zst`)

const fromFile = (object: LocatedObject): string =>
  object.block === null ? `cat ${fileOf(object)}` : `< ${fileOf(object)} ${unpacking(object.block, object)}`

const fromS3 = Effect.fnUntraced(function* (url: string, object: LocatedObject) {
  const { parseS3Url } = yield* Effect.promise(() => import("@musehub/adapter-s3/S3Config"))
  const { bucket, endpoint, prefix, region } = yield* Effect.fromResult(parseS3Url(url))
  const { block } = object
  const options = [
    ...(endpoint === undefined ? [] : ["--endpoint-url", endpoint]),
    ...(region === undefined ? [] : ["--region", region]),
    "--bucket",
    bucket,
    "--key",
    prefix + object.path,
    ...(block === null ? [] : ["--range", `bytes=${block.start}-${block.start + block.length - 1}`]),
    fileOf(object)
  ]
  return [`aws s3api get-object ${options.map(word).join(" ")}`, fromFile(object)]
})

/**
 * Returns the commands that print the stored bytes of an object. For a store of a third party they begin with a file
 * that holds the bytes of the block, or of the large blob.
 */
export const extraction = (url: StoreUrl, object: LocatedObject) => {
  const text = Redacted.value(absolute(url).text)
  switch (url.scheme) {
    case "file":
      return fromFolder(text, object)
    case "s3":
      return fromS3(text, object)
    default:
      return Effect.succeed([fromFile(object)])
  }
}
