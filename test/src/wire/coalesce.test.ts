/** Coalescing the pieces of an answer changes their boundaries and nothing else. */
import { assert, describe, it } from "@effect/vitest"
import { coalesced } from "@musehub/http/wire/coalesce"
import { Effect, Result, Stream } from "effect"

const pieceBytesMin = 64 * 1024

const piece = (size: number, fill: number) => new Uint8Array(size).fill(fill)

const gathered = (sizes: ReadonlyArray<number>, chunkSize: number) => {
  const pieces = sizes.map((size, index) => piece(size, index % 251))
  return Effect.map(Stream.runCollect(coalesced(Stream.fromIterable(pieces, { chunkSize }))), (found) => ({
    found,
    pieces
  }))
}

describe("coalesced", () => {
  for (const chunkSize of [1, 7]) {
    it.effect(`keeps every byte, in pieces that are worth a write, for chunks of ${chunkSize} bytes`, () =>
      Effect.gen(function* () {
        const sizes = [
          0,
          1,
          10,
          70_000,
          5,
          65_535,
          1,
          65_536,
          0,
          ...Array.from({ length: 500 }, (_, index) => index * 3),
          9
        ]
        const { found, pieces } = yield* gathered(sizes, chunkSize)
        assert.isTrue(Buffer.concat(found).equals(Buffer.concat(pieces)))
        assert.isTrue(found.every(({ byteLength }) => byteLength > 0))
        assert.isBelow(found.length, 20)
        assert.include(found, pieces[3], "a large piece is not copied")
      })
    )
  }

  it.effect("gives nothing for nothing", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* gathered([], 1)).found, [])
      assert.deepStrictEqual((yield* gathered([0, 0], 1)).found, [])
    })
  )

  it.effect("fails when its source fails, after the bytes that were worth a write", () =>
    Effect.gen(function* () {
      const seen: Array<Uint8Array> = []
      const source = Stream.make(piece(pieceBytesMin, 1), piece(10, 2)).pipe(Stream.concat(Stream.fail("broken")))
      const result = yield* Effect.result(
        Stream.runForEach(coalesced(source), (bytes) => Effect.sync(() => seen.push(bytes)))
      )
      assert.deepStrictEqual(result, Result.fail("broken"))
      assert.strictEqual(seen[0]?.byteLength, pieceBytesMin)
    })
  )
})
