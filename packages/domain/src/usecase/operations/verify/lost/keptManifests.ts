/**
 * Makes lost snapshots again from the manifests that the index keeps. What time a snapshot says is not kept: that of
 * each commit with it is tried, as the hub makes snapshots. Only bytes with the sha256 that a row or a directory says
 * are taken.
 */
import { Effect, Option } from "effect"
import { inSlices } from "../../../../base/Slices.ts"
import { readCommit } from "../../../../invariant/ObjectReader.ts"
import { isLoss } from "../../../../invariant/packs/Damage.ts"
import type { Packs } from "../../../../invariant/packs/Packs.ts"
import { CommitId, type RepositoryId, type SnapshotId } from "../../../../object/Id.ts"
import { encodingSnapshot, makingSnapshot, type Snapshot } from "../../../../object/Snapshot.ts"
import { ObjectIndex } from "../../../../port/index/ObjectIndex.ts"
import type { ObjectStore } from "../../../../port/ObjectStore.ts"
import type { WantedObjects } from "./LostObject.ts"
import type { ObjectSource, TakeObject } from "./ObjectSource.ts"

/** Snapshots that are asked for together, and commits. */
const pageSize = 1000

type Manifests = ReadonlyMap<SnapshotId, Snapshot["manifest"]>

/** Returns the kept manifests among those of the wanted snapshots. */
const manifestsOf = Effect.fnUntraced(function* (repository: RepositoryId, wanted: WantedObjects) {
  const index = yield* ObjectIndex
  const ids = wanted.names.flatMap((name) => (name.type === "snapshot" ? [name.id] : []))
  const kept = new Map<SnapshotId, Snapshot["manifest"]>()
  for (let start = 0; start < ids.length; start += pageSize) {
    for (const [id, manifest] of yield* index.manifests(repository, ids.slice(start, start + pageSize))) {
      kept.set(id, manifest)
    }
  }
  return kept
})

/** Makes the snapshot of a commit again, as the hub would have made it with the commit. */
const giveOf = Effect.fnUntraced(function* (
  repository: RepositoryId,
  commit: CommitId,
  manifest: Snapshot["manifest"],
  wanted: WantedObjects,
  take: TakeObject
) {
  const read = yield* Effect.catchIf(Effect.asSome(readCommit(repository, commit)), isLoss, () => Effect.succeedNone)
  if (Option.isNone(read)) return
  const { committed_at: madeAt } = read.value.commit.record
  const snapshot = yield* inSlices(() => makingSnapshot(manifest, madeAt))
  const object = yield* inSlices(() => encodingSnapshot(snapshot))
  if (wanted.isSaid(object)) yield* take(object)
})

const give = Effect.fnUntraced(function* (repository: RepositoryId, wanted: WantedObjects, take: TakeObject) {
  const kept: Manifests = yield* manifestsOf(repository, wanted)
  if (kept.size === 0) return
  const index = yield* ObjectIndex
  let after: string | undefined
  do {
    const { items, next } = yield* index.rows(repository, "commit", { after, limit: pageSize })
    const commits = items.map(({ id }) => CommitId.make(id))
    const known = yield* index.known(repository, { blobs: [], snapshots: [], commits })
    for (const { id, snapshotId } of known.commits.values()) {
      const manifest = kept.get(snapshotId)
      if (manifest !== undefined) yield* giveOf(repository, id, manifest, wanted, take)
    }
    after = Option.getOrUndefined(next)
  } while (after !== undefined)
})

/** Returns the manifests that the index keeps of a repository as a place that has snapshots. */
export const keptManifests = Effect.fnUntraced(function* (repository: RepositoryId) {
  const context = yield* Effect.context<ObjectIndex | ObjectStore | Packs>()
  const source: ObjectSource = {
    give: (wanted, take) => Effect.provideContext(give(repository, wanted, take), context)
  }
  return source
})
