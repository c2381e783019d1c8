/**
 * Reading objects back from the store for use and for serving. Ids are recomputed on the way out, so damage in the
 * store is noticed here and not in a clone; the full check of the canonical form belongs to verify.
 */
import { Effect, Stream } from "effect"
import { incrementalSha256, sha256 } from "../object/Digest.ts"
import type { BlobId, CommitId, RepositoryId, SnapshotId } from "../object/Id.ts"
import { openCommit } from "../object/Commit.ts"
import { ObjectCorrupt } from "../object/Refused.ts"
import { openSnapshot } from "../object/Snapshot.ts"
import { ObjectStore } from "../port/ObjectStore.ts"
import { objectPath } from "../port/StoreKey.ts"
import { decodedAs } from "./decodedAs.ts"

export const readCommit = Effect.fnUntraced(function* (repository: RepositoryId, id: CommitId) {
  const store = yield* ObjectStore
  const key = { repository, type: "commit", id } as const
  const bytes = yield* store.get(key)
  return { commit: yield* decodedAs(key, openCommit(bytes)), storedBytes: bytes.byteLength }
})

/** A snapshot's bytes as they lie, unchecked, and what to do for its value: decode them, which checks them. */
export const readStoredSnapshot = Effect.fnUntraced(function* (repository: RepositoryId, id: SnapshotId) {
  const store = yield* ObjectStore
  const key = { repository, type: "snapshot", id } as const
  const bytes = yield* store.get(key)
  return { bytes, decoded: Effect.suspend(() => decodedAs(key, openSnapshot(bytes))) }
})

export const readSnapshot = Effect.fnUntraced(function* (repository: RepositoryId, id: SnapshotId) {
  const { bytes, decoded } = yield* readStoredSnapshot(repository, id)
  return { snapshot: yield* decoded, storedBytes: bytes.byteLength }
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

/** A blob's bytes as they lie, hashed on their way; a wrong hash fails the stream at its end. */
export const streamBlob = (repository: RepositoryId, id: BlobId) =>
  Stream.unwrap(
    Effect.map(ObjectStore, (store) => {
      const key = { repository, type: "blob", id } as const
      const hash = incrementalSha256()
      const check = Stream.suspend(() => {
        const computed = hash.digest()
        return computed === (id as string)
          ? Stream.empty
          : Stream.fail(new ObjectCorrupt({ key: objectPath(key), reason: `they hash to ${computed}` }))
      })
      return store.stream(key).pipe(
        Stream.map((chunk) => {
          hash.update(chunk)
          return chunk
        }),
        Stream.concat(check)
      )
    })
  )
