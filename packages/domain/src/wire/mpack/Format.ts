/**
 * The bytes of mpack other than content: header, head of each object, trailer. Each has one spelling, made here. The
 * decoder makes it again from what it read and compares the two. The format is specified in `docs/mpack.md`.
 */
import { canonicalLength, canonicalPrefix } from "../../object/Frame.ts"
import { Schema } from "effect"
import { compareUtf8, concat } from "../../base/Bytes.ts"
import type { CommitId, IdOf, ObjectType, RepositoryId, Sha256 } from "../../object/Id.ts"
import {
  arrayHeader,
  binHeader,
  binHeaderBytes,
  type Encodable,
  encode,
  mapHeader,
  str
} from "@musehub/msgpack/Encoder"

export const mpackMediaType = "application/vnd.muse.mpack"

/** The version that the hub writes. */
export const mpackVersion = 1
/** The versions that the hub reads. */
export const mpackVersions: ReadonlyArray<number> = [mpackVersion]

/**
 * Bytes of a blob in one `bin`; a longer blob continues in further ones. A sender that cannot go on says so in place of
 * the next piece, so it must have a piece whole before it sends it. All but the last have this size, so there is one
 * way to cut a blob.
 */
export const pieceBytes = 2 ** 20

/** The longest `blob <size>\0`: sizes have at most 16 digits. */
export const prefixBytesMax = 22

/** The counts of a stream, promised by the header and repeated by the trailer. */
export interface MpackCounts {
  readonly commits: number
  readonly snapshots: number
  readonly blobs: number
  /** Bytes of all objects with their type prefixes, without framing. */
  readonly bytes: number
}

/** The push request of a client. */
export interface MpackPush {
  readonly branch: string
  /** The head that the branch must have: a commit, or none (null). Absent: any. */
  readonly expect?: CommitId | null
  readonly force: boolean
  /** The new head of the branch. */
  readonly head: CommitId
}

export interface MpackHeader extends MpackCounts {
  readonly repository: RepositoryId
  /** Branches and their commits, as the sender knows them. */
  readonly heads: ReadonlyMap<string, CommitId>
  readonly push?: MpackPush
}

/** An object of a stream by type and id. */
export type MpackEntry = { readonly [T in ObjectType]: { readonly type: T; readonly id: IdOf[T] } }[ObjectType]

/** What a sender says that cannot go on. */
export const MpackAbort = Schema.Struct({
  /** Why, for people. */
  error: Schema.String,
  /** Type and id of the object that the sender cannot read, if that is why. */
  object: Schema.NullOr(Schema.Tuple([Schema.String, Schema.String])),
  /** Whether the same request may succeed soon. */
  retry: Schema.Boolean,
  /** Names the request in the sender's log; empty if it has no name. */
  request: Schema.String
})
export type MpackAbort = typeof MpackAbort.Type

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

/** Encodes the header, with branches ordered by their UTF-8 bytes. */
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

/** Encodes the trailer; `hash` covers all bytes before it. */
export const mpackTrailer = (counts: MpackCounts, hash: Sha256): Uint8Array =>
  encode(new Map<string, Encodable>([...countFields(counts), ["sha256", hash]]))

/** The first byte of an abort. A trailer has more keys, and an object and a piece are no maps. */
export const abortStart: Uint8Array = mapHeader(Object.keys(MpackAbort.fields).length)

/** Encodes an abort, which stands where an object, a piece or the trailer would begin. Nothing comes after it. */
export const mpackAbort = ({ error, object, request, retry }: MpackAbort): Uint8Array =>
  encode(
    new Map<string, Encodable>([
      ["error", error],
      ["object", object],
      ["retry", retry],
      ["request", request]
    ])
  )

/** Returns the size of all pieces of an object except the last. Only blobs are cut. */
export const pieceOf = (type: ObjectType, piece: number): number => (type === "blob" ? piece : Number.POSITIVE_INFINITY)

/** Returns the bytes before an object's own: headers of the array and of the first `bin`, type, id. */
export const objectHead = ({ type, id }: MpackEntry, bytes: number, piece: number): Uint8Array => {
  const pieces = Math.max(1, Math.ceil(bytes / pieceOf(type, piece)))
  return concat([arrayHeader(2 + pieces), str(type), str(id), binHeader(Math.min(bytes, pieceOf(type, piece)))])
}

/** Returns all bytes before an object's stored bytes, or before their first piece. */
export const frameHead = (entry: MpackEntry, storedBytes: number, piece = pieceBytes): Uint8Array =>
  concat([objectHead(entry, canonicalLength(entry.type, storedBytes), piece), canonicalPrefix(entry.type, storedBytes)])

const idLength = 64

/** Returns how many bytes of an object's head come before its `bin`; they end with the id. */
const namingBytes = (type: ObjectType): number =>
  arrayHeader(3).byteLength + str(type).byteLength + str("0".repeat(idLength)).byteLength

const namingBytesOf: { readonly [T in ObjectType]: number } = {
  blob: namingBytes("blob"),
  snapshot: namingBytes("snapshot"),
  commit: namingBytes("commit")
}

/** Returns how many bytes an object in one piece takes in a stream, by its stored size. */
export const frameBytes = (type: ObjectType, storedBytes: number): number => {
  const bytes = canonicalLength(type, storedBytes)
  return namingBytesOf[type] + binHeaderBytes(bytes) + bytes
}
