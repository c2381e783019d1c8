/**
 * A pack: small objects of consecutive commits a second time, in one piece, so that a clone reads one thing where it
 * would read a thousand. The objects themselves stay where they are; a pack that is lost costs time and nothing else.
 */
import { Result, Schema } from "effect"
import type { IdOf, ObjectType, Sha256 } from "../object/Id.ts"

/** An object in a pack, with the count of its stored bytes. */
export type PackEntry = {
  readonly [T in ObjectType]: { readonly type: T; readonly id: IdOf[T]; readonly size: number }
}[ObjectType]

export interface Pack {
  /** SHA-256 of the pack's bytes as they lie; also its name. */
  readonly sha256: Sha256
  /** What is in it, in the order of its content. */
  readonly entries: ReadonlyArray<PackEntry>
}

/** A directory that `encodeDirectory` did not make. */
export class PackDirectoryRefused extends Schema.TaggedError<PackDirectoryRefused>()("PackDirectoryRefused", {
  reason: Schema.String
}) {
  override get message() {
    return `this is no directory of a pack: ${this.reason}`
  }
}

const types: ReadonlyArray<ObjectType> = ["blob", "snapshot", "commit"]
const idBytes = 32
/** The type, the id and the size. */
const entryBytes = 1 + idBytes + 4

/** The entries as bytes, 37 each: one for the type (0 blob, 1 snapshot, 2 commit), 32 for the id, 4 for the size. */
export const encodeDirectory = (entries: ReadonlyArray<PackEntry>): Uint8Array => {
  const bytes = Buffer.alloc(entries.length * entryBytes)
  for (const [position, { id, size, type }] of entries.entries()) {
    const at = position * entryBytes
    bytes.writeUInt8(types.indexOf(type), at)
    bytes.write(id, at + 1, "hex")
    bytes.writeUInt32BE(size, at + 1 + idBytes)
  }
  return bytes
}

export const decodeDirectory = (
  directory: Uint8Array
): Result.Result<ReadonlyArray<PackEntry>, PackDirectoryRefused> => {
  const bytes = Buffer.from(directory.buffer, directory.byteOffset, directory.byteLength)
  if (bytes.byteLength % entryBytes !== 0) {
    return Result.fail(new PackDirectoryRefused({ reason: `${bytes.byteLength} bytes are no whole number of entries` }))
  }
  const entries: Array<PackEntry> = []
  for (let at = 0; at < bytes.byteLength; at += entryBytes) {
    const code = bytes.readUInt8(at)
    const type = types[code]
    if (type === undefined) return Result.fail(new PackDirectoryRefused({ reason: `there is no type ${code}` }))
    const id = bytes.toString("hex", at + 1, at + 1 + idBytes)
    entries.push({ type, id, size: bytes.readUInt32BE(at + 1 + idBytes) } as PackEntry)
  }
  return Result.succeed(entries)
}
