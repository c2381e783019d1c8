/** Tests streams that are wrong in one way each: one error, which names the offset, and no wrong object handed out. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Stream } from "effect"
import { blobOf } from "../../../object/Blob.ts"
import { commitObject, decodeCommit } from "../../../object/Commit.ts"
import { sha256 } from "../../../object/Digest.ts"
import { arrayHeader, binHeader, type Encodable, encode, mapHeader, str } from "@musehub/msgpack/Encoder"
import { seeded } from "@musehub/msgpack/testing"
import { mpackHeader, mpackTrailer } from "../Format.ts"
import { holdsNothing } from "../History.ts"
import { readMpack } from "../readMpack.ts"
import { MpackRefused, MpackVersionUnknown } from "../Refused.ts"
import {
  headerOf,
  notClosed,
  outcomeOf,
  randomHistory,
  readWhole,
  refusal,
  repository,
  type WholeSource,
  written
} from "./testing.ts"

const history = randomHistory(seeded(180), 2, 40)
const { header, sources } = history
const bytes = written(header, sources)
const { objects } = outcomeOf(bytes)
const offsets = objects.map(({ object }) => object.offset)
const headerEnd = offsets[0] ?? 0
const trailerAt = bytes.byteLength - mpackTrailer(header, sha256("")).byteLength
/** Returns where header, objects and trailer start. */
const items = [0, ...offsets, trailerAt]
/** Returns where the item that holds the byte starts. */
const itemAt = (at: number): number => items.findLast((start) => start <= at) ?? 0

/** Appends the trailer that fits the bytes. */
const sealed = (...parts: ReadonlyArray<Uint8Array>): Uint8Array => {
  const body = Buffer.concat(parts)
  return Buffer.concat([body, mpackTrailer(header, sha256(body))])
}
const replaced = (from: number, to: number, by: Uint8Array): Uint8Array =>
  Buffer.concat([bytes.subarray(0, from), by, bytes.subarray(to)])
const body = bytes.subarray(headerEnd, trailerAt)

it("the sample stream is valid", () => {
  assert.isUndefined(outcomeOf(bytes).error)
  assert.isAbove(header.blobs, 0)
  assert.isAbove(header.commits, 1)
})

describe("tampered bytes", () => {
  it("cut at every byte: earlier objects are kept, and the error says where to continue", () => {
    for (let length = 0; length < bytes.byteLength; length++) {
      const { error, objects } = outcomeOf(bytes.subarray(0, length))
      assert(error instanceof MpackRefused)
      assert.strictEqual(error.kind, "cut", error.message)
      assert.strictEqual(error.offset, itemAt(length), error.message)
      assert.isUndefined(notClosed(objects))
      const complete = items.slice(2).filter((end) => end <= length).length
      assert.strictEqual(objects.length, complete)
    }
  })

  it("flipped at every byte: refused, where it was noticed or at the trailer", () => {
    for (let at = 0; at < bytes.byteLength; at++) {
      for (const pattern of [0x01, 0x10, 0x80, 0xff]) {
        const flipped = new Uint8Array(bytes)
        flipped[at] = (flipped[at] ?? 0) ^ pattern
        const { error, objects } = outcomeOf(flipped)
        const name = `byte ${at} ^ ${pattern}`
        assert(error instanceof MpackRefused || error instanceof MpackVersionUnknown, name)
        assert.isUndefined(notClosed(objects))
        // A changed header is refused where the objects do not match it.
        if (error instanceof MpackVersionUnknown || at < headerEnd) continue
        // Ids do not cover the time of a snapshot or the author of a commit, so the trailer decides there.
        const handed = objects.find(({ object }) => object.offset === itemAt(at))
        if (handed === undefined) assert.strictEqual(error.offset, itemAt(at), name)
        else {
          assert.notStrictEqual(handed.type, "blob", name)
          assert.match(error.reason, /trailer's sha256/, name)
        }
      }
    }
  })

  it("bytes after the trailer", () => {
    assert.match(refusal(Buffer.concat([bytes, new Uint8Array(1)])).reason, /bytes follow/)
    assert.match(refusal(Buffer.concat([bytes, bytes])).reason, /bytes follow/)
  })
})

describe("a commit", () => {
  /** The sample with a commit whose structured delta, which no id covers, holds so many values. */
  const withValues = (count: number): Uint8Array => {
    const spoiled = sources.map((source): WholeSource => {
      if (source.type !== "commit") return source
      const commit = Result.getOrThrow(decodeCommit(source.content))
      const record = { ...commit.record, structured_delta: { ops: Array.from({ length: count }, () => 1) } }
      const { content, size } = Result.getOrThrow(commitObject({ ...commit, record }))
      assert(content instanceof Uint8Array)
      return { ...source, content, size }
    })
    return written(headerOf(spoiled, { heads: header.heads }), spoiled)
  }

  it.effect("of very many values is refused before it is parsed", () =>
    Effect.gen(function* () {
      const { error } = yield* readWhole([withValues(260_000)])
      assert.match(error?.message ?? "", /has more than 250000 values/)
      assert.isUndefined((yield* readWhole([withValues(140_000)])).error)
    })
  )
})

describe("the header", () => {
  const id = "ab".repeat(32)
  const good: Record<string, Encodable> = {
    version: 1,
    repository,
    heads: {},
    commits: 0,
    snapshots: 0,
    blobs: 0,
    bytes: 0
  }
  const push = { branch: "main", force: false, head: id }
  const finished = (head: Uint8Array) => Buffer.concat([head, mpackTrailer(headerOf([]), sha256(head))])
  const headed = (fields: Record<string, Encodable>) => finished(encode(fields))

  it("is accepted when it is right", () => {
    assert.isUndefined(outcomeOf(headed(good)).error)
    assert.isUndefined(outcomeOf(headed({ ...good, push })).error)
  })

  const { version: _, ...versionless } = good
  const { bytes: _bytes, ...countless } = good
  const cases: ReadonlyArray<readonly [name: string, fields: Record<string, Encodable>, reason: RegExp]> = [
    ["no fields", {}, /version/],
    ["no version", versionless, /version/],
    ["a version that is not first", { ...versionless, version: 1 }, /first field/],
    ["a version that is text", { ...good, version: "1" }, /not a count/],
    ["a version below zero", { ...good, version: -1 }, /not a count/],
    ["an unknown field", { ...good, more: 1 }, /unknown field "more"/],
    ["no count", countless, /bytes are not a count/],
    ["a count that is none", { ...good, blobs: -1 }, /blobs are not a count/],
    ["a count that is half", { ...good, blobs: 0.5 }, /blobs are not a count/],
    ["a count beyond 2^53", { ...good, bytes: 2n ** 60n }, /bytes are not a count/],
    ["fields exchanged", { version: 1, heads: {}, ...good }, /canonical/],
    ["a repository that is none", { ...good, repository: "../x" }, /repository/],
    ["heads that are a list", { ...good, heads: [] }, /heads/],
    ["a head that is no id", { ...good, heads: { main: "x" } }, /head "main"/],
    ["a head without a name", { ...good, heads: { "": id } }, /head ""/],
    ["heads out of order", { ...good, heads: { b: id, a: id } }, /canonical/],
    ["a push that is nil", { ...good, push: null }, /push/],
    ["a push without a branch", { ...good, push: { force: false, head: id } }, /branch/],
    ["a push without a head", { ...good, push: { branch: "a", force: false } }, /head/],
    ["a push without force", { ...good, push: { branch: "a", head: id } }, /forces/],
    ["a push that expects a number", { ...good, push: { ...push, expect: 1 } }, /expects/],
    ["a push with another field", { ...good, push: { ...push, more: 1 } }, /canonical/]
  ]
  it.each(cases)("%s", (_name, fields, reason) => {
    const error = refusal(headed(fields))
    assert.match(error.reason, reason)
    assert.strictEqual(error.offset, 0)
    assert.strictEqual(error.kind, "malformed")
  })

  it("spelled longer than needed", () => {
    const long = Buffer.concat([Buffer.from("de0007", "hex"), encode(good).subarray(1)])
    assert.match(refusal(finished(long)).reason, /canonical/)
    const version = Buffer.concat([mapHeader(7), str("version"), Buffer.from("cc01", "hex"), encode(good).subarray(10)])
    assert.match(refusal(finished(version)).reason, /canonical/)
  })

  it("a doubled field", () => {
    const doubled = Buffer.concat([mapHeader(8), encode(good).subarray(1), str("bytes"), encode(0)])
    assert.match(refusal(finished(doubled)).reason, /twice/)
  })

  it("an unknown version, whatever else the header says", () => {
    for (const fields of [{ version: 2 }, { version: 0, repository: 7 }, { version: 99, more: [1, [2]] }]) {
      const { error } = outcomeOf(headed(fields))
      assert(error instanceof MpackVersionUnknown)
      assert.strictEqual(error.version, fields.version)
      assert.deepStrictEqual(error.spoken, [1])
      assert.match(error.message, /supported: 1/)
    }
  })

  it("beyond the limits", () => {
    const limits: ReadonlyArray<readonly [Record<string, Encodable>, Record<string, number>]> = [
      [{ commits: 3 }, { commits: 2 }],
      [{ snapshots: 3 }, { snapshots: 2 }],
      [{ blobs: 3 }, { blobs: 2 }],
      [{ bytes: 3 }, { bytes: 2 }],
      [{ heads: { a: id, b: id } }, { heads: 1 }],
      [{ heads: { a: id } }, { headerBytes: 100 }]
    ]
    for (const [fields, limit] of limits) {
      assert.strictEqual(refusal(headed({ ...good, ...fields }), { limits: limit }).kind, "limit")
    }
    assert.strictEqual(refusal(headed({ ...good, heads: { ["a".repeat(64 * 1024 + 1)]: id } })).kind, "malformed")
  })

  it("a nested bomb", () => {
    const bomb = Buffer.concat([mapHeader(7), str("version"), encode(1), str("heads"), Buffer.alloc(1e6, 0x91)])
    assert.strictEqual(refusal(bomb).kind, "limit")
    assert.strictEqual(refusal(Buffer.alloc(1e6, 0x81)).kind, "malformed")
    assert.strictEqual(refusal(Buffer.from("dfffffffff", "hex")).kind, "limit")
  })
})

describe("objects", () => {
  const head = mpackHeader(header)
  const [blob] = sources
  if (blob?.type !== "blob") throw new Error("the history begins with a blob")
  const framed = Buffer.concat([Buffer.from(`blob ${blob.size}\0`), blob.content])

  const cases: ReadonlyArray<readonly [name: string, object: Uint8Array, reason: RegExp]> = [
    ["an unknown type", encode(["tag", blob.id, framed]), /unknown type "tag"/],
    ["a type that is a number", encode([1, blob.id, framed]), /unknown type "1"/],
    ["an id that is short", encode(["blob", "ab", framed]), /without an id/],
    ["an id in capitals", encode(["blob", blob.id.toUpperCase(), framed]), /without an id/],
    ["an id as bytes", encode(["blob", Buffer.from(blob.id, "hex"), framed]), /without an id/],
    ["two elements", encode(["blob", blob.id]), /2 elements/],
    ["no elements", encode([]), /0 elements/],
    ["a fourth element", encode(["blob", blob.id, framed, new Uint8Array(1)]), /lengths/],
    ["content that is text", encode(["blob", blob.id, framed.toString("latin1")]), /expected binary/],
    ["a blob without a prefix", encode(["blob", blob.id, blob.content]), /not a canonical blob/],
    ["a false prefix", encode(["blob", blob.id, Buffer.concat([framed, framed])]), /blob/],
    ["a prefix with zeros", encode(["blob", blob.id, Buffer.from("blob 00\0")]), /header says/],
    ["another type's prefix", encode(["blob", blob.id, Buffer.from("commit 0\0")]), /header is "commit 0"/],
    ["an id of something else", encode(["blob", sha256("x"), framed]), /hashes to/],
    ["a snapshot that is none", encode(["snapshot", blob.id, framed]), /not a canonical snapshot/],
    ["a commit that is none", encode(["commit", blob.id, framed]), /not a canonical commit/],
    ["nil", encode(null), /nil stands where/],
    ["a nested bomb", Buffer.alloc(100_000, 0x91), /elements/],
    ["a nested type", Buffer.concat([arrayHeader(3), Buffer.alloc(100_000, 0x91)]), /larger than its limit|nested/],
    [
      "a type spelled long",
      Buffer.concat([arrayHeader(3), Buffer.from("d904", "hex"), Buffer.from("blob"), str(blob.id), encode(framed)]),
      /canonical/
    ],
    [
      "a length spelled long",
      Buffer.concat([
        arrayHeader(3),
        str("blob"),
        str(blob.id),
        Buffer.from(`c6${framed.byteLength.toString(16).padStart(8, "0")}`, "hex"),
        framed
      ]),
      /canonical/
    ]
  ]
  it.each(cases)("%s", (_name, object, reason) => {
    const { error, objects } = outcomeOf(sealed(head, object, body))
    assert(error instanceof MpackRefused)
    assert.match(error.reason, reason)
    assert.strictEqual(error.offset, headerEnd)
    assert.isEmpty(objects)
  })

  it("false lengths", () => {
    for (const size of [blob.size + 1000, 2 ** 20, 2 ** 31, 2 ** 32 - 1]) {
      const object = Buffer.concat([arrayHeader(3), str("blob"), str(blob.id), binHeader(size), framed])
      assert.strictEqual(refusal(sealed(head, object, body)).offset, headerEnd)
      const snapshot = Buffer.concat([arrayHeader(3), str("snapshot"), str(blob.id), binHeader(size), framed])
      assert.strictEqual(refusal(sealed(head, snapshot, body)).offset, headerEnd)
    }
  })

  it("beyond the limits", () => {
    const limits = [{ blobBytes: blob.size - 1 }, { snapshotBytes: 10 }, { commitBytes: 10 }]
    for (const limit of limits) assert.strictEqual(refusal(bytes, { limits: limit }).kind, "limit")
    assert.isUndefined(outcomeOf(bytes, { limits: { blobBytes: Math.max(...sources.map(({ size }) => size)) } }).error)
  })

  it("doubled, left out, or in another order", () => {
    const counted = (objects: ReadonlyArray<WholeSource>) => refusal(written(headerOf(objects), objects))
    for (const [index, source] of sources.entries()) {
      assert.match(counted([...sources, source]).reason, /comes twice/)
      const { type, id } = source
      if (type === "commit" && index === sources.length - 1) continue
      const without = sources.filter((other) => other !== source)
      const isNeeded = outcomeOf(written(headerOf(without), without)).error
      assert(isNeeded instanceof MpackRefused, `${type} ${id}`)
      assert.match(isNeeded.reason, new RegExp(`needs ${type} ${id}`))
      assert.match(counted([...without, source]).reason, new RegExp(`needs ${type} ${id}`))
    }
  })
})

describe("counts", () => {
  it("more objects than the header says are refused where they begin, fewer at the trailer", () => {
    for (const what of ["commits", "snapshots", "blobs"] as const) {
      const fewer = mpackHeader({ ...header, [what]: header[what] - 1 })
      const singular = what.slice(0, -1)
      const last = objects.findLast(({ type }) => type === singular)?.object.offset ?? 0
      const error = refusal(sealed(fewer, body))
      assert.match(error.reason, /more than the/)
      assert.strictEqual(error.offset, last + fewer.byteLength - headerEnd)
      const more = mpackHeader({ ...header, [what]: header[what] + 1 })
      assert.match(refusal(sealed(more, body)).reason, new RegExp(`trailer comes after .* ${what}`))
    }
  })

  it("bytes beyond, or short of, what the header says", () => {
    const fewer = mpackHeader({ ...header, bytes: header.bytes - 1 })
    assert.match(refusal(sealed(fewer, body)).reason, /more than the promised/)
    const more = mpackHeader({ ...header, bytes: header.bytes + 1 })
    assert.match(refusal(sealed(more, body)).reason, /trailer comes after/)
  })

  it("a trailer with other counts", () => {
    const hash = sha256(bytes.subarray(0, trailerAt))
    const counts = { commits: header.commits, snapshots: header.snapshots, blobs: header.blobs, bytes: header.bytes }
    const ending = (fields: Record<string, Encodable>) => refusal(replaced(trailerAt, bytes.byteLength, encode(fields)))
    for (const what of ["commits", "snapshots", "blobs", "bytes"] as const) {
      assert.match(
        ending({ ...counts, [what]: counts[what] + 1, sha256: hash }).reason,
        new RegExp(`trailer's ${what}`)
      )
    }
    assert.match(ending({ ...counts, sha256: sha256("") }).reason, /sha256 is not/)
    assert.match(ending(counts).reason, /abort is not in canonical form/)
    assert.match(ending({ ...counts, sha256: hash, more: 1 }).reason, /canonical/)
    assert.match(ending({ sha256: hash, ...counts }).reason, /canonical/)
    assert.strictEqual(ending({}).offset, trailerAt)
  })
})

describe("a stream that was refused", () => {
  it.effect("fails with the same error when pulled again", () =>
    Effect.gen(function* () {
      const wrong = new Uint8Array(bytes)
      const at = (offsets[1] ?? 0) - 1
      wrong[at] = (wrong[at] ?? 0) ^ 1
      const { objects } = yield* readMpack(Stream.succeed(wrong), { holds: holdsNothing })
      const first = yield* Effect.flip(Stream.runDrain(objects))
      const second = yield* Effect.flip(Stream.runDrain(objects))
      assert.strictEqual(first, second)
      assert(first instanceof MpackRefused)
      assert.match(first.message, /^mpack refused at byte \d+: /)
    })
  )

  it.effect("passes on the source's own error", () =>
    Effect.gen(function* () {
      const failing = Stream.concat(Stream.succeed(bytes.subarray(0, headerEnd + 50)), Stream.fail("connection lost"))
      const { objects } = yield* readMpack(failing, { holds: holdsNothing })
      assert.strictEqual(yield* Effect.flip(Stream.runDrain(objects)), "connection lost")
      assert.strictEqual(
        yield* Effect.flip(readMpack(Stream.fail("never came"), { holds: holdsNothing })),
        "never came"
      )
    })
  )

  it("the empty blob need not be held", () => {
    const empty = blobOf(new Uint8Array(0))
    assert.strictEqual(empty.size, 0)
    const objects = [{ type: empty.type, id: empty.id, size: 0, content: new Uint8Array(0) }]
    assert.isUndefined(outcomeOf(written(headerOf(objects), objects)).error)
  })
})
