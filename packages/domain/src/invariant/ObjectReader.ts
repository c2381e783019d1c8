/**
 * Reading objects back from the store for use and for serving. Ids are recomputed on the way out, so damage in the
 * store is noticed here and not in a clone; the full check of the canonical form belongs to verify.
 */
import { Effect, Stream } from "effect"
import { incrementalSha256, sha256, sha256Apart } from "../object/Digest.ts"
import type { BlobId, CommitId, RepositoryId, Sha256, SnapshotId } from "../object/Id.ts"
import { openCommit } from "../object/Commit.ts"
import { ObjectCorrupt } from "../object/Refused.ts"
import { openSnapshot } from "../object/Snapshot.ts"
import { ObjectStore } from "../port/ObjectStore.ts"
import { type ObjectKey, objectPath } from "../port/StoreKey.ts"
import { decodedAs } from "./decodedAs.ts"

/** A commit out of its stored bytes. */
export const openedCommit = (repository: RepositoryId, id: CommitId, bytes: Uint8Array) =>
  decodedAs({ repository, type: "commit", id }, openCommit(bytes))

/** A snapshot out of its stored bytes. */
export const openedSnapshot = (repository: RepositoryId, id: SnapshotId, bytes: Uint8Array) =>
  decodedAs({ repository, type: "snapshot", id }, openSnapshot(bytes))

export const readCommit = Effect.fnUntraced(function* (repository: RepositoryId, id: CommitId) {
  const store = yield* ObjectStore
  const bytes = yield* store.get({ repository, type: "commit", id })
  return { commit: yield* openedCommit(repository, id, bytes), storedBytes: bytes.byteLength }
})

export const readSnapshot = Effect.fnUntraced(function* (repository: RepositoryId, id: SnapshotId) {
  const store = yield* ObjectStore
  const bytes = yield* store.get({ repository, type: "snapshot", id })
  return { snapshot: yield* openedSnapshot(repository, id, bytes), storedBytes: bytes.byteLength }
})

/**
 * The bytes of a snapshot or commit as they lie, checked against the hash that was recorded with them; decoded, which
 * checks them too, where none is known.
 */
export const readRecordBytes = Effect.fnUntraced(function* (
  key: ObjectKey<"snapshot" | "commit">,
  recorded: Sha256 | undefined
) {
  const store = yield* ObjectStore
  const bytes = yield* store.get(key)
  if (recorded === undefined) {
    yield* key.type === "commit" ? decodedAs(key, openCommit(bytes)) : decodedAs(key, openSnapshot(bytes))
    return bytes
  }
  const computed = yield* sha256Apart(bytes)
  if (computed === recorded) return bytes
  return yield* new ObjectCorrupt({ key: objectPath(key), reason: `they hash to ${computed}, not ${recorded}` })
})

/** A small blob's bytes, whole. The hash is checked: clones crash on a wrong one. */
export const readBlob = Effect.fnUntraced(function* (repository: RepositoryId, id: BlobId) {
  const store = yield* ObjectStore
  const key = { repository, type: "blob", id } as const
  const bytes = yield* store.get(key)
  const computed = sha256(bytes)
  if (computed === (id as string)) return bytes
  return yield* new ObjectCorrupt({ key: objectPath(key), reason: `they hash to ${computed}` })
})

/** The bytes of an object as they arrive. No range is asked for, so none can be outside. */
const streamWhole = (store: ObjectStore["Service"], key: ObjectKey) =>
  Stream.catchTag(store.stream(key), "RangeOutside", Stream.die)

/**
 * A blob's bytes as they lie, hashed on their way. Each chunk waits for the next one, and the last for the hash, so
 * that a stream of wrong bytes fails before its end also for a reader who counts them.
 */
export const streamBlob = (repository: RepositoryId, id: BlobId) =>
  Stream.unwrap(
    Effect.map(ObjectStore, (store) => {
      const key = { repository, type: "blob", id } as const
      const hash = incrementalSha256()
      let last: Uint8Array | undefined
      const check = Stream.suspend(() => {
        const computed = hash.digest()
        if (computed !== (id as string)) {
          return Stream.fail(new ObjectCorrupt({ key: objectPath(key), reason: `they hash to ${computed}` }))
        }
        return last === undefined ? Stream.empty : Stream.succeed(last)
      })
      return streamWhole(store, key).pipe(
        Stream.map((chunk) => {
          hash.update(chunk)
          const before = last
          last = chunk
          return before
        }),
        Stream.filter((before) => before !== undefined),
        Stream.concat(check)
      )
    })
  )

/**
 * Count of the bytes that a read of this object gives. The store knows it of what it holds; what is read from elsewhere
 * (see `StoredBytesOnly`) is read through.
 */
export const readableSize = Effect.fnUntraced(function* (key: ObjectKey) {
  const store = yield* ObjectStore
  return yield* store.head(key).pipe(
    Effect.map(({ size }) => size),
    Effect.catchTag("ObjectMissing", () =>
      Stream.runFold(
        streamWhole(store, key),
        () => 0,
        (sum, chunk) => sum + chunk.byteLength
      )
    )
  )
})
