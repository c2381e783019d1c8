/**
 * The content of packs as public tools print it: by the `zstd` program, or block by block where there is none. Parsed
 * without the reader of packs, so that the two can be compared.
 */
import { assert } from "@effect/vitest"
import { decodeCommit } from "@musehub/domain/object/Commit"
import { sha256 } from "@musehub/domain/object/Digest"
import type { ObjectType } from "@musehub/domain/object/Id"
import { decodeSnapshot } from "@musehub/domain/object/Snapshot"
import type { PackBlock } from "@musehub/domain/pack/PackedObject"
import { Result } from "effect"
import { spawnSync } from "node:child_process"
import { zstdDecompressSync } from "node:zlib"

const hasProgram = spawnSync("zstd", ["--version"]).error === undefined

const bytesMax = 1 << 28

/** The bytes of a pack, and where its blocks are. */
export interface PackFile {
  readonly file: Uint8Array
  readonly blocks: ReadonlyArray<PackBlock>
}

/** Prints the packs one after another: a start of the program for each would take most of the time. */
const printed = (packs: ReadonlyArray<PackFile>): Buffer => {
  if (!hasProgram) {
    return Buffer.concat(
      packs.flatMap(({ blocks, file }) =>
        blocks.map(({ length, start }) => zstdDecompressSync(file.subarray(start, start + length)))
      )
    )
  }
  const input = Buffer.concat(packs.map(({ file }) => file))
  const { status, stderr, stdout } = spawnSync("zstd", ["-dc"], { input, maxBuffer: bytesMax })
  assert.strictEqual(status, 0, stderr.toString())
  return stdout
}

/** An object of a pack; its id is computed from its bytes, which are canonical. */
export interface PrintedObject {
  readonly type: ObjectType
  readonly id: string
  /** The stored bytes. */
  readonly bytes: Uint8Array
}

const idGivenBy: { readonly [T in ObjectType]: (bytes: Uint8Array) => string } = {
  blob: sha256,
  snapshot: (bytes) => Result.getOrThrow(decodeSnapshot(bytes)).id,
  commit: (bytes) => Result.getOrThrow(decodeCommit(bytes)).id
}

/** Reads all objects of packs in their order, and asserts that their content is nothing but canonical objects. */
export const packContent = (packs: ReadonlyArray<PackFile>): ReadonlyArray<PrintedObject> => {
  if (packs.length === 0) return []
  const content = printed(packs)
  const objects: Array<PrintedObject> = []
  for (let at = 0; at < content.byteLength;) {
    const end = content.indexOf(0, at)
    const [, type = "", size = ""] =
      /^(blob|snapshot|commit) (0|[1-9]\d*)$/.exec(content.toString("latin1", at, end)) ?? []
    assert(type === "blob" || type === "snapshot" || type === "commit", `no object begins at ${at}`)
    const next = end + 1 + Number(size)
    assert.isAtMost(next, content.byteLength, `the object at ${at} is cut off`)
    const bytes = content.subarray(type === "blob" ? end + 1 : at, next)
    objects.push({ type, id: idGivenBy[type](bytes), bytes })
    at = next
  }
  return objects
}
