/**
 * Ids of the objects in a repository. Every id is the SHA-256 of content, written as 64 lower-case hex digits
 * (docs/wire.md, section 1). The brand keeps a blob id from a place that wants a commit id.
 */
import { Schema } from "effect"

const digits = /^[0-9a-f]{64}$/

/** Says whether a value is written as an id is. */
export const isId = (value: unknown): value is string => typeof value === "string" && digits.test(value)

const hex64 = Schema.String.check(Schema.isPattern(digits, { expected: "64 lower-case hex digits" }))

/** SHA-256 of some bytes, as 64 lower-case hex digits. */
export const Sha256 = hex64.pipe(Schema.brand("Sha256"))
export type Sha256 = typeof Sha256.Type

/** SHA-256 of a file's content (the client calls it an object id). */
export const BlobId = hex64.pipe(Schema.brand("BlobId"))
export type BlobId = typeof BlobId.Type

/**
 * SHA-256 of a manifest's sorted entries. An empty manifest has the same id as an empty blob, so the two id spaces must
 * not be mixed.
 */
export const SnapshotId = hex64.pipe(Schema.brand("SnapshotId"))
export type SnapshotId = typeof SnapshotId.Type

/** SHA-256 of parents, snapshot, message and time. Author, metadata and annotations are not hashed. */
export const CommitId = hex64.pipe(Schema.brand("CommitId"))
export type CommitId = typeof CommitId.Type
/** Says whether a text reads as the id of a commit, which need not exist. */
export const isCommitId = Schema.is(CommitId)

/** Identifies a repository permanently; owner and name may change. Lower-case UUID text. */
export const RepositoryId = Schema.String.check(
  Schema.isPattern(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, { expected: "a lower-case UUID" })
).pipe(Schema.brand("RepositoryId"))
export type RepositoryId = typeof RepositoryId.Type

/**
 * The three immutable, content-addressed types. The type is part of the store's key, so equal ids of two types do not
 * collide.
 */
export const ObjectType = Schema.Literals(["blob", "snapshot", "commit"])
export type ObjectType = typeof ObjectType.Type

/** The id type of each object type. */
export interface IdOf {
  readonly blob: BlobId
  readonly snapshot: SnapshotId
  readonly commit: CommitId
}

/** The empty blob. The client drops it on receipt and may never upload it, so it counts as present everywhere. */
export const emptyBlobId = BlobId.make("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
