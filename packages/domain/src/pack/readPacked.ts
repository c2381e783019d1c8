/** Reads single objects of a pack by ranges: its end once, then one block for each object. */
import { Effect, Result } from "effect"
import { inSlices } from "../base/Slices.ts"
import { findingObject, openBlock } from "./packContent.ts"
import type { PackDirectory } from "./PackDirectory.ts"
import type { PackBlock, PackedObject } from "./PackedObject.ts"
import { PackRefused } from "./PackRefused.ts"
import { readingTail, usualTailBytes } from "./packTail.ts"

/** Reads the bytes of a pack from `start` to before `end`, which may be those of blocks. */
export type ReadRange<E, R> = (
  start: number,
  end: number,
  blocks?: ReadonlyArray<PackBlock>
) => Effect.Effect<Uint8Array, E, R>

/** Reads the directory of a pack of `bytes` bytes, in one read unless it is long. */
export const readDirectory = <E, R>(
  bytes: number,
  read: ReadRange<E, R>
): Effect.Effect<PackDirectory, E | PackRefused, R> => {
  const fromTail = (tailBytes: number): Effect.Effect<PackDirectory, E | PackRefused, R> => {
    const start = Math.max(0, bytes - tailBytes)
    return Effect.flatMap(read(start, bytes), (tail) => {
      // Fewer bytes would be asked for again and again.
      if (tail.byteLength !== bytes - start) {
        return Effect.fail(
          new PackRefused({ reason: `${tail.byteLength} of its last ${bytes - start} bytes were read` })
        )
      }
      return Effect.flatMap(
        inSlices(() => readingTail(tail, bytes)),
        Result.match({
          onSuccess: (directory) => Effect.succeed(directory),
          onFailure: (error) => (error._tag === "TailTooShort" ? fromTail(error.bytes) : Effect.fail(error))
        })
      )
    })
  }
  return fromTail(usualTailBytes)
}

/** Reads the content of a block. */
export const readBlock = <E, R>(block: PackBlock, read: ReadRange<E, R>) =>
  Effect.flatMap(read(block.start, block.start + block.length, [block]), (bytes) => openBlock(block, bytes))

/** Reads the stored bytes of an object that the directory names. */
export const readPacked = Effect.fnUntraced(function* <E, R>(
  directory: PackDirectory,
  object: PackedObject,
  read: ReadRange<E, R>
) {
  const block = directory.blocks[object.block]
  if (block === undefined) return yield* new PackRefused({ reason: `it has no block ${object.block}` })
  const content = yield* readBlock(block, read)
  return yield* Effect.fromResult(yield* inSlices(() => findingObject(object, content)))
})
