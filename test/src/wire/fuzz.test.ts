/**
 * Damaged requests: recorded bodies with bytes flipped, cut or doubled, and headers with false lengths. Whatever
 * arrives, the result is a value or one of the two errors, never a crash or a hang, and the chunked reader agrees with
 * the decoder of the whole.
 */
import { assert, describe, it } from "@effect/vitest"
import { encode } from "@musehub/msgpack/Encoder"
import { decode, Reader } from "@musehub/msgpack/Reader"
import { type Random, randomChunks, randomValue, seeded } from "@musehub/msgpack/testing"
import { MsgpackRefused } from "@musehub/msgpack/Value"
import { readPush } from "@musehub/domain/wire/pushBundle"
import { readPushObjects } from "@musehub/domain/wire/pushObjects"
import { readFilterObjects, readPresign, readWantHave } from "@musehub/domain/wire/requests"
import { RequestRefused } from "@musehub/domain/wire/RequestRefused"
import { Effect, Result, Stream } from "effect"
import { readdirSync, readFileSync } from "node:fs"

const wire = new URL("../../vectors/wire/", import.meta.url)
const bodies = readdirSync(wire, { recursive: true, encoding: "utf8" })
  .filter((name) => /POST-(push|push-objects|fetch|filter-objects|presign|negotiate)\.req\.bin$/.test(name))
  .map((name) => new Uint8Array(readFileSync(new URL(name, wire))))
  .filter((body) => body.byteLength < 20_000)

/** Headers that announce four billion elements or bytes, that nest, or that are not allowed here. */
const hostile = [
  "ddffffffff",
  "dfffffffff",
  "dbffffffff",
  "c6ffffffff",
  "dd01c9c380",
  "c1",
  "c7ff00",
  "d6ff",
  "91",
  "81a161",
  "cb7ff8000000000000",
  "a1ff"
]

const mutated = (random: Random, body: Uint8Array): Uint8Array => {
  let bytes = Buffer.from(body)
  for (let edits = 1 + random(3); edits > 0; edits--) {
    const at = random(bytes.byteLength + 1)
    switch (random(6)) {
      case 0:
        bytes = bytes.subarray(0, at)
        break
      case 1:
        if (at < bytes.byteLength) bytes[at] = random(256)
        break
      case 2:
        bytes = Buffer.concat([
          bytes.subarray(0, at),
          Buffer.from(hostile[random(hostile.length)] ?? "", "hex"),
          bytes.subarray(at)
        ])
        break
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random(8))])
        break
      case 4:
        bytes = Buffer.concat([bytes.subarray(0, at), encode(randomValue(random, 2)), bytes.subarray(at)])
        break
      default:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.max(0, at - random(40)))])
    }
  }
  return bytes
}

const drop = () => Effect.void
const requests: ReadonlyArray<(reader: Reader) => Effect.Effect<unknown, MsgpackRefused | RequestRefused>> = [
  readFilterObjects,
  readPresign,
  readWantHave,
  (reader) =>
    readPushObjects(reader, ({ content }) => (content instanceof Uint8Array ? Effect.void : Stream.runDrain(content))),
  (reader) => readPush(reader, { commits: drop, snapshots: drop, objects: drop })
]

/** The outcome, in a form that can be compared. */
const outcome = <A>(result: Result.Result<A, MsgpackRefused | RequestRefused>): unknown => {
  if (Result.isSuccess(result)) return result.success
  assert.isTrue(result.failure instanceof MsgpackRefused || result.failure instanceof RequestRefused)
  return result.failure._tag
}

describe("20,000 damaged requests", () => {
  it("decode whole or are refused, and what decodes has one encoding", () => {
    const random = seeded(23)
    let accepted = 0
    for (let run = 0; run < 14_000; run++) {
      const bytes = mutated(random, bodies[random(bodies.length)] ?? new Uint8Array(0))
      const result = decode(bytes)
      if (Result.isFailure(result)) {
        assert.isAtMost(result.failure.offset, bytes.byteLength)
        continue
      }
      accepted += 1
      assert.deepStrictEqual(Result.getOrThrow(decode(encode(result.success))), result.success)
    }
    assert.isAbove(accepted, 300)
    assert.isBelow(accepted, 13_500)
  })

  it.effect("give the same outcome when they are read in pieces", () =>
    Effect.gen(function* () {
      const random = seeded(29)
      for (let run = 0; run < 6000; run++) {
        const bytes = mutated(random, bodies[random(bodies.length)] ?? new Uint8Array(0))
        const chunks = Stream.fromIterable(randomChunks(random, bytes, 1 + random(2000)))
        const value = yield* Effect.result(
          Effect.scoped(
            Effect.flatMap(Reader.fromStream(chunks), (reader) => Effect.tap(reader.value(1e9), reader.end))
          )
        )
        assert.deepStrictEqual(outcome(value), outcome(decode(bytes)), `run ${run}`)
        for (const read of requests) {
          const one = yield* Effect.result(read(Reader.fromBytes(bytes)))
          const pieces = yield* Effect.result(Effect.scoped(Effect.flatMap(Reader.fromStream(chunks), read)))
          // Errors may differ: the decoder of the whole detects at a header what the stream detects at its end.
          if (Result.isSuccess(one) || Result.isSuccess(pieces)) assert.deepStrictEqual(outcome(pieces), outcome(one))
          else outcome(pieces)
        }
      }
    })
  )
})
