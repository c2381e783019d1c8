/**
 * Rebuilds an object from its row. Every id is recomputed and compared, so a wrong row counts as none, and a row gives
 * the same bytes to all readers.
 */
import { blobArriving } from "@musehub/domain/object/Blob"
import type { CanonicalObject } from "@musehub/domain/object/CanonicalObject"
import { checkCommit, commitObject, commitRecord } from "@musehub/domain/object/Commit"
import { incrementalSha256 } from "@musehub/domain/object/Digest"
import type { BlobId, CommitId, ObjectType, SnapshotId } from "@musehub/domain/object/Id"
import type { IdMismatch, ObjectRefused } from "@musehub/domain/object/Refused"
import { checkStoredSnapshot, snapshotObject } from "@musehub/domain/object/Snapshot"
import type { ObjectKey } from "@musehub/domain/port/StoreKey"
import { Effect, Option, Result, Stream } from "effect"
import { LegacyRecords, LegacyRowUnfit, type LegacyUnavailable } from "./LegacyRecords.ts"

/** Maps a codec's refusal to a `LegacyRowUnfit` that names the row. */
const accepted = <A>(type: ObjectType, id: string, result: Result.Result<A, ObjectRefused | IdMismatch>) =>
  Effect.mapError(
    Effect.fromResult(result),
    (refusal) =>
      new LegacyRowUnfit({
        type,
        id,
        reason: refusal._tag === "ObjectRefused" ? refusal.reason : `its content gives ${refusal.computed}`
      })
  )

/**
 * Rebuilds the commit from its row; none if there is no row. Fails with `LegacyRowUnfit` if the row does not give the
 * id. That is so for a commit with a parent whose id is no hash (the legacy hub's own first commits and merges, and
 * commits pushed as JSON), and for one that hashes three parents, which needs the proof of `proveHashedParents`.
 */
export const reconstructCommit = Effect.fnUntraced(function* (id: CommitId) {
  const legacy = yield* LegacyRecords
  const fields = yield* legacy.commit(id)
  if (Option.isNone(fields)) return Option.none()
  return Option.some(yield* accepted("commit", id, Result.flatMap(commitRecord(fields.value), checkCommit)))
})

/**
 * Rebuilds the snapshot from its row; none if there is no row. Fails with `LegacyRowUnfit` if the manifest does not
 * give the id.
 */
export const reconstructSnapshot = Effect.fnUntraced(function* (id: SnapshotId) {
  const legacy = yield* LegacyRecords
  const claim = yield* legacy.snapshot(id)
  if (Option.isNone(claim)) return Option.none()
  return Option.some(yield* accepted("snapshot", id, checkStoredSnapshot(claim.value)))
})

/**
 * Rebuilds the blob from its file; none if there is no row. Fails with `LegacyRowUnfit` if no file hashes to the id.
 * The file is read once to check that, and hashed again each time its content is read.
 */
export const reconstructBlob = Effect.fnUntraced(function* (id: BlobId) {
  const legacy = yield* LegacyRecords
  const blob = yield* legacy.blob(id)
  if (Option.isNone(blob)) return Option.none()
  const { content, size } = blob.value
  const hash = incrementalSha256()
  yield* Stream.runForEach(content, (chunk) => Effect.sync(() => hash.update(chunk)))
  const computed = hash.digest()
  if (computed === (id as string)) return Option.some(blobArriving(id, size, content))
  return yield* new LegacyRowUnfit({ type: "blob", id, reason: `its file hashes to ${computed}` })
})

/** Rebuilds the canonical object of this key; none if there is no row. */
export const reconstruct = (
  key: ObjectKey
): Effect.Effect<Option.Option<CanonicalObject>, LegacyRowUnfit | LegacyUnavailable, LegacyRecords> => {
  switch (key.type) {
    case "commit":
      return Effect.flatMap(
        reconstructCommit(key.id),
        Option.match({
          onNone: () => Effect.succeedNone,
          onSome: (commit) => Effect.asSome(accepted("commit", key.id, commitObject(commit)))
        })
      )
    case "snapshot":
      return Effect.map(reconstructSnapshot(key.id), Option.map(snapshotObject))
    case "blob":
      return reconstructBlob(key.id)
  }
}
