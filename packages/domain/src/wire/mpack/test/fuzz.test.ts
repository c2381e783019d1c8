/**
 * Tests tampered streams. Whatever comes in, there is no crash, only what the encoder would have written is accepted,
 * and everything handed out before an error is valid. The same cases run every time; search further with
 * `MUSEHUB_FUZZ_CASES=10000000 npx --yes pnpm@12 exec vitest run packages/domain/src/wire/mpack/test/fuzz.test.ts`, and
 * elsewhere with `MUSEHUB_FUZZ_SEED`.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { sha256 } from "../../../object/Digest.ts"
import { randomChunks, type Random, seeded } from "@musehub/msgpack/testing"
import { type MpackHeader, mpackTrailer } from "../Format.ts"
import { MpackRefused, MpackVersionUnknown } from "../Refused.ts"
import { headerOf, notClosed, outcomeOf, randomHistory, readWhole, type WholeSource, written } from "./testing.ts"

const setting = (name: string, otherwise: number): number => {
  const value = Number(process.env[name] ?? otherwise)
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`${name} must be a count`)
  return value
}
const cases = setting("MUSEHUB_FUZZ_CASES", 100_000)
const seed = setting("MUSEHUB_FUZZ_SEED", 1)

/** Cases made from one history. */
const casesPerBase = 500
/** Small, so that false lengths soon exceed a limit, and pieces are many. */
const pieceBytes = 64

interface Base {
  readonly header: MpackHeader
  readonly sources: ReadonlyArray<WholeSource>
  readonly bytes: Uint8Array
  readonly trailerAt: number
  /** Ranges of header, object heads and trailer: most of what a decoder can get wrong. */
  readonly structure: ReadonlyArray<readonly [from: number, to: number]>
}

/** Longest head of an object, with the prefix of a blob. */
const headBytesMax = 100

/** Makes a small history, or only the start of one, which is as valid and takes less time. */
const baseOf = (random: Random): Base => {
  const history = randomHistory(random, random(8) === 0 ? 3 : 1, random(3) === 0 ? 200 : 12)
  const sources = random(4) > 0 ? history.sources.slice(0, random(3)) : history.sources
  const header = headerOf(sources, random(2) === 0 ? history.header : {})
  const bytes = written(header, sources, { pieceBytes })
  const { error, objects } = outcomeOf(bytes, { pieceBytes })
  assert.isUndefined(error)
  const offsets = objects.map(({ object }) => object.offset)
  const trailerAt = bytes.byteLength - mpackTrailer(header, sha256("")).byteLength
  const structure: Array<readonly [number, number]> = [
    [0, offsets[0] ?? trailerAt],
    ...offsets.map((offset) => [offset, Math.min(offset + headBytesMax, trailerAt)] as const),
    [trailerAt, bytes.byteLength]
  ]
  return { header, sources, bytes, trailerAt, structure }
}

/** First bytes of msgpack values, and the numbers at which lengths change their form. */
const interesting = [
  0x00, 0x01, 0x7f, 0x80, 0x81, 0x8f, 0x90, 0x93, 0x94, 0x9f, 0xa0, 0xa4, 0xbf, 0xc0, 0xc1, 0xc2, 0xc4, 0xc5, 0xc6,
  0xc7, 0xca, 0xcb, 0xcc, 0xcd, 0xce, 0xcf, 0xd0, 0xd1, 0xd2, 0xd3, 0xd4, 0xd8, 0xd9, 0xda, 0xdb, 0xdc, 0xdd, 0xde,
  0xdf, 0xe0, 0xff
]

const changed = (random: Random, bytes: Uint8Array, at: number, other: Uint8Array): Uint8Array => {
  const length = 1 + random(random(2) === 0 ? 4 : 120)
  const head = bytes.subarray(0, at)
  switch (random(9)) {
    case 0: {
      const copy = new Uint8Array(bytes)
      copy[at] = (copy[at] ?? 0) ^ (1 << random(8))
      return copy
    }
    case 1: {
      const copy = new Uint8Array(bytes)
      copy[at] = interesting[random(interesting.length)] ?? 0
      return copy
    }
    case 2: {
      const copy = new Uint8Array(bytes)
      for (let index = at; index < Math.min(at + random(6), copy.byteLength); index++)
        copy[index] = random(random(2) === 0 ? 128 : 256)
      return copy
    }
    case 3:
      return new Uint8Array(head)
    case 4:
      return Buffer.concat([head, bytes.subarray(at + length)])
    case 5:
      return Buffer.concat([head, bytes.subarray(at, at + length), bytes.subarray(at)])
    case 6: {
      const from = random(other.byteLength)
      return Buffer.concat([head, other.subarray(from, from + length), bytes.subarray(at + random(length))])
    }
    case 7:
      return Buffer.concat([head, Buffer.alloc(random(200), random(2) === 0 ? 0x91 : random(128)), bytes.subarray(at)])
    default: {
      // A length changes with the bytes that it counts, or alone.
      const copy = new Uint8Array(bytes)
      copy[at] = (copy[at] ?? 0) + (random(2) === 0 ? 1 : -1)
      return random(2) === 0 ? copy : Buffer.concat([copy.subarray(0, at + 1), copy.subarray(at + random(3))])
    }
  }
}

/** Changes some bytes of the base, often with a trailer that fits the change. */
const mutated = (random: Random, base: Base, other: Base): Uint8Array => {
  let bytes = base.bytes
  for (let changes = 1 + (random(4) === 0 ? random(3) : 0); changes > 0; changes--) {
    const [from, to] = (random(4) > 0 ? base.structure[random(base.structure.length)] : undefined) ?? [
      0,
      bytes.byteLength
    ]
    bytes = changed(random, bytes, Math.min(from + random(to - from), bytes.byteLength), other.bytes)
  }
  if (random(3) > 0) return bytes
  const body = bytes.subarray(0, Math.max(0, bytes.byteLength - (base.bytes.byteLength - base.trailerAt)))
  return Buffer.concat([body, mpackTrailer(base.header, sha256(body))])
}

/** Makes a well-formed stream with objects exchanged, repeated or left out, and correct counts. */
const rearranged = (random: Random, base: Base, other: Base): Uint8Array => {
  const sources = [...base.sources]
  for (let changes = random(3); changes > 0; changes--) {
    const at = random(sources.length)
    const to = random(sources.length)
    const [source] = sources.splice(at, random(3))
    const foreign = other.sources[random(other.sources.length)]
    if (random(2) === 0 && source !== undefined) sources.splice(to, 0, source)
    if (random(4) === 0 && foreign !== undefined) sources.splice(to, 0, foreign)
  }
  return written(headerOf(sources, base.header), sources, { pieceBytes })
}

/** Reads the bytes in random chunks and checks everything that must hold. Returns whether they were accepted. */
const examined = (random: Random, bytes: Uint8Array): boolean => {
  const chunks = random(6) > 0 ? [bytes] : randomChunks(random, bytes, 1 + random(random(4) === 0 ? 60 : 1000))
  const { error, header, objects } = Effect.runSync(readWhole(chunks, { pieceBytes }))
  // `assert` is called where it fails: half a million calls for what holds take seconds.
  const lacked = notClosed(objects)
  if (lacked !== undefined) assert.fail(lacked)
  for (const { type, id, content } of objects) {
    if (type === "blob" && sha256(content) !== (id as string)) assert.fail(`the content of blob ${id} is another`)
  }
  if (error instanceof MpackRefused && error.offset > bytes.byteLength) assert.fail(`no offset: ${error.offset}`)
  if (error instanceof MpackRefused || error instanceof MpackVersionUnknown) return false
  assert.isUndefined(error)
  assert(header !== undefined)
  const sources = objects.map(({ object, content }) => ({ ...object, size: content.byteLength, content }))
  assert.isTrue(Buffer.from(written(header, sources, { pieceBytes })).equals(bytes), "accepted, but not canonical")
  return true
}

describe("a tampered mpack stream", () => {
  it(`is refused, or is one that the encoder would have written (${cases} cases)`, { timeout: cases * 10 }, () => {
    // Errors are made by the hundred thousand here, and their stacks are not used.
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0
    const random = seeded(seed)
    let base = baseOf(random)
    let other = base
    let accepted = 0
    try {
      for (let run = 0; run < cases; run++) {
        if (run % casesPerBase === 0) {
          other = base
          base = baseOf(random)
        }
        const bytes = random(20) === 0 ? rearranged(random, base, other) : mutated(random, base, other)
        try {
          if (examined(random, bytes)) accepted += 1
        } catch (error) {
          throw new Error(`case ${run} of seed ${seed}: ${Buffer.from(bytes).toString("hex")}`, { cause: error })
        }
      }
    } finally {
      Error.stackTraceLimit = stackTraceLimit
    }
    // Both must happen, or the cases prove nothing.
    assert.isAbove(accepted, cases / 200)
    assert.isBelow(accepted, cases / 10)
  })
})
