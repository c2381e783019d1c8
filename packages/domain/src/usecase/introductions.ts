/** Which blobs the new commits of a push bring in, found by comparing their manifests with those of their parents. */
import { Effect } from "effect"
import { introducedBlobs } from "../history/bundle.ts"
import { readSnapshot } from "../invariant/ObjectReader.ts"
import type { Commit } from "../object/Commit.ts"
import type { BlobId, CommitId, RepositoryId, SnapshotId } from "../object/Id.ts"
import type { Manifest } from "../object/Manifest.ts"
import type { Snapshot } from "../object/Snapshot.ts"
import { type CommitNode, IndexStore } from "../port/IndexStore.ts"

/** Store requests in flight. */
const concurrency = 32

/** Manifests by snapshot: from the push, else from the index, which keeps those of heads, else from the store. */
const manifestsOf = Effect.fnUntraced(function* (
  repository: RepositoryId,
  needed: Iterable<SnapshotId>,
  offered: ReadonlyMap<SnapshotId, Snapshot>
) {
  const index = yield* IndexStore
  const manifests = new Map<SnapshotId, Manifest>()
  const outside: Array<SnapshotId> = []
  for (const id of needed) {
    const snapshot = offered.get(id)
    if (snapshot === undefined) outside.push(id)
    else manifests.set(id, snapshot.manifest)
  }
  if (outside.length === 0) return manifests
  const cached = yield* index.manifests(repository, outside)
  for (const [id, manifest] of cached) manifests.set(id, manifest)
  yield* Effect.forEach(
    outside.filter((id) => !cached.has(id)),
    (id) => Effect.map(readSnapshot(repository, id), ({ snapshot }) => manifests.set(id, snapshot.manifest)),
    { concurrency, discard: true }
  )
  return manifests
})

const nothing: Manifest = new Map()

/**
 * For each commit the blobs that none of its parents has. `nodes` holds the commits themselves and all their parents.
 */
export const introductionsOf = Effect.fn("introductionsOf")(function* (
  repository: RepositoryId,
  commits: ReadonlyArray<Commit>,
  nodes: ReadonlyMap<CommitId, CommitNode>,
  offered: ReadonlyMap<SnapshotId, Snapshot>
) {
  const parentSnapshots = (commit: Commit) => commit.parents.flatMap((id) => nodes.get(id)?.snapshotId ?? [])
  const needed = new Set(commits.flatMap((commit) => [commit.snapshotId, ...parentSnapshots(commit)]))
  const manifests = yield* manifestsOf(repository, needed, offered)
  const manifestOf = (id: SnapshotId) => manifests.get(id) ?? nothing
  return new Map<CommitId, ReadonlyArray<BlobId>>(
    commits.map((commit) => [
      commit.id,
      introducedBlobs(manifestOf(commit.snapshotId), parentSnapshots(commit).map(manifestOf))
    ])
  )
})
