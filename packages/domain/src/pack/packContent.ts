/** Gets objects out of a block, and checks every byte on the way. */
import { Effect, Result } from "effect"
import { isSame } from "../base/Bytes.ts"
import { atOnce, type Slices } from "../base/Slices.ts"
import { decompress } from "../base/Compression.ts"
import { canonicalPrefix } from "../object/Frame.ts"
import { hashing, sha256Apart } from "../object/Digest.ts"
import type { PackBlock, PackedObject } from "./PackedObject.ts"
import { PackRefused } from "./PackRefused.ts"

/** Decompresses the bytes of a block, if they are those that the directory names. */
export const openBlock = Effect.fnUntraced(function* (block: PackBlock, bytes: Uint8Array) {
  const where = `the block at ${block.start}`
  const computed = yield* sha256Apart(bytes)
  if (computed !== block.sha256) return yield* new PackRefused({ reason: `${where} is damaged` })
  return yield* Effect.mapError(
    decompress(bytes, block.contentLength),
    ({ message }) => new PackRefused({ reason: `${where}: ${message}` })
  )
})

/**
 * Returns the stored bytes of an object from the content of its block, if they are those that the directory names.
 * Hashes them in slices.
 */
export const findingObject = function* (
  object: PackedObject,
  content: Uint8Array
): Slices<Result.Result<Uint8Array, PackRefused>> {
  const { id, offset, size, type } = object
  const refuse = (reason: string) => Result.fail(new PackRefused({ reason: `${type} ${id} ${reason}` }))
  const prefix = canonicalPrefix(type, size)
  const start = offset + prefix.byteLength
  if (!isSame(content.subarray(offset, start), prefix)) return refuse("has another header")
  const bytes = content.subarray(start, start + size)
  const computed = yield* hashing(bytes)
  return computed === object.sha256 ? Result.succeed(bytes) : refuse(`hashes to ${computed}`)
}

/** Returns the stored bytes of an object as `findingObject` does, without a pause. */
export const objectIn = (object: PackedObject, content: Uint8Array) => atOnce(findingObject(object, content))
