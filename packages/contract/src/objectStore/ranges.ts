/** Parts of a blob or a pack, and parts that it does not have. */
import { assert } from "@effect/vitest"
import { sha256 } from "@musehub/domain/object/Digest"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { Effect, Stream } from "effect"
import { bytesOf, keyOf, newRepository, ofAnyBytes } from "../StoreSamples.ts"
import { anyBytesTypes, assertBytes, type Suite } from "./support.ts"

export const ranges = (it: Suite) => {
  /** Sizes in bytes: within one chunk of every adapter, and over several. */
  const cases = [1000, 700_001].flatMap((size) => anyBytesTypes.map((type) => ({ size, type })))
  const parts = (size: number): ReadonlyArray<readonly [start: number, end: number]> => [
    [0, size],
    [0, 1],
    [size - 1, size],
    [1, size - 1],
    [Math.floor(size / 3), Math.floor((2 * size) / 3)],
    [0, 0],
    [Math.floor(size / 2), Math.floor(size / 2)],
    [size, size]
  ]
  const outside = (size: number): ReadonlyArray<readonly [start: number, end: number]> => [
    [0, size + 1],
    [size - 1, size + 1],
    [size, size + 1],
    [size + 1, size + 1],
    [size + 1, size + 10],
    [-1, 1],
    [2, 1],
    [0.5, 1],
    [Number.NaN, 1],
    [0, Number.POSITIVE_INFINITY]
  ]

  it.effect.each(cases)(
    "every range of a $type of $size bytes can be read, even after it was read whole",
    ({ size, type }) =>
      Effect.gen(function* () {
        const store = yield* ObjectStore
        const repository = newRepository()
        const bytes = bytesOf(size, 7)
        const object = yield* ofAnyBytes[type](bytes)
        const key = keyOf(repository, object)
        yield* store.put(repository, object)
        for (let round = 0; round < 3; round += 1) {
          for (const [start, end] of parts(size)) {
            const part = bytes.subarray(start, end)
            // A cache keeps what it can check.
            const known = round === 0 ? {} : { sha256: sha256(part) }
            assertBytes(yield* Stream.mkUint8Array(store.stream(key, { start, end, ...known })), part)
          }
          assertBytes(yield* Stream.mkUint8Array(store.stream(key)), bytes)
        }
      })
  )

  it.effect.each(cases)("a range outside a $type of $size bytes fails, and is never shortened", ({ size, type }) =>
    Effect.gen(function* () {
      const store = yield* ObjectStore
      const repository = newRepository()
      const object = yield* ofAnyBytes[type](bytesOf(size, 8))
      const key = keyOf(repository, object)
      yield* store.put(repository, object)
      for (let round = 0; round < 2; round += 1) {
        for (const [start, end] of outside(size)) {
          let chunks = 0
          const read = Stream.runForEach(store.stream(key, { start, end }), () => Effect.sync(() => (chunks += 1)))
          const error = yield* Effect.flip(read)
          assert.deepInclude(error, { _tag: "RangeOutside", ...key, start, end }, `${start} to ${end}`)
          assert.strictEqual(chunks, 0, `${start} to ${end}`)
        }
        yield* Stream.runDrain(store.stream(key))
      }
    })
  )

  it.effect.each(anyBytesTypes)("an empty %s has one range, and a missing one has none", (type) =>
    Effect.gen(function* () {
      const store = yield* ObjectStore
      const repository = newRepository()
      const object = yield* ofAnyBytes[type](new Uint8Array())
      const never = yield* ofAnyBytes[type](bytesOf(10, 9))
      yield* store.put(repository, object)
      const part = (end: number, of = object) =>
        Stream.mkUint8Array(store.stream(keyOf(repository, of), { start: 0, end }))
      assert.strictEqual((yield* part(0)).byteLength, 0)
      assert.strictEqual((yield* Effect.flip(part(1)))._tag, "RangeOutside")
      for (const end of [0, 1]) {
        assert.strictEqual((yield* Effect.flip(part(end, never)))._tag, "ObjectMissing")
      }
    })
  )

  it.effect.each(anyBytesTypes)("the store keeps its own copy of the bytes that a range of a %s is read from", (type) =>
    Effect.gen(function* () {
      const store = yield* ObjectStore
      const repository = newRepository()
      const bytes = bytesOf(1000)
      const object = yield* ofAnyBytes[type](bytes)
      const key = keyOf(repository, object)
      yield* store.put(repository, object)
      const expected = bytes.slice(10, 20)
      const part = store.stream(key, { start: 10, end: 20, parts: [{ length: 10, sha256: sha256(expected) }] })
      for (let round = 0; round < 3; round += 1) {
        assertBytes(yield* Stream.mkUint8Array(part), expected)
        yield* Stream.runForEach(part, (chunk) => Effect.sync(() => chunk.fill(0)))
      }
      assertBytes(yield* store.get(key), bytes)
    })
  )
}
