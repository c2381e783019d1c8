/**
 * The one door through which objects enter the store, and the only maker of their evidence. Nothing else can make an
 * index row, so a commit that exists only in the database cannot be written down.
 */
import { Effect, type Stream } from "effect"
import { blobArriving } from "../object/Blob.ts"
import { type Commit, commitObject, decodeCommit } from "../object/Commit.ts"
import type { CanonicalObject } from "../object/CanonicalObject.ts"
import { sha256 } from "../object/Digest.ts"
import type { BlobId, CommitId, ObjectType, RepositoryId, Sha256, SnapshotId } from "../object/Id.ts"
import { ObjectRefused } from "../object/Refused.ts"
import { decodeSnapshot, type Snapshot, snapshotObject } from "../object/Snapshot.ts"
import { stored } from "../port/internal/evidence.ts"
import { ObjectStore, type Receipt, StoredBytesOnly, StoreUnavailable } from "../port/ObjectStore.ts"
import type { ValueOf } from "../port/Stored.ts"
import type { ObjectKey } from "../port/StoreKey.ts"
import { decodedAs } from "./decodedAs.ts"

/** Evidence for an object that was just put and whose bytes are the ones that lie there. */
const evidenceOf = <T extends ObjectType>(
  repository: RepositoryId,
  { type, id, size, sha256 }: CanonicalObject<T>,
  value: ValueOf[T],
  { outcome, storageUri }: Receipt
) => stored({ repository, type, id, value, size, sha256, storageUri, created: outcome === "created" })

/** Puts a blob. A blob's bytes are its id, so whatever was there before is the same. */
export const putBlob = Effect.fnUntraced(function* (repository: RepositoryId, blob: CanonicalObject<"blob">) {
  const store = yield* ObjectStore
  return evidenceOf(repository, blob, null, yield* store.put(repository, blob))
})

/**
 * Puts a blob whose bytes come from elsewhere in the store, hashing them on their way. When they cannot be read,
 * that is the store's failure and not one of the content.
 */
export const putBlobRead = (
  repository: RepositoryId,
  id: BlobId,
  size: number,
  bytes: Stream.Stream<Uint8Array, unknown>
) =>
  Effect.mapError(putBlob(repository, blobArriving(id, size, bytes)), (error) =>
    error._tag === "ContentRefused" && error.cause instanceof StoreUnavailable ? error.cause : error
  )

/** Puts a snapshot. Where another record of the same manifest was first, the evidence is of that one. */
export const putSnapshot = Effect.fnUntraced(function* (repository: RepositoryId, snapshot: Snapshot) {
  const store = yield* ObjectStore
  const object = snapshotObject(snapshot)
  const receipt = yield* store.put(repository, object)
  if (receipt.outcome === "different") return yield* witnessSnapshot(repository, snapshot.id)
  return evidenceOf(repository, object, snapshot, receipt)
})

/**
 * Puts a commit. Where another record of the same id was first, the evidence is of that one: stored bytes never
 * change.
 */
export const putCommit = Effect.fnUntraced(function* (repository: RepositoryId, commit: Commit) {
  const store = yield* ObjectStore
  const object = yield* Effect.fromResult(commitObject(commit))
  const receipt = yield* store.put(repository, object)
  if (receipt.outcome !== "different") return evidenceOf(repository, object, commit, receipt)
  const first = yield* witnessCommit(repository, commit.id)
  if (haveSameParents(first.value, commit)) return first
  return yield* new ObjectRefused({ type: "commit", id: commit.id, reason: "its stored record names other parents" })
})

/**
 * A commit that hashes three parents records two; two records of it may differ in which, and only ours were checked.
 */
const haveSameParents = (a: Commit, b: Commit): boolean =>
  a.parents.length === b.parents.length && a.parents.every((parent) => b.parents.includes(parent))

/** Evidence for a blob that already lies in the store. Its bytes are not read: verify does that. */
export const witnessBlob = Effect.fnUntraced(function* (repository: RepositoryId, id: BlobId) {
  const store = yield* ObjectStore
  const { size, storageUri } = yield* store.head({ repository, type: "blob", id })
  return stored({
    repository,
    type: "blob",
    id,
    value: null,
    size,
    sha256: id as string as Sha256,
    storageUri,
    created: false
  })
})

/** Evidence for a snapshot that already lies in the store, read and decoded. */
export const witnessSnapshot = Effect.fnUntraced(function* (repository: RepositoryId, id: SnapshotId) {
  const key = { repository, type: "snapshot", id } as const
  const { bytes, storageUri } = yield* readWithLocation(key)
  const value = yield* decodedAs(key, decodeSnapshot(bytes))
  return stored({ ...key, value, size: bytes.byteLength, sha256: sha256(bytes), storageUri, created: false })
})

/** Evidence for a commit that already lies in the store, read and decoded. */
export const witnessCommit = Effect.fnUntraced(function* (repository: RepositoryId, id: CommitId) {
  const key = { repository, type: "commit", id } as const
  const { bytes, storageUri } = yield* readWithLocation(key)
  const value = yield* decodedAs(key, decodeCommit(bytes))
  return stored({ ...key, value, size: bytes.byteLength, sha256: sha256(bytes), storageUri, created: false })
})

const readWithLocation = Effect.fnUntraced(function* (key: ObjectKey) {
  const store = yield* ObjectStore
  const read = Effect.provideService(store.get(key), StoredBytesOnly, true)
  const [bytes, { storageUri }] = yield* Effect.all([read, store.head(key)], { concurrency: 2 })
  return { bytes, storageUri }
})
