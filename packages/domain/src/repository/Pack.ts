/**
 * A pack: a second copy of small objects of consecutive commits in one piece, so that a clone reads one object instead
 * of a thousand. The objects themselves stay where they are; losing a pack costs only time.
 */
import { Result, Schema } from "effect"
import { fromHex, TextReader } from "../base/Bytes.ts"
import type { IdOf, ObjectType, Sha256 } from "../object/Id.ts"

/** An object in a pack, with its stored size in bytes. */
export type PackEntry = {
  readonly [T in ObjectType]: { readonly type: T; readonly id: IdOf[T]; readonly size: number }
}[ObjectType]

export interface Pack {
  /** SHA-256 of the pack's stored bytes; also its name. */
  readonly sha256: Sha256
  /** The pack's objects, in the order of its content. */
  readonly entries: ReadonlyArray<PackEntry>
}

/** The bytes are not a directory made by `encodeDirectory`. */
export class PackDirectoryRefused extends Schema.TaggedError<PackDirectoryRefused>()("PackDirectoryRefused", {
  reason: Schema.String
}) {
  override get message() {
    return `this is not the directory of a pack: ${this.reason}`
  }
}

const types: ReadonlyArray<ObjectType> = ["blob", "snapshot", "commit"]
const idBytes = 32
/** One byte for the type, 32 for the id, four for the size. */
const entryBytes = 1 + idBytes + 4

/** Encodes entries in 37 bytes each: one for the type (0 blob, 1 snapshot, 2 commit), 32 for the id, 4 for the size. */
export const encodeDirectory = (entries: ReadonlyArray<PackEntry>): Uint8Array => {
  const bytes = new Uint8Array(entries.length * entryBytes)
  const view = new DataView(bytes.buffer)
  for (const [position, { id, size, type }] of entries.entries()) {
    const at = position * entryBytes
    view.setUint8(at, types.indexOf(type))
    bytes.set(fromHex(id), at + 1)
    view.setUint32(at + 1 + idBytes, size)
  }
  return bytes
}

export const decodeDirectory = (bytes: Uint8Array): Result.Result<ReadonlyArray<PackEntry>, PackDirectoryRefused> => {
  if (bytes.byteLength % entryBytes !== 0) {
    return Result.fail(
      new PackDirectoryRefused({ reason: `${bytes.byteLength} bytes are not a whole number of entries` })
    )
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const text = new TextReader(bytes)
  const entries: Array<PackEntry> = []
  for (let at = 0; at < bytes.byteLength; at += entryBytes) {
    const code = view.getUint8(at)
    const type = types[code]
    if (type === undefined) return Result.fail(new PackDirectoryRefused({ reason: `there is no type ${code}` }))
    const id = text.hex(at + 1, at + 1 + idBytes)
    entries.push({ type, id, size: view.getUint32(at + 1 + idBytes) } as PackEntry)
  }
  return Result.succeed(entries)
}
