/**
 * Brings the index up to a repository's root from the store alone: after a crash between the root and the index,
 * after the index was restored from a backup, or after it was lost.
 */
import { Effect } from "effect"
import { type CommitNode, nodeOf } from "../../history/CommitNode.ts"
import { introducedBlobs } from "../../history/introductions.ts"
import { parentsFirst } from "../../history/parentsFirst.ts"
import { witnessBlob, witnessCommit, witnessSnapshot } from "../../invariant/ObjectWriter.ts"
import type { CommitId, RepositoryId } from "../../object/Id.ts"
import type { Manifest } from "../../object/Manifest.ts"
import { type CommitEntry, IndexStore } from "../../port/IndexStore.ts"
import type { Stored, StoredDocument } from "../../port/Stored.ts"
import type { Root } from "../../repository/Root.ts"

/** Store requests in flight. */
const concurrency = 32
/** Commits that are recorded together, which bounds the manifests in memory. */
const batchSize = 200

/** Reads what the heads lead to and the index does not know as reachable, a generation of children at a time. */
const readUnknown = Effect.fnUntraced(function* (repository: RepositoryId, heads: ReadonlyArray<CommitId>) {
  const index = yield* IndexStore
  const read = new Map<CommitId, Stored<"commit">>()
  const known = new Map<CommitId, CommitNode>()
  let frontier: ReadonlyArray<CommitId> = [...new Set(heads)]
  while (frontier.length > 0) {
    const { commits } = yield* index.known(repository, { blobs: [], snapshots: [], commits: frontier })
    for (const [id, node] of commits) known.set(id, node)
    const unknown = frontier.filter((id) => !commits.has(id))
    const found = yield* Effect.forEach(unknown, (id) => witnessCommit(repository, id), { concurrency })
    for (const stored of found) read.set(stored.id, stored)
    const parents = new Set(found.flatMap((stored) => stored.value.parents))
    frontier = [...parents].filter((id) => !read.has(id) && !known.has(id))
  }
  return { read, known }
})

/** Gives every commit its node, parents first. */
const ordered = (read: ReadonlyMap<CommitId, Stored<"commit">>, known: ReadonlyMap<CommitId, CommitNode>) => {
  const nodes = new Map(known)
  const byParents = new Map(Array.from(read, ([id, stored]) => [id, { stored, parents: stored.value.parents }]))
  return parentsFirst(byParents, read.keys()).commits.map(({ stored }) => {
    const node = nodeOf(stored.value, nodes)
    nodes.set(stored.id, node)
    return { stored, generation: node.generation }
  })
}

/** Makes the index reflect this root. Does nothing but two statements when only the branch rows are behind. */
export const catchUp = Effect.fn("catchUp")(function* (root: StoredDocument<Root>) {
  const index = yield* IndexStore
  const repository = root.value.repository.id
  const { read, known } = yield* readUnknown(
    repository,
    root.value.heads.map(([, head]) => head)
  )
  const order = ordered(read, known)
  const heads = new Set(root.value.heads.map(([, head]) => head))
  for (let start = 0; start < order.length; start += batchSize) {
    const batch = order.slice(start, start + batchSize)
    const parentsOutside = batch.flatMap(({ stored }) =>
      stored.value.parents.flatMap((id) => known.get(id)?.snapshotId ?? read.get(id)?.value.snapshotId ?? [])
    )
    const snapshotIds = [...new Set([...batch.map(({ stored }) => stored.value.snapshotId), ...parentsOutside])]
    const snapshots = new Map(
      (yield* Effect.forEach(snapshotIds, (id) => witnessSnapshot(repository, id), { concurrency })).map((stored) => [
        stored.id,
        stored
      ])
    )
    const manifestOf = (id: CommitId): Manifest => {
      const snapshotId = read.get(id)?.value.snapshotId ?? known.get(id)?.snapshotId
      return (snapshotId === undefined ? undefined : snapshots.get(snapshotId)?.value.manifest) ?? new Map()
    }
    const commits: ReadonlyArray<CommitEntry> = batch.map(({ stored, generation }) => ({
      stored,
      generation,
      introduces: introducedBlobs(manifestOf(stored.id), stored.value.parents.map(manifestOf))
    }))
    const blobIds = [...new Set(commits.flatMap((entry) => entry.introduces))]
    const recorded = yield* index.known(repository, { blobs: blobIds, snapshots: [], commits: [] })
    const blobs = yield* Effect.forEach(
      blobIds.filter((id) => !recorded.blobs.has(id)),
      (id) => witnessBlob(repository, id),
      { concurrency }
    )
    const own = new Set(batch.map(({ stored }) => stored.value.snapshotId))
    yield* index.record({
      repository,
      blobs,
      snapshots: [...snapshots.values()].filter((stored) => own.has(stored.id)),
      commits,
      cachedManifests: new Set(
        batch.filter(({ stored }) => heads.has(stored.id)).map(({ stored }) => stored.value.snapshotId)
      )
    })
  }
  yield* index.reflect(
    root,
    order.map(({ stored }) => stored.id)
  )
})
