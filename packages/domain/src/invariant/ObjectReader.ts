/**
 * Reads objects from the store for use and for serving. Every read recomputes the id, so damage in the store is noticed
 * here and not in a clone. The full check of the canonical form belongs to verify.
 */
import { Effect, Stream } from "effect"
import { inSlices } from "../base/Slices.ts"
import { incrementalSha256, sha256 } from "../object/Digest.ts"
import type { BlobId, CommitId, RepositoryId, SnapshotId } from "../object/Id.ts"
import { openingCommit } from "../object/Commit.ts"
import { ObjectCorrupt } from "../object/Refused.ts"
import { openingSnapshot } from "../object/Snapshot.ts"
import { objectText } from "../port/StoreKey.ts"
import { decodedAs } from "./decodedAs.ts"
import { loseBlob, servedBytes, servedStream } from "./servedObjects.ts"

export type { ObjectReadError } from "./packs/Packs.ts"

/** Decodes a commit from its stored bytes. */
export const openedCommit = (repository: RepositoryId, id: CommitId, bytes: Uint8Array) =>
  Effect.flatMap(
    inSlices(() => openingCommit(bytes)),
    (opened) => Effect.fromResult(decodedAs({ repository, type: "commit", id }, opened))
  )

/** Decodes a snapshot from its stored bytes. */
export const openedSnapshot = (repository: RepositoryId, id: SnapshotId, bytes: Uint8Array) =>
  Effect.flatMap(
    inSlices(() => openingSnapshot(bytes)),
    (opened) => Effect.fromResult(decodedAs({ repository, type: "snapshot", id }, opened))
  )

export const readCommit = Effect.fnUntraced(function* (repository: RepositoryId, id: CommitId) {
  const bytes = yield* servedBytes({ repository, type: "commit", id })
  return { commit: yield* openedCommit(repository, id, bytes), storedBytes: bytes.byteLength }
})

export const readSnapshot = Effect.fnUntraced(function* (repository: RepositoryId, id: SnapshotId) {
  const bytes = yield* servedBytes({ repository, type: "snapshot", id })
  return { snapshot: yield* openedSnapshot(repository, id, bytes), storedBytes: bytes.byteLength }
})

/** Reads a blob whole and checks its hash: a clone crashes on a wrong one. */
export const readBlob = Effect.fnUntraced(function* (repository: RepositoryId, id: BlobId) {
  const key = { repository, type: "blob", id } as const
  const bytes = yield* servedBytes(key)
  const computed = sha256(bytes)
  if (computed === (id as string)) return bytes
  yield* loseBlob(key)
  return yield* new ObjectCorrupt({ key: objectText(key), reason: `they hash to ${computed}` })
})

/**
 * Streams a blob's stored bytes and checks their hash. Each chunk is held back until the next arrives, and the last
 * until the hash is checked. So a stream of wrong bytes fails before its end, even for a reader that counts them.
 */
export const streamBlob = (repository: RepositoryId, id: BlobId) =>
  Stream.suspend(() => {
    const key = { repository, type: "blob", id } as const
    const hash = incrementalSha256()
    let last: Uint8Array | undefined
    const check = Stream.suspend(() => {
      const computed = hash.digest()
      if (computed !== (id as string)) {
        const damaged = new ObjectCorrupt({ key: objectText(key), reason: `they hash to ${computed}` })
        return Stream.fromEffect(Effect.andThen(loseBlob(key), Effect.fail(damaged)))
      }
      return last === undefined ? Stream.empty : Stream.succeed(last)
    })
    return servedStream(key).pipe(
      // A read without a range asks for no bytes outside of the object.
      Stream.catchTag("RangeOutside", Stream.die),
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
