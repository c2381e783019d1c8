/**
 * The bytes of mpack that are not content: header, the head of each object, trailer. One spelling for each, made here;
 * the decoder makes them again from what it read and compares. The format is specified in `docs/mpack.md`.
 */
import { compareUtf8, concat, type TextReader, utf8 } from "../../base/Bytes.ts"
import type { CommitId, IdOf, ObjectType, RepositoryId, Sha256 } from "../../object/Id.ts"
import { arrayHeader, binHeader, binHeaderBytes, type Encodable, encode, str } from "@musehub/msgpack/Encoder"

export const mpackMediaType = "application/vnd.muse.mpack"

/** The version that is written. */
export const mpackVersion = 1
/** The versions that are read. */
export const mpackVersions: ReadonlyArray<number> = [mpackVersion]

/**
 * Bytes of a blob in one `bin`. A `bin` ends one byte before 4 GiB, so a longer blob goes on in further ones, and all
 * but the last are of this size: there is one way to cut.
 */
export const pieceBytes = 2 ** 30

/** The longest `blob <size>\0`: sizes have at most 16 digits. */
export const prefixBytesMax = 22

/** How much a stream holds: as the header promises it and as the trailer repeats it. */
export interface MpackCounts {
  readonly commits: number
  readonly snapshots: number
  readonly blobs: number
  /** Bytes of all objects, their type prefixes included, framing not. */
  readonly bytes: number
}

/** What a pusher asks for. */
export interface MpackPush {
  readonly branch: string
  /** Where the branch must be for the push to happen: at a commit, or nowhere (null). Absent: wherever it is. */
  readonly expect?: CommitId | null
  readonly force: boolean
  /** Where the branch shall be. */
  readonly head: CommitId
}

export interface MpackHeader extends MpackCounts {
  readonly repository: RepositoryId
  /** Branches and their commits, as the sender knows them. */
  readonly heads: ReadonlyMap<string, CommitId>
  readonly push?: MpackPush
}

/** An object of a stream, by its name. */
export type MpackEntry = { readonly [T in ObjectType]: { readonly type: T; readonly id: IdOf[T] } }[ObjectType]

const byUtf8 = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => compareUtf8(a, b)

const countFields = ({ commits, snapshots, blobs, bytes }: MpackCounts): ReadonlyArray<readonly [string, number]> => [
  ["commits", commits],
  ["snapshots", snapshots],
  ["blobs", blobs],
  ["bytes", bytes]
]

const pushFields = ({ branch, expect, force, head }: MpackPush): ReadonlyMap<string, Encodable> =>
  new Map<string, Encodable>([
    ["branch", branch],
    ...(expect === undefined ? [] : [["expect", expect] as const]),
    ["force", force],
    ["head", head]
  ])

/** The header's bytes. Branches stand in order of their UTF-8 bytes. */
export const mpackHeader = (header: MpackHeader): Uint8Array =>
  encode(
    new Map<string, Encodable>([
      ["version", mpackVersion],
      ["repository", header.repository],
      ["heads", new Map([...header.heads].toSorted(byUtf8))],
      ...countFields(header),
      ...(header.push === undefined ? [] : [["push", pushFields(header.push)] as const])
    ])
  )

/** The trailer's bytes; `hash` is of all bytes before them. */
export const mpackTrailer = (counts: MpackCounts, hash: Sha256): Uint8Array =>
  encode(new Map<string, Encodable>([...countFields(counts), ["sha256", hash]]))

const nothing = new Uint8Array(0)

/** What comes before an object's stored bytes: blobs lie in the store bare, and travel framed like the others. */
export const mpackPrefix = (type: ObjectType, storedBytes: number): Uint8Array =>
  type === "blob" ? utf8(`blob ${storedBytes}\0`) : nothing

/** Bytes that an object counts for in `MpackCounts.bytes`, by its size in the store. */
export const mpackBytes = (type: ObjectType, storedBytes: number): number =>
  type === "blob" ? "blob \0".length + String(storedBytes).length + storedBytes : storedBytes

/** Bytes of the pieces of an object, but for the last: only a blob is cut. */
export const pieceOf = (type: ObjectType, piece: number): number => (type === "blob" ? piece : Number.POSITIVE_INFINITY)

/** What stands before the first byte of an object's bytes: headers of the array and of the first `bin`, type, id. */
export const objectHead = ({ type, id }: MpackEntry, bytes: number, piece: number): Uint8Array => {
  const pieces = Math.max(1, Math.ceil(bytes / pieceOf(type, piece)))
  return concat([arrayHeader(2 + pieces), str(type), str(id), binHeader(Math.min(bytes, pieceOf(type, piece)))])
}

/** Everything that stands before the stored bytes of an object, or before the first part of them. */
export const frameHead = (entry: MpackEntry, storedBytes: number, piece = pieceBytes): Uint8Array =>
  concat([objectHead(entry, mpackBytes(entry.type, storedBytes), piece), mpackPrefix(entry.type, storedBytes)])

const idLength = 64

/** Bytes of an object's head before its `bin`, by its type; the id ends them. */
const namingBytes = (type: ObjectType): number =>
  arrayHeader(3).byteLength + str(type).byteLength + str("0".repeat(idLength)).byteLength

const namingBytesOf: { readonly [T in ObjectType]: number } = {
  blob: namingBytes("blob"),
  snapshot: namingBytes("snapshot"),
  commit: namingBytes("commit")
}

/** The id that a frame of this type bears, if it begins at this place; any text if none does. */
export const frameIdAt = (text: TextReader, start: number, type: ObjectType): string => {
  const end = start + namingBytesOf[type]
  return text.latin1(end - idLength, end)
}

/** Bytes that an object in one piece takes in a stream, by its size in the store. */
export const frameBytes = (type: ObjectType, storedBytes: number): number => {
  const bytes = mpackBytes(type, storedBytes)
  return namingBytesOf[type] + binHeaderBytes(bytes) + bytes
}
