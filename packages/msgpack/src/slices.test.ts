/** Large values are decoded and encoded in slices, with the same result as at once. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Stream } from "effect"
import { type Encodable, encode, encoding } from "./Encoder.ts"
import { Reader } from "./Reader.ts"
import { randomValue, seeded } from "./testing.ts"
import { Window } from "./Window.ts"

const isSame = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0

/** Values of every shape, together too large to be handled at once. */
const large = (seed: number): ReadonlyArray<Encodable> => {
  const random = seeded(seed)
  const values = Array.from({ length: 600 }, () => randomValue(random, 4))
  const wide = new Map(Array.from({ length: 10_000 }, (_, index) => [`${index}`, `value ${index}`] as const))
  return [values, wide, { plain: { deeper: [values] }, text: "x".repeat(300_000) }]
}

describe("a large value", () => {
  it("is encoded in pieces to the same bytes, whatever is encoded in between", () => {
    for (let seed = 1; seed <= 5; seed++) {
      const value = large(seed)
      const pieces: Array<Uint8Array> = []
      for (const piece of encoding(value)) {
        pieces.push(piece)
        encode("something else")
      }
      assert.isTrue(isSame(Buffer.concat(pieces), encode(value)))
      assert.isAtLeast(pieces.length, 8)
    }
  })

  it("is not encoded when it is nested too deeply", () => {
    let nested: Encodable = "x".repeat(100_000)
    for (let depth = 0; depth < 200; depth++) nested = [nested]
    assert.throws(() => [...encoding(nested)], RangeError)
  })

  for (const how of ["alone", "in a batch"]) {
    it.live(`is decoded with pauses, ${how}`, () =>
      Effect.gen(function* () {
        const value = large(7)
        const bytes = encode(value)
        const reader = Reader.fromBytes(Buffer.concat([encode("first"), bytes]))
        let pauses = 0
        const others = yield* Effect.forkChild(
          Effect.forever(
            Effect.andThen(
              Effect.yieldNow,
              Effect.sync(() => (pauses += 1))
            )
          )
        )
        const read: Array<unknown> = []
        if (how === "alone") {
          read.push(yield* reader.value(bytes.byteLength))
          read.push(yield* reader.value(bytes.byteLength * 2))
        } else yield* reader.values(2, bytes.byteLength * 2, (batch) => Effect.sync(() => read.push(...batch)))
        yield* reader.end
        yield* Fiber.interrupt(others)
        assert.isTrue(isSame(encode(read as Encodable), encode(["first", value])))
        assert.isAtLeast(pauses, 5)
      })
    )
  }

  it.effect("is refused for what its decoding finds", () =>
    Effect.gen(function* () {
      const twice = Buffer.concat([Buffer.from([0x82]), encode("a"), encode(large(3)), encode("a"), encode(1)])
      const refusal = yield* Effect.flip(Reader.fromBytes(twice).value(twice.byteLength * 2))
      assert.include(refusal.message, 'a map has the key "a" twice')
    })
  )
})

describe("a value that arrives in many chunks", () => {
  it("is joined with pauses where many bytes are copied", () => {
    const window = new Window()
    const chunks = Array.from({ length: 256 }, (_, index) => new Uint8Array(64 * 1024).fill(index))
    const pauses = chunks.map((chunk) => [...window.adding(chunk, 0)].length)
    assert.isTrue(isSame(window.bytes.subarray(0, window.end), Buffer.concat(chunks)))
    assert.isAtLeast(Math.max(...pauses), 5)
  })

  it.effect("is read as it was sent", () =>
    Effect.gen(function* () {
      const sent = Buffer.alloc(9 * 1024 * 1024, "a value of many bytes. ")
      const bytes = encode([sent.toString("latin1")])
      const chunks = Stream.range(0, bytes.byteLength / 10_000).pipe(
        Stream.map((at) => bytes.subarray(at * 10_000, (at + 1) * 10_000))
      )
      const reader = yield* Reader.fromStream(chunks)
      assert.isTrue(isSame(encode((yield* reader.value(bytes.byteLength * 2)) as Encodable), bytes))
      yield* reader.end
    })
  )
})
