/** Tests tampered packs: each is refused with a reason, nothing wrong is read, and no memory is reserved for a lie. */
import { assert, describe, it } from "@effect/vitest"
import { seeded } from "@musehub/msgpack/testing"
import { Effect, Result } from "effect"
import { isSame } from "../../base/Bytes.ts"
import { compress } from "../../base/Compression.ts"
import { atOnce } from "../../base/Slices.ts"
import { sha256 } from "../../object/Digest.ts"
import { SnapshotId } from "../../object/Id.ts"
import { blockContentBytesMax, packBlocksMax, packObjectsMax } from "../limits.ts"
import { objectIn, openBlock } from "../packContent.ts"
import { encodingDirectory, PackDirectory, type WrittenBlock } from "../PackDirectory.ts"
import type { PackBlock } from "../PackedObject.ts"
import { encodingTail, readTail } from "../packTail.ts"
import { blob, commit, packOf } from "./testing.ts"

const objects = [
  ...Array.from({ length: 5 }, (_, n) => blob(Buffer.from(`content ${n}`))),
  ...Array.from({ length: 5 }, (_, n) => commit(SnapshotId.make(sha256("")), `commit ${n}`))
]

/** Two blocks as a writer describes them: three blobs, two commits. */
const blocks = [
  {
    type: "blob",
    length: 50,
    contentLength: 3 * "blob 1\0x".length,
    sha256: sha256("b"),
    objects: ["x", "y", "z"].map((content) => ({ id: sha256(content), sha256: sha256(content), size: 1 }))
  },
  {
    type: "commit",
    length: 60,
    contentLength: 30,
    sha256: sha256("c"),
    objects: ["one", "two"].map((content) => ({ id: sha256(content), sha256: sha256("any"), size: 15 }))
  }
] as const satisfies ReadonlyArray<WrittenBlock>

const reasonOf = <A, E extends { readonly message: string }>(result: Result.Result<A, E>): string =>
  Result.match(result, { onFailure: ({ message }) => message, onSuccess: () => assert.fail("it was not refused") })

const encoded = atOnce(encodingDirectory(blocks))

/** Changes one 32-bit integer of the directory. */
const withInteger = (at: number, value: number) => {
  const bytes = encoded.slice()
  new DataView(bytes.buffer).setUint32(at, value, true)
  return bytes
}

describe("a directory", () => {
  it("as it is written is read", () => {
    assert.strictEqual(Result.getOrThrow(PackDirectory.decode(encoded)).size, 5)
  })

  const [head, block, entries] = [12, 48, 12 + 2 * 48]
  const order = entries + 3 * 36 + 2 * 68
  it.each([
    ["of another version", withInteger(0, 2), "version is 2"],
    ["with more blocks than a pack can have", withInteger(4, packBlocksMax + 1), "blocks are more than"],
    ["with more objects than a pack can have", withInteger(8, packObjectsMax + 1), "objects are more than"],
    ["that ends within its blocks", withInteger(4, 9), "ends within its blocks"],
    ["that counts other objects than its blocks have", withInteger(8, 6), "its blocks have 5 objects, and it says 6"],
    ["with a block of an unknown type", withInteger(head, 3), "block 0 has the type 3"],
    ["with blocks in another order of types", withInteger(head, 2), "block 1 has the type 2|instead of"],
    ["with an empty block", withInteger(head + 4, 0), "block 0 is empty"],
    ["with a block that is said to be huge", withInteger(head + block + 12, 2 ** 32 - 1), "more than 268435456"],
    ["with blocks beyond the end of any pack", withInteger(head + 8, 2 ** 32 - 1), "more than 1073741824"],
    ["with objects beyond their block", withInteger(entries, 2 ** 32 - 1), "its content has 24"],
    ["with a block that has a gap", withInteger(head + 12, 25), "have 24 bytes, and its content has 25"],
    ["with a place beyond its objects", withInteger(order, 5), "names object 5 of 5"],
    [
      "with an order that names an object twice",
      withInteger(order, new DataView(encoded.buffer).getUint32(order + 4, true)),
      "its order is wrong"
    ],
    ["with a byte too many", new Uint8Array([...encoded, 0]), "instead of"],
    ["with a byte too few", encoded.subarray(0, -1), "instead of"],
    ["of no bytes", new Uint8Array(0), "too short"]
  ])("%s is refused", (_, bytes, reason) => {
    assert.match(reasonOf(PackDirectory.decode(bytes)), new RegExp(reason, "u"))
  })

  it("with an object twice is refused", () => {
    const [blobs] = blocks
    const twice = { ...blobs, objects: [...blobs.objects.slice(0, 1), ...blobs.objects.slice(0, 2)] }
    assert.include(reasonOf(PackDirectory.decode(atOnce(encodingDirectory([twice])))), "its order is wrong at blob")
  })

  it("with any change is refused, or describes what its bytes say", () => {
    const random = seeded(1)
    for (let n = 0; n < 20_000; n++) {
      const bytes = encoded.slice(0, random(4) === 0 ? random(encoded.byteLength) : undefined)
      for (let change = random(3); change >= 0; change--) bytes[random(bytes.byteLength)] = random(256)
      const read = PackDirectory.decode(bytes)
      if (Result.isFailure(read)) continue
      const directory = read.success
      const again = directory.blocks.map((found) => ({
        ...found,
        objects: [...directory].slice(found.first, found.first + found.objects)
      }))
      assert.isTrue(isSame(atOnce(encodingDirectory(again)), bytes))
    }
  })
})

describe("a pack", () => {
  it.effect("with any byte changed is refused where that byte is read", () =>
    Effect.gen(function* () {
      const { bytes } = yield* packOf(objects)
      for (let at = 0; at < bytes.byteLength; at++) {
        const changed = bytes.slice()
        changed[at] = (changed[at] as number) ^ 0x10
        const read = readTail(changed, changed.byteLength)
        if (Result.isFailure(read)) continue
        const block = read.success.blocks.find(({ length, start }) => start <= at && at < start + length)
        assert(block !== undefined, `the change of byte ${at} was not noticed`)
        const opened = yield* Effect.flip(openBlock(block, changed.subarray(block.start, block.start + block.length)))
        assert.include(opened.message, "is damaged")
      }
    })
  )

  it.effect("that is cut, or has more bytes, is refused", () =>
    Effect.gen(function* () {
      const { bytes } = yield* packOf(objects)
      for (let length = 0; length < bytes.byteLength; length++) {
        assert(Result.isFailure(readTail(bytes.subarray(0, length), length)))
        assert(Result.isFailure(readTail(bytes.subarray(length), bytes.byteLength - 1)))
        assert(Result.isFailure(readTail(bytes.subarray(length), bytes.byteLength + 1)))
      }
    })
  )

  it("whose end lies about its length is refused before anything is reserved", () => {
    const tail = atOnce(encodingTail(blocks, encoded))
    const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength)
    const seekTable = 8 + 3 * 8 + 9
    const bytes = 110 + tail.byteLength
    const integerWas = (before: number, value: number) => {
      const at = tail.byteLength - before
      const was = view.getUint32(at, true)
      view.setUint32(at, value, true)
      return () => view.setUint32(at, was, true)
    }
    for (const [before, value, reason] of [
      [9, 2 ** 32 - 1, "its seek table has 4294967295 frames"],
      [seekTable + 4, 2 ** 32 - 1, "its directory has 4294967295 bytes"],
      [seekTable + 4, 1_000_000, "and all of it has"],
      [4, 0, "does not end with a seek table"]
    ] as const) {
      const restore = integerWas(before, value)
      assert.include(reasonOf(Result.mapError(readTail(tail, bytes), (error) => error as Error)), reason)
      restore()
    }
    assert.isTrue(Result.isSuccess(readTail(tail, bytes)))
  })
})

describe("a block", () => {
  const blockOf = (bytes: Uint8Array, contentLength: number): PackBlock => ({
    type: "blob",
    start: 0,
    length: bytes.byteLength,
    sha256: sha256(bytes),
    contentLength,
    first: 0,
    objects: 1
  })

  it.effect("that decompresses to more than it says is refused, and stops there", () =>
    Effect.gen(function* () {
      const bomb = yield* compress(new Uint8Array(blockContentBytesMax))
      assert.isBelow(bomb.byteLength, 100_000)
      const error = yield* Effect.flip(openBlock(blockOf(bomb, 1000), bomb))
      assert.include(error.message, "cannot be decompressed")
    })
  )

  it.effect("that decompresses to less, or is not zstd, is refused", () =>
    Effect.gen(function* () {
      const bytes = yield* compress(Buffer.from("content"))
      assert.include((yield* Effect.flip(openBlock(blockOf(bytes, 8), bytes))).message, "7 bytes instead of 8")
      const other = Buffer.from("this is not zstd")
      assert.include((yield* Effect.flip(openBlock(blockOf(other, 8), other))).message, "cannot be decompressed")
    })
  )

  it("gives no object whose header or content is another", () => {
    const object = { type: "blob", id: sha256("x"), size: 1, sha256: sha256("x"), block: 0, offset: 0 } as const
    const read = (content: string) => reasonOf(objectIn(object as never, Buffer.from(content)))
    assert.include(read("blob 1\0y"), "hashes to")
    assert.include(read("blob 2\0x"), "has another header")
    assert.include(read("blob 1\0"), "hashes to")
    assert.include(read(""), "has another header")
  })
})
