/**
 * Rebuilds an object from its row. Every id is recomputed and compared, so a wrong row counts as none, and a row gives
 * the same bytes to all readers.
 */
import { Effect, Option, Result, Stream } from "effect"
import { blobArriving, blobOf } from "../../../object/Blob.ts"
import type { CanonicalObject } from "../../../object/CanonicalObject.ts"
import { commitObject } from "../../../object/Commit.ts"
import { incrementalSha256 } from "../../../object/Digest.ts"
import type { BlobId, CommitId, ObjectType, SnapshotId } from "../../../object/Id.ts"
import { snapshotObject } from "../../../object/Snapshot.ts"
import { LegacyRecords, LegacyRowUnfit, type LegacyUnavailable } from "../../../port/legacy/LegacyRecords.ts"
import type { ObjectKey } from "../../../port/StoreKey.ts"
import { claimedCommit } from "./claimedCommit.ts"
import type { ManifestChains } from "./ManifestChains.ts"

type Rebuilt = Effect.Effect<Option.Option<CanonicalObject>, LegacyRowUnfit | LegacyUnavailable, LegacyRecords>

const unfit = (type: ObjectType, id: string) => (reason: string) => new LegacyRowUnfit({ type, id, reason })

/** Uses a row that was found; none if there is none. */
const found = <A>(type: ObjectType, id: string, row: Result.Result<A, string> | undefined) =>
  row === undefined ? Effect.succeedNone : Effect.asSome(Effect.mapError(Effect.fromResult(row), unfit(type, id)))

/**
 * Fails with `LegacyRowUnfit` for a commit with a parent whose id is no hash (the legacy hub's own first commits and
 * merges, and commits pushed as JSON), and for one that hashes three parents, which needs a proof.
 */
const rebuildCommit = Effect.fnUntraced(function* (id: CommitId) {
  const { commits } = yield* LegacyRecords
  const row = (yield* commits([id])).get(id)
  const commit = row === undefined ? undefined : Result.flatMap(row, (claim) => claimedCommit(claim))
  const encoded =
    commit === undefined
      ? undefined
      : Result.flatMap(commit, (checked) => Result.mapError(commitObject(checked), ({ reason }) => reason))
  return yield* found("commit", id, encoded)
})

const rebuildSnapshot = Effect.fnUntraced(function* (id: SnapshotId, chains: ManifestChains) {
  const snapshot = yield* chains.find(id)
  return yield* found("snapshot", id, snapshot === undefined ? undefined : Result.map(snapshot, snapshotObject))
})

/** A large file is read once to check its hash, and hashed again each time its content is read. */
const rebuildBlob = Effect.fnUntraced(function* (id: BlobId) {
  const { blobs } = yield* LegacyRecords
  const blob = yield* found("blob", id, (yield* blobs([id])).get(id))
  if (Option.isNone(blob)) return Option.none()
  const { content, size } = blob.value
  if (content instanceof Uint8Array) {
    const whole = blobOf(content)
    return whole.id === id ? Option.some(whole) : yield* unfit("blob", id)(`its file hashes to ${whole.id}`)
  }
  const hash = incrementalSha256()
  yield* Stream.runForEach(content, (chunk) => Effect.sync(() => hash.update(chunk)))
  const computed = hash.digest()
  if (computed === (id as string)) return Option.some(blobArriving(id, size, content))
  return yield* unfit("blob", id)(`its file hashes to ${computed}`)
})

/** Rebuilds the canonical object of this key; none if there is no row. */
export const reconstruct = (key: ObjectKey, chains: ManifestChains): Rebuilt => {
  switch (key.type) {
    case "commit":
      return rebuildCommit(key.id)
    case "snapshot":
      return rebuildSnapshot(key.id, chains)
    case "blob":
      return rebuildBlob(key.id)
  }
}
