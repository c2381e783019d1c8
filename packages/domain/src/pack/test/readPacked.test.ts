/** Tests that single objects cost the end of a pack, once, and one block each. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { isSame } from "../../base/Bytes.ts"
import type { PackBlock } from "../PackedObject.ts"
import { usualTailBytes } from "../packTail.ts"
import { readDirectory, readPacked } from "../readPacked.ts"
import { blob, packOf } from "./testing.ts"

/** Packs so many blobs and counts what is read of them. */
const counted = Effect.fnUntraced(function* (count: number, size: number) {
  const objects = Array.from({ length: count }, (_, n) => blob(Buffer.from(String(n).padStart(size, "0"))))
  const { bytes } = yield* packOf(objects)
  const ranges: Array<readonly [number, number]> = []
  const read = (start: number, end: number) =>
    Effect.sync(() => {
      ranges.push([start, end])
      return bytes.subarray(start, end)
    })
  return { objects, bytes, ranges, read }
})

describe("single objects of a pack", () => {
  it.effect("cost one read of its end and one of a block", () =>
    Effect.gen(function* () {
      const { bytes, objects, ranges, read } = yield* counted(30, 200_000)
      const directory = yield* readDirectory(bytes.byteLength, read)
      assert.deepStrictEqual(ranges, [[Math.max(0, bytes.byteLength - usualTailBytes), bytes.byteLength]])
      for (const object of objects) {
        ranges.length = 0
        const found = directory.find("blob", object.id)
        assert(found !== undefined)
        assert.isTrue(isSame(yield* readPacked(directory, found, read), object.content))
        const { length, start } = directory.blocks[found.block] as PackBlock
        assert.deepStrictEqual(ranges, [[start, start + length]])
      }
      assert.isAbove(directory.blocks.length, 5)
    })
  )

  it.effect("cost a second read of its end where the directory is long, and none of its blocks", () =>
    Effect.gen(function* () {
      const { bytes, ranges, read } = yield* counted(5000, 5)
      const directory = yield* readDirectory(bytes.byteLength, read)
      assert.strictEqual(directory.size, 5000)
      assert.strictEqual(ranges.length, 2)
      const blocks = directory.blocks.reduce((sum, { length }) => sum + length, 0)
      assert.deepStrictEqual(ranges[1], [blocks, bytes.byteLength])
    })
  )

  it.effect("pass on why a read failed", () =>
    Effect.gen(function* () {
      const failure = yield* Effect.flip(readDirectory(1000, () => Effect.fail("the store is gone" as const)))
      assert.strictEqual(failure, "the store is gone")
    })
  )

  it.effect("are refused when the read gives other bytes", () =>
    Effect.gen(function* () {
      const { bytes, objects, read } = yield* counted(3, 100)
      const directory = yield* readDirectory(bytes.byteLength, read)
      const found = directory.find("blob", objects[1]?.id ?? "")
      assert(found !== undefined)
      const short = (start: number, end: number) => read(start, end - 1)
      const error = yield* Effect.flip(readPacked(directory, found, short))
      assert.include(error.message, "the block at 0 is damaged")
      const cut = yield* Effect.flip(readDirectory(bytes.byteLength, short))
      assert.include(cut.message, `${bytes.byteLength - 1} of its last ${bytes.byteLength} bytes were read`)
    })
  )
})
