/**
 * Brings the index up to a repository's root from the store alone: after a crash between the writes of root and index,
 * after the index was restored from a backup, or after it was lost.
 */
import { Effect } from "effect"
import { type CommitNode, type KnownNodes, withNodes } from "../../history/CommitNode.ts"
import { findingIntroduced } from "../../history/introductions.ts"
import { parentsFirst } from "../../history/parentsFirst.ts"
import { witnessBlob, witnessCommit, witnessSnapshot } from "../../invariant/ObjectWriter.ts"
import { recordHistory } from "../../invariant/recordHistory.ts"
import type { ObjectReadError } from "../../invariant/ObjectReader.ts"
import { expected } from "../../base/expected.ts"
import { inSlices } from "../../base/Slices.ts"
import type { BlobId, CommitId, RepositoryId } from "../../object/Id.ts"
import { ObjectIndex } from "../../port/index/ObjectIndex.ts"
import { RepositoryIndex } from "../../port/index/RepositoryIndex.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import type { RowWriter } from "../../port/index/RowWriter.ts"
import type { Stored, StoredDocument } from "../../port/Stored.ts"
import { storeConcurrency } from "../../port/storeConcurrency.ts"
import type { ObjectStore } from "../../port/ObjectStore.ts"
import type { Root } from "../../repository/Root.ts"

/** The number of commits that are recorded together, which bounds the manifests in memory. */
const batchSize = 200

/** Reads the commits that are reachable from the heads and unknown to the index, a generation of children at a time. */
const readUnknown = Effect.fnUntraced(function* (repository: RepositoryId, heads: Iterable<CommitId>) {
  const index = yield* ObjectIndex
  const read = new Map<CommitId, Stored<"commit">>()
  const known = new Map<CommitId, CommitNode>()
  let frontier: ReadonlyArray<CommitId> = [...new Set(heads)]
  while (frontier.length > 0) {
    const { commits } = yield* index.known(repository, { blobs: [], snapshots: [], commits: frontier })
    for (const [id, node] of commits) known.set(id, node)
    const unknown = frontier.filter((id) => !commits.has(id))
    const found = yield* Effect.forEach(unknown, (id) => witnessCommit(repository, id), {
      concurrency: storeConcurrency
    })
    for (const stored of found) read.set(stored.id, stored)
    const parents = new Set(found.flatMap((stored) => stored.value.parents))
    frontier = [...parents].filter((id) => !read.has(id) && !known.has(id))
  }
  return { read, known }
})

/** Returns the commits that were read, parents first, and the nodes of all. */
const ordered = (read: ReadonlyMap<CommitId, Stored<"commit">>, known: ReadonlyMap<CommitId, CommitNode>) => {
  const commits = new Map(Array.from(read, ([id, { value }]) => [id, value]))
  const order = parentsFirst(commits, read.keys()).commits
  return {
    order: order.map(({ id }) => expected(read.get(id), `commit ${id}`)),
    nodes: withNodes(known, order)
  }
}

/** Records commits, whose parents are recorded or among them, with the objects that they introduce. */
const recordBatch = Effect.fnUntraced(function* (
  repository: RepositoryId,
  batch: ReadonlyArray<Stored<"commit">>,
  nodes: KnownNodes,
  heads: ReadonlySet<CommitId>
) {
  const index = yield* ObjectIndex
  const snapshotOf = (id: CommitId) => expected(nodes.get(id), `the node of commit ${id}`).snapshotId
  const own = new Set(batch.map(({ value }) => value.snapshotId))
  const compared = own.union(new Set(batch.flatMap(({ value }) => value.parents.map(snapshotOf))))
  const snapshots = yield* Effect.forEach(compared, (id) => witnessSnapshot(repository, id), {
    concurrency: storeConcurrency
  })
  const manifests = new Map(snapshots.map(({ id, value }) => [id, value.manifest]))
  const manifestOf = (id: CommitId) => expected(manifests.get(snapshotOf(id)), `the manifest of commit ${id}`)
  const introduces = new Map<CommitId, ReadonlyArray<BlobId>>()
  for (const { id, value } of batch) {
    const parents = value.parents.map(manifestOf)
    introduces.set(id, yield* inSlices(() => findingIntroduced(manifestOf(id), parents)))
  }
  const introduced = [...new Set([...introduces.values()].flat())]
  const recorded = yield* index.known(repository, { blobs: introduced, snapshots: [], commits: [] })
  const blobs = yield* Effect.forEach(
    introduced.filter((id) => !recorded.blobs.has(id)),
    (id) => witnessBlob(repository, id),
    { concurrency: storeConcurrency }
  )
  yield* recordHistory(repository, {
    blobs,
    snapshots: snapshots.filter(({ id }) => own.has(id)),
    commits: { stored: batch, nodes, introduces, heads }
  })
})

export type CatchUpError = ObjectReadError | IndexUnavailable

/** Makes the index reflect this root. If only the branch rows are behind, this takes two statements. */
export const catchUp = Effect.fn("catchUp")(function* (
  root: StoredDocument<Root>
): Effect.fn.Return<void, CatchUpError, ObjectIndex | ObjectStore | RepositoryIndex | RowWriter> {
  const index = yield* RepositoryIndex
  const repository = root.value.repository.id
  const heads = new Set(root.value.heads.map(([, head]) => head))
  const { read, known } = yield* readUnknown(repository, heads)
  const { order, nodes } = ordered(read, known)
  for (let start = 0; start < order.length; start += batchSize) {
    yield* recordBatch(repository, order.slice(start, start + batchSize), nodes, heads)
  }
  yield* index.reflect(
    root,
    order.map(({ id }) => id)
  )
})
