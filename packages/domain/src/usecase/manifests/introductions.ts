/** Reads manifests, and finds the blobs that new commits introduce by comparing manifests with those of the parents. */
import { Packs } from "../../invariant/packs/Packs.ts"
import { Effect } from "effect"
import type { CommitNode } from "../../history/CommitNode.ts"
import { findingIntroduced } from "../../history/introductions.ts"
import { readSnapshot, type ObjectReadError } from "../../invariant/ObjectReader.ts"
import { witnessSnapshots } from "../../invariant/ObjectWriter.ts"
import type { Commit } from "../../object/Commit.ts"
import type { BlobId, CommitId, SnapshotId } from "../../object/Id.ts"
import type { Manifest } from "../../object/Manifest.ts"
import type { Snapshot } from "../../object/Snapshot.ts"
import { expected } from "../../base/expected.ts"
import { eachInSlices, inSlices } from "../../base/Slices.ts"
import { keptManifestsMax, ObjectIndex } from "../../port/index/ObjectIndex.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import type { Stored } from "../../port/Stored.ts"
import { storeConcurrency } from "../../port/storeConcurrency.ts"
import type { ObjectStore } from "../../port/ObjectStore.ts"
import { keptManifests, type ManifestSource } from "../../reading/keptManifests.ts"

/** The maximum number of manifest entries that one call adds to the index: about 10 MB, which the caller waits for. */
const refillEntriesMax = 100_000

/**
 * Returns manifests by snapshot. They come from the push or from memory, else from the index, which keeps some of them,
 * else from the store. Manifests that the index lacked are added to it for the next reader, up to the number that it
 * keeps.
 */
export const manifestsOf = Effect.fnUntraced(function* (
  source: ManifestSource,
  needed: Iterable<SnapshotId>,
  offered: ReadonlyMap<SnapshotId, Snapshot>
) {
  const { recent } = yield* Packs
  const manifests = new Map<SnapshotId, Manifest>()
  const outside: Array<SnapshotId> = []
  for (const id of needed) {
    const manifest = offered.get(id)?.manifest ?? recent.manifest(id)
    if (manifest === undefined) outside.push(id)
    else manifests.set(id, manifest)
  }
  if (outside.length === 0) return manifests
  const kept = yield* keptManifests(source, outside)
  for (const [id, manifest] of kept) manifests.set(id, manifest)
  const missed = outside.filter((id) => !kept.has(id))
  // Commits are sorted parents first, so the last ones are nearest to the heads.
  const rest = source.indexed ? Math.max(0, missed.length - keptManifestsMax) : missed.length
  yield* Effect.forEach(
    missed.slice(0, rest),
    (id) => Effect.map(readSnapshot(source.id, id), ({ snapshot }) => manifests.set(id, snapshot.manifest)),
    { concurrency: storeConcurrency, discard: true }
  )
  const read = yield* witnessSnapshots(source.id, missed.slice(rest))
  for (const { id, value } of read) manifests.set(id, value.manifest)
  yield* keepInIndex(source, read)
  return manifests
})

/** Returns the manifest of one snapshot. */
export const manifestOf = Effect.fnUntraced(function* (source: ManifestSource, id: SnapshotId) {
  const manifests = yield* manifestsOf(source, [id], new Map())
  return expected(manifests.get(id), `the manifest of snapshot ${id}`)
})

/** Adds manifests to the index. This is only an optimization, so a failure is logged and ignored. */
const keepInIndex = Effect.fnUntraced(function* (source: ManifestSource, read: ReadonlyArray<Stored<"snapshot">>) {
  const index = yield* ObjectIndex
  const kept: Array<Stored<"snapshot">> = []
  let entries = 0
  for (const snapshot of read.toReversed()) {
    const { size } = snapshot.value.manifest
    if (entries + size > refillEntriesMax) continue
    entries += size
    kept.push(snapshot)
  }
  if (kept.length === 0) return
  yield* index
    .keepManifests(source.id, kept)
    .pipe(Effect.catch((error) => Effect.logDebug("manifests stay out of the index", error)))
})

export type IntroductionsOfError = ObjectReadError | IndexUnavailable

/**
 * Returns, for each commit, the blobs that none of its parents has. `nodes` must contain the commits and all their
 * parents.
 */
export const introductionsOf = Effect.fn("introductionsOf")(function* (
  source: ManifestSource,
  commits: ReadonlyArray<Commit>,
  nodes: ReadonlyMap<CommitId, CommitNode>,
  offered: ReadonlyMap<SnapshotId, Snapshot>
): Effect.fn.Return<
  ReadonlyMap<CommitId, ReadonlyArray<BlobId>>,
  IntroductionsOfError,
  ObjectIndex | ObjectStore | Packs
> {
  const parentSnapshots = (commit: Commit) =>
    commit.parents.map((id) => expected(nodes.get(id), `the node of parent ${id}`).snapshotId)
  const needed = new Set<SnapshotId>()
  yield* eachInSlices(commits, (commit) => {
    needed.add(commit.snapshotId)
    for (const id of parentSnapshots(commit)) needed.add(id)
  })
  const manifests = yield* manifestsOf(source, needed, offered)
  const manifest = (id: SnapshotId) => expected(manifests.get(id), `the manifest of snapshot ${id}`)
  const introductions = new Map<CommitId, ReadonlyArray<BlobId>>()
  for (const commit of commits) {
    const parents = parentSnapshots(commit).map(manifest)
    const introduced = yield* inSlices(() => findingIntroduced(manifest(commit.snapshotId), parents))
    introductions.set(commit.id, introduced)
  }
  return introductions
})
