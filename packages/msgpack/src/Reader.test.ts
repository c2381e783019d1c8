/** The reader over streams: with any cuts in the input, any size of `bin`, and any order of fields. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Result, Stream } from "effect"
import { arrayHeader, binHeader, type Encodable, encode, mapHeader, str } from "./Encoder.ts"
import { decode, Reader, type ReaderOptions } from "./Reader.ts"
import { randomChunks, randomValue, seeded } from "./testing.ts"
import { MsgpackRefused, type MsgpackValue } from "./Value.ts"

const over = <A, E>(
  chunks: Iterable<Uint8Array>,
  use: (reader: Reader) => Effect.Effect<A, E>,
  options?: ReaderOptions
): Effect.Effect<A, E> =>
  Effect.scoped(Effect.flatMap(Reader.fromStream(Stream.fromIterable(chunks, { chunkSize: 2 }), options), use))

const cutAt = (bytes: Uint8Array, ...cuts: ReadonlyArray<number>): Array<Uint8Array> =>
  [0, ...cuts].map((from, index) => bytes.slice(from, cuts[index] ?? bytes.byteLength))

const bytewise = (bytes: Uint8Array): Array<Uint8Array> => Array.from(bytes, (byte) => new Uint8Array([byte]))

const whole = (reader: Reader) => Effect.tap(reader.value(1e6), reader.end)

const collected = (content: Uint8Array | Stream.Stream<Uint8Array, MsgpackRefused>) =>
  content instanceof Uint8Array
    ? Effect.succeed(content)
    : Effect.map(Stream.runCollect(content), (chunks) => new Uint8Array(Buffer.concat(chunks)))

const sample: Encodable = {
  bundle: { commits: [{ message: "été 🎵".repeat(20), n: 2n ** 60n, f: 0.5 }], snapshots: [null, -129, 65_536] },
  content: new Uint8Array(40).fill(7),
  branch: "main",
  force: false
}

/** Reads the sample piece by piece with every method of the reader. */
const piecewise = (reader: Reader) =>
  Effect.gen(function* () {
    const seen: Array<unknown> = []
    yield* reader.fields(10, (key) =>
      Effect.gen(function* () {
        seen.push(key, yield* reader.type)
        if (key === "content")
          seen.push(yield* Effect.flatMap(reader.bin(100, 10), ({ content }) => collected(content)))
        else if (key === "bundle") {
          const fields = yield* reader.mapHeader(2)
          for (let index = 0; index < fields; index++) {
            seen.push(yield* reader.key)
            const count = yield* reader.arrayHeader(10)
            yield* reader.values(count, 1000, (batch) => Effect.sync(() => seen.push(...batch)))
          }
        } else if (key === "branch") yield* reader.skip
        else seen.push(yield* reader.nil, yield* reader.value(10))
      })
    )
    assert.isTrue(yield* reader.atEnd)
    yield* reader.end
    return seen
  })

describe("a stream of chunks", () => {
  it.effect("decodes to the same values wherever it is cut", () =>
    Effect.gen(function* () {
      const bytes = encode(sample)
      const expected = yield* piecewise(Reader.fromBytes(bytes))
      assert.strictEqual(expected.length, 17)
      for (let cut = 0; cut <= bytes.byteLength; cut++) {
        assert.deepStrictEqual(yield* over(cutAt(bytes, cut), piecewise), expected, `cut at ${cut}`)
        assert.deepStrictEqual(yield* over(cutAt(bytes, cut, cut + 3), whole), Result.getOrThrow(decode(bytes)))
      }
      assert.deepStrictEqual(yield* over(bytewise(bytes), piecewise), expected)
    })
  )

  it.effect("decodes random values from random chunks", () =>
    Effect.gen(function* () {
      const random = seeded(11)
      for (let run = 0; run < 300; run++) {
        const values = Array.from({ length: 1 + random(5) }, () => randomValue(random, 3))
        const bytes = Buffer.concat(values.map(encode))
        const read: Array<MsgpackValue> = []
        yield* over(randomChunks(random, bytes, 1 + random(200)), (reader) =>
          Effect.andThen(
            reader.values(values.length, 1e6, (batch) => Effect.sync(() => read.push(...batch))),
            reader.end
          )
        )
        assert.deepStrictEqual(read, values)
        yield* over(randomChunks(random, bytes, 1 + random(200)), (reader) =>
          Effect.gen(function* () {
            for (let skips = 0; skips < values.length; skips++) yield* reader.skip
            assert.strictEqual(reader.offset, bytes.byteLength)
            yield* reader.end
          })
        )
      }
    })
  )

  it.effect("is refused when cut short anywhere, whatever is read", () =>
    Effect.gen(function* () {
      const bytes = encode(sample)
      for (let length = 0; length < bytes.byteLength; length++) {
        const cut = [bytes.slice(0, length)]
        for (const read of [piecewise, whole, (reader: Reader) => reader.skip]) {
          const error = yield* Effect.flip(over<unknown, MsgpackRefused>(cut, read))
          assert.instanceOf(error, MsgpackRefused)
          assert.isAtMost(error.offset, length)
        }
      }
    })
  )

  it.effect("is batched by some thousand values, however short they are", () =>
    Effect.gen(function* () {
      const bytes = encode(Array.from({ length: 100_000 }, () => 1))
      const sizes: Array<number> = []
      const read = (reader: Reader) =>
        Effect.flatMap(reader.arrayHeader(1e6), (count) =>
          reader.values(count, 100, (batch) => Effect.sync(() => sizes.push(batch.length)))
        )
      yield* read(Reader.fromBytes(bytes))
      assert.isAtMost(Math.max(...sizes), 5000)
      assert.strictEqual(
        sizes.reduce((sum, size) => sum + size),
        100_000
      )
    })
  )

  it.effect("is batched by what has arrived, up to about a MiB", () =>
    Effect.gen(function* () {
      const bytes = encode(Array.from({ length: 100_000 }, (_, index) => `${index} ${"x".repeat(50)}`))
      const sizes: Array<number> = []
      const read = (reader: Reader) =>
        Effect.flatMap(reader.arrayHeader(1e6), (count) =>
          reader.values(count, 100, (batch) => Effect.sync(() => sizes.push(batch.length)))
        )
      yield* read(Reader.fromBytes(bytes))
      assert.isAbove(sizes.length, 5)
      assert.strictEqual(
        sizes.reduce((sum, size) => sum + size),
        100_000
      )
    })
  )

  it.effect("passes on the error of its input", () =>
    Effect.gen(function* () {
      const broken = Stream.concat(Stream.make(new Uint8Array([0x92, 0x01])), Stream.fail("connection lost" as const))
      const error = yield* Effect.flip(Effect.scoped(Effect.flatMap(Reader.fromStream(broken), (r) => r.value(100))))
      assert.strictEqual(error, "connection lost")
    })
  )
})

const refusedBy = (read: (reader: Reader) => Effect.Effect<unknown, MsgpackRefused>, hex: string, size?: number) =>
  Effect.flip(over([Buffer.from(hex, "hex")], read, { size }))

const skipFields = (reader: Reader) => reader.fields(10, () => reader.skip)

describe("limits", () => {
  it.effect("apply at the header, before the payload arrives", () =>
    Effect.gen(function* () {
      const cases: ReadonlyArray<readonly [(reader: Reader) => Effect.Effect<unknown, MsgpackRefused>, string]> = [
        [(reader) => reader.value(1000), "dbffffffff"],
        [(reader) => reader.value(1000), "ddffffffff"],
        [(reader) => reader.value(1000), "91dfffffffff"],
        [(reader) => reader.arrayHeader(10), "9b"],
        [(reader) => reader.mapHeader(10), "8b"],
        [(reader) => reader.bin(1000), "c6ffffffff"],
        [(reader) => reader.key, "dbffffffff"]
      ]
      const silent = Stream.never
      for (const [read, hex] of cases) {
        const chunks = Stream.concat(Stream.make(Buffer.from(hex, "hex")), silent)
        const error = yield* Effect.flip(Effect.scoped(Effect.flatMap(Reader.fromStream(chunks), read)))
        assert.strictEqual(error.kind, "limit", hex)
      }
    })
  )

  it.effect("follow from the announced size, if any", () =>
    Effect.gen(function* () {
      const error = yield* refusedBy((reader) => reader.skip, "dbffffffff", 1000)
      assert.match(error.reason, /promises/)
      assert.match((yield* refusedBy((reader) => reader.bin(2 ** 32), "c6ffffffff", 1000)).reason, /promises/)
      assert.match((yield* refusedBy((reader) => reader.arrayHeader(2 ** 32), "ddffffffff", 1000)).reason, /promises/)
    })
  )

  it.effect("of depth apply while skipping", () =>
    Effect.gen(function* () {
      const error = yield* refusedBy((reader) => reader.skip, "91".repeat(100_000))
      assert.strictEqual(error.kind, "limit")
    })
  )

  it.effect("refuse duplicate and non-string keys when reading key by key", () =>
    Effect.gen(function* () {
      assert.match((yield* refusedBy(skipFields, "82a16101a16102")).reason, /twice/)
      assert.match((yield* refusedBy(skipFields, "8101")).reason, /must be a string/)
      assert.match((yield* refusedBy(skipFields, "90")).reason, /expected a map, found array/)
      assert.strictEqual((yield* refusedBy((reader) => reader.end, "c0")).offset, 0)
    })
  )
})

/** Abandons a streamed bin, reads on, and then reads the bin too late. */
const abandon = (reader: Reader) =>
  Effect.gen(function* () {
    yield* reader.arrayHeader(3)
    const { content } = yield* reader.bin(10_000, 100)
    assert(!(content instanceof Uint8Array))
    const first = yield* Stream.runCollect(Stream.take(content, 1))
    assert.strictEqual(first[0]?.[0], 1)
    assert.strictEqual(yield* reader.value(10), "mid")
    const late = yield* Effect.exit(Stream.runDrain(content))
    assert(Exit.isFailure(late))
    assert.strictEqual(yield* reader.value(10), 2)
    yield* reader.end
  })

const readBase64 = (text: string) => Reader.fromBytes(encode(text), { binaryAsBase64: true }).bin(4)

describe("a bin", () => {
  it.effect("that is large is streamed with constant memory", () =>
    Effect.gen(function* () {
      const size = 512 * 1024 * 1024
      const chunk = new Uint8Array(64 * 1024).fill(1)
      const chunks = Stream.concat(
        Stream.make(Buffer.concat([mapHeader(2), str("content"), binHeader(size)])),
        Stream.concat(
          Stream.map(Stream.range(1, size / chunk.byteLength), () => chunk),
          Stream.make(Buffer.concat([str("after"), encode(true)]))
        )
      )
      let seen = 0
      let after: MsgpackValue = null
      const before = process.memoryUsage().arrayBuffers
      yield* Effect.scoped(
        Effect.gen(function* () {
          const reader = yield* Reader.fromStream(chunks)
          yield* reader.fields(10, (key) =>
            Effect.gen(function* () {
              if (key === "after") after = yield* reader.value(10)
              else {
                const { content, size: announced } = yield* reader.bin(2 ** 32)
                assert.strictEqual(announced, size)
                assert(!(content instanceof Uint8Array))
                yield* Stream.runForEach(content, (bytes) => Effect.sync(() => (seen += bytes.byteLength)))
              }
            })
          )
          yield* reader.end
        })
      )
      assert.strictEqual(seen, size)
      assert.isTrue(after)
      assert.isBelow(process.memoryUsage().arrayBuffers - before, 16 * 1024 * 1024)
    })
  )

  const three = Buffer.concat([arrayHeader(3), encode(new Uint8Array(5000).fill(1)), encode("mid"), encode(2)])

  it.effect("that is abandoned is skipped and cannot be read later", () =>
    Effect.gen(function* () {
      yield* over(randomChunks(seeded(3), three, 999), abandon)
      yield* over(bytewise(three), abandon)
    })
  )

  it.effect("is not overwritten by later input", () =>
    Effect.gen(function* () {
      const random = seeded(5)
      const bins = Array.from({ length: 60 }, (_, index) => new Uint8Array(random(3000)).fill(index))
      const bytes = Buffer.concat(bins.flatMap((bin) => [encode(bin), encode([bin])]))
      const kept: Array<Uint8Array> = []
      const read = (reader: Reader) =>
        Effect.gen(function* () {
          for (let index = 0; index < bins.length; index++) {
            kept.push(
              yield* Effect.flatMap(reader.bin(10_000, index % 2 === 0 ? 10_000 : 10), ({ content }) =>
                collected(content)
              )
            )
            const value = yield* reader.value(10_000)
            kept.push((value as ReadonlyArray<Uint8Array>)[0] ?? new Uint8Array(1))
          }
          yield* reader.end
        })
      yield* over(randomChunks(random, bytes, 700), read)
      assert.deepStrictEqual(
        kept,
        bins.flatMap((bin) => [bin, bin])
      )
    })
  )

  it.effect("may be base64 if the input was JSON", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* readBase64("AAEC"), { size: 3, content: new Uint8Array([0, 1, 2]) })
      assert.deepStrictEqual(yield* readBase64(""), { size: 0, content: new Uint8Array(0) })
      for (const text of ["AAE", "AAE=AAE=", "AA-_", "AA\n=", "é", "AAF="]) {
        assert.match((yield* Effect.flip(readBase64(text))).reason, /base64/, text)
      }
      assert.strictEqual((yield* Effect.flip(readBase64("AAECAwQF"))).kind, "limit")
      assert.match((yield* Effect.flip(Reader.fromBytes(encode("AAEC")).bin(4))).reason, /expected binary/)
    })
  )
})
