/** Tests that packs hold what was written into them, in the specified bytes, and that public tools read them. */
import { assert, describe, it } from "@effect/vitest"
import { seeded } from "@musehub/msgpack/testing"
import { Effect, Result } from "effect"
import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { isSame } from "../../base/Bytes.ts"
import { atOnce } from "../../base/Slices.ts"
import { canonicalPrefix } from "../../object/Frame.ts"
import { sha256 } from "../../object/Digest.ts"
import { BlobId, SnapshotId } from "../../object/Id.ts"
import { blockContentBytes } from "../limits.ts"
import { objectIn, openBlock } from "../packContent.ts"
import { encodingDirectory, PackDirectory } from "../PackDirectory.ts"
import type { PackableObject, PackBlock } from "../PackedObject.ts"
import { readTail, TailTooShort, usualTailBytes } from "../packTail.ts"
import { PackWriter } from "../PackWriter.ts"
import { blob, commit, packOf, snapshot } from "./testing.ts"

/** Random objects of all types, some of them the same, some larger than a block. */
const randomObjects = (seed: number): ReadonlyArray<PackableObject> => {
  const random = seeded(seed)
  const bytes = (count: number) => new Uint8Array(count).map((_, at) => (at % 64 === 0 ? random(256) : 0))
  const id = () => sha256(String(random(1000)))
  return Array.from({ length: 1 + random(40) }, (): PackableObject => {
    switch (random(4)) {
      case 0:
        return commit(SnapshotId.make(id()), "m".repeat(random(2000)))
      case 1:
        return snapshot(Array.from({ length: random(50) }, (_, file) => [`file ${file}`, BlobId.make(id())]))
      case 2:
        return blob(bytes(random(10) === 0 ? blockContentBytes + random(1000) : random(200_000)))
      default:
        return blob(bytes(random(3)))
    }
  })
}

const directoryOf = (bytes: Uint8Array) => Result.getOrThrow(readTail(bytes, bytes.byteLength))
const blockBytes = (bytes: Uint8Array, { length, start }: PackBlock) => bytes.subarray(start, start + length)
const seeds = Array.from({ length: 20 }, (_, seed) => ({ seed }))
const distinct = (objects: ReadonlyArray<PackableObject>) =>
  new Map(objects.map((object) => [`${object.type} ${object.id}`, object]))

describe("a pack", () => {
  it.effect.each(seeds)("holds every object once, and each is found (seed $seed)", ({ seed }) =>
    Effect.gen(function* () {
      const objects = randomObjects(seed)
      const { bytes, sha256: name } = yield* packOf(objects)
      assert.strictEqual(name, sha256(bytes))
      const directory = directoryOf(bytes)
      const expected = distinct(objects)
      assert.deepStrictEqual(new Set([...directory].map(({ id, type }) => `${type} ${id}`)), new Set(expected.keys()))
      assert.strictEqual(directory.size, expected.size)
      for (const object of expected.values()) {
        const found = directory.find(object.type, object.id)
        assert(found !== undefined)
        assert.strictEqual(found.sha256, object.sha256)
        const block = directory.blocks[found.block] as PackBlock
        const content = yield* openBlock(block, blockBytes(bytes, block))
        assert.isTrue(isSame(Result.getOrThrow(objectIn(found, content)), object.content))
      }
      for (const type of ["blob", "snapshot", "commit"] as const) {
        assert.isUndefined(directory.find(type, sha256(`not in it ${seed}`)))
      }
    })
  )

  it.effect.each(seeds)("depends on the order within each type alone (seed $seed)", ({ seed }) =>
    Effect.gen(function* () {
      const objects = randomObjects(seed)
      const byType = Map.groupBy(objects, ({ type }) => type)
      const one = yield* packOf(objects)
      const other = yield* packOf([...byType.values()].toReversed().flat())
      assert.strictEqual(other.sha256, one.sha256)
    })
  )

  it.effect("has blocks of one type each, of a mebibyte unless one object is larger", () =>
    Effect.gen(function* () {
      const large = blob(new Uint8Array(blockContentBytes + 1))
      const { bytes } = yield* packOf([
        commit(SnapshotId.make(sha256("")), "one"),
        ...Array.from({ length: 9 }, (_, n) => blob(new Uint8Array(200_000).fill(n))),
        large
      ])
      const blocks = directoryOf(bytes).blocks.map(({ contentLength, objects, type }) => [type, objects, contentLength])
      const framed = 200_000 + "blob 200000\0".length
      assert.deepStrictEqual(blocks.slice(0, 3), [
        ["blob", 5, 5 * framed],
        ["blob", 4, 4 * framed],
        ["blob", 1, blockContentBytes + 1 + "blob 1048577\0".length]
      ])
      assert.deepStrictEqual(
        blocks.slice(3).map(([type]) => type),
        ["commit"]
      )
    })
  )

  it.effect("of nothing is none", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* new PackWriter().finish())._tag, "None")
    })
  )

  it.effect("is read from its end, in two steps if the directory is long", () =>
    Effect.gen(function* () {
      const { bytes } = yield* packOf(Array.from({ length: 3000 }, (_, n) => blob(Buffer.from(String(n)))))
      const tail = (length: number) => readTail(bytes.subarray(bytes.byteLength - length), bytes.byteLength)
      const short = tail(usualTailBytes)
      assert(Result.isFailure(short) && short.failure instanceof TailTooShort)
      assert.isAbove(short.failure.bytes, usualTailBytes)
      assert.strictEqual(Result.getOrThrow(tail(short.failure.bytes)).size, 3000)
      for (const length of [0, 8, 9, 20, 60]) {
        const found = tail(length)
        assert(Result.isFailure(found) && found.failure instanceof TailTooShort)
        assert.isAbove(found.failure.bytes, length)
      }
    })
  )
})

describe("the bytes of a pack (docs/pack.md)", () => {
  const hello = blob(Buffer.from("hello\n"))
  const empty = snapshot([])

  it("its directory", () => {
    const content = "commit 2\0{}"
    const hash = sha256(content)
    const directory = atOnce(
      encodingDirectory([
        {
          type: "blob",
          length: 100,
          contentLength: 13,
          sha256: sha256("compressed blob"),
          objects: [{ id: hello.id, sha256: hello.sha256, size: 6 }]
        },
        {
          type: "commit",
          length: 200,
          contentLength: 22,
          sha256: sha256("compressed commits"),
          objects: [
            { id: "ff".repeat(32), sha256: hash, size: 11 },
            { id: "00".repeat(32), sha256: hash, size: 11 }
          ]
        }
      ])
    )
    assert.strictEqual(
      Buffer.from(directory).toString("hex"),
      [
        "010000000200000003000000",
        `0000000001000000640000000d000000${sha256("compressed blob")}`,
        `0200000002000000c800000016000000${sha256("compressed commits")}`,
        `06000000${hello.id}`,
        `0b000000${"ff".repeat(32)}${hash}`,
        `0b000000${"00".repeat(32)}${hash}`,
        "000000000200000001000000"
      ].join("")
    )
    const read = Result.getOrThrow(PackDirectory.decode(directory))
    assert.deepStrictEqual(
      [...read].map(({ block, offset, type }) => [type, block, offset]),
      [
        ["blob", 0, 0],
        ["commit", 1, 0],
        ["commit", 1, 11]
      ]
    )
  })

  it.effect("its end", () =>
    Effect.gen(function* () {
      const { bytes, directory } = yield* packOf([hello, empty])
      const [blobs, snapshots] = directoryOf(bytes).blocks as unknown as [PackBlock, PackBlock]
      const uint32 = (value: number) => {
        const le = Buffer.alloc(4)
        le.writeUInt32LE(value)
        return le.toString("hex")
      }
      const frame = 8 + directory.byteLength + 36
      const end = [
        `5d2a4d18${uint32(directory.byteLength + 36)}`,
        Buffer.from(directory).toString("hex"),
        sha256(directory) + uint32(directory.byteLength),
        `5e2a4d18${uint32(3 * 8 + 9)}`,
        uint32(blobs.length) + uint32(blobs.contentLength),
        uint32(snapshots.length) + uint32(snapshots.contentLength),
        uint32(frame) + uint32(0),
        `${uint32(3)}00b1ea928f`
      ].join("")
      const hex = Buffer.from(bytes).toString("hex")
      assert.strictEqual(hex.slice((blobs.length + snapshots.length) * 2), end)
      assert.isTrue(hex.startsWith("28b52ffd"))
    })
  )

  const zstd = spawnSync("zstd", ["--version"])
  it.effect.skipIf(zstd.error !== undefined)(
    `the zstd program prints canonical objects${zstd.error === undefined ? "" : " (skipped: there is no zstd here)"}`,
    () =>
      Effect.gen(function* () {
        const objects = randomObjects(7)
        const { bytes } = yield* packOf(objects)
        const { status, stdout } = spawnSync("zstd", ["-dc"], { input: bytes, maxBuffer: 1 << 28 })
        assert.strictEqual(status, 0)
        const inOrder = [...directoryOf(bytes)].map(({ id, type }) => distinct(objects).get(`${type} ${id}`))
        const canonical = inOrder.flatMap((object) =>
          object === undefined ? [] : [canonicalPrefix(object.type, object.content.byteLength), object.content]
        )
        assert.strictEqual(Buffer.compare(stdout, Buffer.concat(canonical)), 0)
      })
  )

  it.effect("the example of the page", () =>
    Effect.gen(function* () {
      const page = readFileSync(new URL("../../../../../docs/pack.md", import.meta.url), "utf8")
      const [, example] = page.match(/```hex\n([^`]+)```/u) ?? []
      const tree = snapshot([["README.md", BlobId.make(hello.id)]])
      const { bytes, sha256: name } = yield* packOf([hello, tree, commit(SnapshotId.make(tree.id), "first")])
      assert.strictEqual(example?.replaceAll("\n", ""), Buffer.from(bytes).toString("hex"))
      assert.include(page, `Its name is \`${name}\``)
      const commits = directoryOf(bytes).blocks[2]
      assert.include(page, `skip=$((26 + 186)) count=${commits?.length} `)
      assert.strictEqual(commits?.start, 26 + 186)
    })
  )
})
