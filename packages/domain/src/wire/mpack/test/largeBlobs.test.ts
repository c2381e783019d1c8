/** Tests streamed blobs: in pieces, checked at their end, with memory that does not grow. */
import { canonicalLength } from "../../../object/Frame.ts"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Stream } from "effect"
import { blobOf } from "../../../object/Blob.ts"
import { incrementalSha256, sha256 } from "../../../object/Digest.ts"
import { BlobId } from "../../../object/Id.ts"
import { arrayHeader, binHeader, str } from "@musehub/msgpack/Encoder"
import { randomChunks, seeded } from "@musehub/msgpack/testing"
import { mpackHeader, mpackTrailer, objectHead, pieceBytes } from "../Format.ts"
import { holdsNothing } from "../History.ts"
import { readMpack } from "../readMpack.ts"
import { MpackRefused } from "../Refused.ts"
import { headerOf, outcomeOf, readWhole, written } from "./testing.ts"
import { writeMpack } from "../writeMpack.ts"

const MiB = 1024 * 1024
const large = (bytes: number) => {
  const content = new Uint8Array(bytes).map((_, index) => (index * 7) & 0xff)
  return { type: "blob", id: blobOf(content).id, size: bytes, content } as const
}

describe("pieces", () => {
  it("of blobs beyond 1 MiB are 2^20 bytes, the only way to cut them", () => {
    const id = BlobId.make(sha256("x"))
    const headOf = (size: number) => Buffer.from(objectHead({ type: "blob", id }, size, pieceBytes)).toString("hex")
    const named = `a4${Buffer.from("blob").toString("hex")}d940${Buffer.from(id).toString("hex")}`
    assert.strictEqual(headOf(2 ** 20), `93${named}c600100000`)
    assert.strictEqual(headOf(2 ** 20 + 1), `94${named}c600100000`)
    assert.strictEqual(headOf(canonicalLength("blob", 2 ** 32)), `dc1003${named}c600100000`)
    assert.strictEqual(headOf(2 ** 36), `dd00010002${named}c600100000`)
    assert.strictEqual(canonicalLength("blob", 2 ** 32), 2 ** 32 + "blob 4294967296\0".length)
  })

  it.effect("of any number are read back", () =>
    Effect.gen(function* () {
      const random = seeded(31)
      const pieceBytes = 64
      for (const size of [0, 1, 54, 55, 56, 57, 58, 118, 119, 120, 121, 64 * 13, 64 * 14, 64 * 15 + 7, 5000]) {
        const blob = large(size)
        const bytes = written(headerOf([blob]), [blob], { pieceBytes })
        const chunks = randomChunks(random, bytes, 1 + random(100))
        const { error, objects } = yield* readWhole(chunks, { pieceBytes })
        assert.isUndefined(error)
        assert.isTrue(Buffer.from(objects[0]?.content ?? []).equals(blob.content), `${size}`)
      }
    })
  )

  it("of other sizes are refused", () => {
    const pieceBytes = 64
    const blob = large(150)
    const framed = Buffer.concat([Buffer.from("blob 150\0"), blob.content])
    const header = headerOf([blob])
    const cut = (...sizes: ReadonlyArray<number>) => {
      const parts = [mpackHeader(header), arrayHeader(2 + sizes.length), str("blob"), str(blob.id)]
      let at = 0
      for (const size of sizes) {
        parts.push(binHeader(size), framed.subarray(at, at + size))
        at += size
      }
      const body = Buffer.concat(parts)
      return outcomeOf(Buffer.concat([body, mpackTrailer(header, sha256(body))]), { pieceBytes })
    }
    assert.isUndefined(cut(64, 64, 31).error)
    for (const sizes of [
      [159],
      [64, 95],
      [64, 64, 30, 1],
      [63, 64, 32],
      [64, 63, 32],
      [64, 64, 31, 0],
      [0, 64, 64, 31]
    ]) {
      const { error, objects } = cut(...sizes)
      assert(error instanceof MpackRefused, `${sizes}`)
      assert.strictEqual(error.offset, mpackHeader(header).byteLength)
      assert.strictEqual(error.kind, "malformed", `${sizes}`)
      assert.isEmpty(objects)
    }
  })
})

describe("a streamed blob", () => {
  const blob = large(3 * MiB)
  const small = large(10)
  const header = headerOf([blob, small])
  const bytes = written(header, [blob, small])
  const tampered = () => {
    const copy = new Uint8Array(bytes)
    copy[2 * MiB] = (copy[2 * MiB] ?? 0) ^ 1
    return copy
  }
  const contentOf = (bytes: Uint8Array) =>
    Effect.gen(function* () {
      const { objects } = yield* readMpack(Stream.fromIterable(randomChunks(seeded(1), bytes, 100_000)), {
        holds: holdsNothing
      })
      const contents: Array<Stream.Stream<Uint8Array, MpackRefused>> = []
      const keep = Effect.exit(
        Stream.runForEach(objects, (object) =>
          Effect.sync(() => {
            if (object.type === "blob" && !(object.content instanceof Uint8Array)) contents.push(object.content)
          })
        )
      )
      return { objects, contents, keep }
    })

  it.effect("fails at its end when it does not match its id, and so do the objects", () =>
    Effect.gen(function* () {
      const { objects } = yield* readMpack(Stream.succeed(tampered()), { holds: holdsNothing })
      let passed = 0
      const error = yield* Effect.flip(
        Stream.runForEach(objects, (object) =>
          Effect.gen(function* () {
            assert(object.type === "blob" && !(object.content instanceof Uint8Array))
            const content = Stream.tap(object.content, (chunk) => Effect.sync(() => (passed += chunk.byteLength)))
            // A reader that ignores the failure is stopped by the next object.
            yield* Effect.exit(Stream.runDrain(content))
          })
        )
      )
      assert(error instanceof MpackRefused)
      assert.match(error.reason, /hashes to/)
      assert.strictEqual(error.offset, mpackHeader(header).byteLength)
      assert.strictEqual(passed, blob.size)
    })
  )

  it.effect("is checked even when it is not read, and then lost", () =>
    Effect.gen(function* () {
      const sound = yield* contentOf(bytes)
      assert.isTrue(Exit.isSuccess(yield* sound.keep))
      const [content] = sound.contents
      assert(content !== undefined)
      const late = yield* Effect.exit(Stream.runDrain(content))
      assert.match(String(Exit.isFailure(late) ? late.cause : ""), /is lost/)
      const broken = yield* contentOf(tampered())
      const exit = yield* broken.keep
      assert.match(String(Exit.isFailure(exit) ? exit.cause : ""), /hashes to/)
    })
  )

  it.effect("may be left half read", () =>
    Effect.gen(function* () {
      const { objects } = yield* readMpack(Stream.fromIterable(randomChunks(seeded(2), bytes, 50_000)), {
        holds: holdsNothing
      })
      const sizes: Array<number> = []
      yield* Stream.runForEach(objects, (object) =>
        Effect.gen(function* () {
          assert(object.type === "blob")
          sizes.push(object.size)
          if (!(object.content instanceof Uint8Array)) yield* Stream.runDrain(Stream.take(object.content, 3))
        })
      )
      assert.deepStrictEqual(sizes, [blob.size, small.size])
    })
  )

  it.effect("cut off is refused", () =>
    Effect.gen(function* () {
      const { error } = yield* readWhole([bytes.subarray(0, MiB), bytes.subarray(MiB, 2 * MiB)])
      assert(error instanceof MpackRefused)
      assert.strictEqual(error.kind, "cut")
      assert.strictEqual(error.offset, mpackHeader(header).byteLength)
    })
  )
})

describe("memory", () => {
  const chunkBytes = 64 * 1024
  const chunks = 1024
  const size = chunks * chunkBytes
  const pieceBytes = 1_000_003
  const chunk = new Uint8Array(chunkBytes).fill(42)

  it.effect("holds a piece of 64 MiB, written and read", () =>
    Effect.gen(function* () {
      const hash = incrementalSha256()
      for (let count = 0; count < chunks; count++) hash.update(chunk)
      const id = BlobId.make(hash.digest())
      let made = 0
      const make = function* () {
        for (let count = 0; count < chunks; count++) {
          made += chunkBytes
          yield chunk
        }
      }
      const content = Stream.fromIterable(make(), { chunkSize: 1 })
      const source = { type: "blob", id, size, content } as const
      const { objects } = yield* readMpack(writeMpack(headerOf([source]), Stream.succeed(source), { pieceBytes }), {
        holds: holdsNothing,
        pieceBytes
      })
      let taken = 0
      let ahead = 0
      yield* Stream.runForEach(objects, (object) => {
        assert(object.type === "blob" && !(object.content instanceof Uint8Array))
        return Stream.runForEach(object.content, (part) =>
          Effect.sync(() => {
            assert.isAtMost(part.byteLength, chunkBytes)
            taken += part.byteLength
            ahead = Math.max(ahead, made - taken)
          })
        )
      })
      assert.strictEqual(taken, size)
      assert.isAtMost(ahead, pieceBytes + 4 * chunkBytes)
    })
  )

  it.effect("accepts bytes that come one at a time", () =>
    Effect.gen(function* () {
      const blob = large(200_000)
      const bytes = written(headerOf([blob]), [blob])
      const { error, objects } = yield* readWhole(Array.from(bytes, (byte) => new Uint8Array([byte])))
      assert.isUndefined(error)
      assert.isTrue(Buffer.from(objects[0]?.content ?? []).equals(blob.content))
    })
  )
})
