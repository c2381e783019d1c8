/**
 * The one way to write objects to the store, and the only maker of their evidence. An index row needs evidence, so a
 * commit that exists only in the database cannot be recorded.
 */
import { Effect, type Stream } from "effect"
import { inSlices } from "../base/Slices.ts"
import { blobArriving } from "../object/Blob.ts"
import { type Commit, commitObject, decodeCommit } from "../object/Commit.ts"
import type { CanonicalObject } from "../object/CanonicalObject.ts"
import { sha256, sha256Apart } from "../object/Digest.ts"
import type { BlobId, CommitId, ObjectType, RepositoryId, Sha256, SnapshotId } from "../object/Id.ts"
import { ObjectRefused } from "../object/Refused.ts"
import { decodingSnapshot, encodingSnapshot, type Snapshot } from "../object/Snapshot.ts"
import { stored } from "../port/internal/evidence.ts"
import { ObjectStore, type Receipt, StoreUnavailable } from "../port/ObjectStore.ts"
import type { ValueOf } from "../port/Stored.ts"
import type { ObjectKey } from "../port/StoreKey.ts"
import { decodedAs } from "./decodedAs.ts"

/** Makes evidence for an object that was just put and whose bytes are the stored ones. */
const evidenceOf = <T extends ObjectType>(
  repository: RepositoryId,
  { type, id, size, sha256 }: CanonicalObject<T>,
  value: ValueOf[T],
  { outcome, storageUri }: Receipt
) => stored({ repository, type, id, value, size, sha256, storageUri, created: outcome === "created" })

/** Puts a blob. Its id is the hash of its bytes, so a blob stored earlier has the same bytes. */
export const putBlob = Effect.fnUntraced(function* (repository: RepositoryId, blob: CanonicalObject<"blob">) {
  const store = yield* ObjectStore
  return evidenceOf(repository, blob, null, yield* store.put(repository, blob))
})

/**
 * Puts a blob whose bytes come from elsewhere in the store, hashing them as they pass. Fails with `StoreUnavailable`,
 * not with `ContentRefused`, when they cannot be read.
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

/** Puts a snapshot. If another record of the same manifest was stored first, returns evidence of that one. */
export const putSnapshot = Effect.fnUntraced(function* (repository: RepositoryId, snapshot: Snapshot) {
  const store = yield* ObjectStore
  const object = yield* inSlices(() => encodingSnapshot(snapshot))
  const receipt = yield* store.put(repository, object)
  if (receipt.outcome === "different") return yield* witnessSnapshot(repository, snapshot.id)
  return evidenceOf(repository, object, snapshot, receipt)
})

/**
 * Puts a commit. If another record of the same id was stored first, returns evidence of that one: stored bytes never
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
 * Compares parents. A commit that hashes three parents records two. Two records of it may differ in which, and only the
 * new one's parents were checked.
 */
const haveSameParents = (a: Commit, b: Commit): boolean =>
  a.parents.length === b.parents.length && a.parents.every((parent) => b.parents.includes(parent))

/** Makes evidence for a stored blob. Does not read its bytes: verify does that. */
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

/** Makes evidence for a stored snapshot, which is read and decoded. */
export const witnessSnapshot = Effect.fnUntraced(function* (repository: RepositoryId, id: SnapshotId) {
  const key = { repository, type: "snapshot", id } as const
  const { bytes, storageUri } = yield* readWithLocation(key)
  const value = yield* decodedAs(key, yield* inSlices(() => decodingSnapshot(bytes)))
  const hash = yield* sha256Apart(bytes)
  return stored({ ...key, value, size: bytes.byteLength, sha256: hash, storageUri, created: false })
})

/** Makes evidence for a stored commit, which is read and decoded. */
export const witnessCommit = Effect.fnUntraced(function* (repository: RepositoryId, id: CommitId) {
  const key = { repository, type: "commit", id } as const
  const { bytes, storageUri } = yield* readWithLocation(key)
  const value = yield* decodedAs(key, decodeCommit(bytes))
  return stored({ ...key, value, size: bytes.byteLength, sha256: sha256(bytes), storageUri, created: false })
})

const readWithLocation = Effect.fnUntraced(function* (key: ObjectKey) {
  const store = yield* ObjectStore
  const [bytes, { storageUri }] = yield* Effect.all([store.get(key), store.head(key)], { concurrency: 2 })
  return { bytes, storageUri }
})
