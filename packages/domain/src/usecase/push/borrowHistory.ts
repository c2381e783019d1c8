/**
 * Copies history that a push leaves out. A push may stop at commits that only another remote has. If that remote is a
 * repository of this hub that the pusher may read, such as a fork, the missing history is copied from it.
 */
import { Effect } from "effect"
import type { CommitNode } from "../../history/CommitNode.ts"
import { difference } from "../../history/ancestry.ts"
import { introducedByCommit } from "../../history/introductions.ts"
import { readCommit, readSnapshot, type ObjectReadError } from "../../invariant/ObjectReader.ts"
import { putBlobRead, putCommit, putSnapshot } from "../../invariant/ObjectWriter.ts"
import { recordHistory } from "../../invariant/recordHistory.ts"
import type { BlobId, CommitId, RepositoryId, SnapshotId } from "../../object/Id.ts"
import type { Snapshot } from "../../object/Snapshot.ts"
import type { ContentRefused, ObjectRefused } from "../../object/Refused.ts"
import { CommitIndex } from "../../port/index/CommitIndex.ts"
import { ObjectIndex } from "../../port/index/ObjectIndex.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import { ObjectStore } from "../../port/ObjectStore.ts"
import { indexedGraph } from "../graph/commitGraph.ts"
import { missing, type ObjectsMissing } from "./ObjectsMissing.ts"
import { type HolderServices, readableHolders } from "./readableHolders.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { admitted, type HubBusy } from "../admission/Admission.ts"

/** The number of objects that are copied at the same time. */
const copiesAtOnce = 16

/** Copies a blob between two repositories, and hashes it on the way. */
export const copyBlob = Effect.fnUntraced(function* (from: RepositoryId, to: RepositoryId, id: BlobId) {
  const store = yield* ObjectStore
  const key = { repository: from, type: "blob", id } as const
  const { size } = yield* store.head(key)
  return yield* putBlobRead(to, id, size, store.stream(key))
})

export interface Borrowed {
  /** The copied commits. They are recorded, and become reachable once the root has moved. */
  readonly nodes: ReadonlyMap<CommitId, CommitNode>
  /** Snapshots of the push that were found in other repositories and are not stored here yet. */
  readonly snapshots: ReadonlyMap<SnapshotId, Snapshot>
}

const byHolder = <A>(holders: ReadonlyMap<A, RepositoryId>): ReadonlyMap<RepositoryId, ReadonlyArray<A>> =>
  Map.groupBy(holders.keys(), (id) => holders.get(id) as RepositoryId)

/** The number of commits that are copied and recorded together, which bounds the manifests in memory. */
const commitsAtOnce = 200

/** Copies commits whose parents are recorded or among them, with their snapshots and blobs, and records them. */
const copyCommits = Effect.fnUntraced(function* (
  from: RepositoryId,
  to: RepositoryId,
  nodes: ReadonlyArray<CommitNode>
) {
  const objectIndex = yield* ObjectIndex
  const commitIndex = yield* CommitIndex
  const ids = nodes.map((node) => node.id)
  const introductions = yield* commitIndex.introducedBy(from, ids)
  const introduced = [...introductions.keys()]
  const recorded = yield* objectIndex.known(to, { blobs: introduced, snapshots: [], commits: [] })
  const blobs = yield* Effect.forEach(
    introduced.filter((id) => !recorded.blobs.has(id)),
    (id) => copyBlob(from, to, id),
    { concurrency: copiesAtOnce }
  )
  const snapshots = yield* Effect.forEach(
    new Set(nodes.map((node) => node.snapshotId)),
    (id) => Effect.flatMap(readSnapshot(from, id), ({ snapshot }) => putSnapshot(to, snapshot)),
    { concurrency: copiesAtOnce }
  )
  const commits = yield* Effect.forEach(
    nodes,
    (node) => Effect.flatMap(readCommit(from, node.id), ({ commit }) => putCommit(to, commit)),
    { concurrency: copiesAtOnce }
  )
  const introduces = yield* introducedByCommit(ids, introductions)
  yield* recordHistory(to, {
    blobs,
    snapshots,
    commits: {
      stored: commits,
      nodes: new Map(nodes.map((node) => [node.id, node])),
      introduces,
      heads: new Set()
    }
  })
})

/** Copies the commits that `from` has and `to` lacks, and returns them. They become reachable with a root. */
export const copyHistory = Effect.fnUntraced(function* (
  from: RepositoryId,
  to: RepositoryId,
  tips: ReadonlyArray<CommitId>
) {
  const objectIndex = yield* ObjectIndex
  const history = yield* admitted(
    "borrow",
    Effect.flatMap(indexedGraph(from), (graph) => difference(graph, tips, []))
  )
  const own = yield* objectIndex.known(to, { blobs: [], snapshots: [], commits: history.map((node) => node.id) })
  const nodes = history.filter((node) => !own.commits.has(node.id)).toSorted((a, b) => a.generation - b.generation)
  for (let start = 0; start < nodes.length; start += commitsAtOnce) {
    // A place for each part: a long history would keep others from one.
    yield* admitted("borrow", copyCommits(from, to, nodes.slice(start, start + commitsAtOnce)))
  }
  return nodes
})

export type BorrowHistoryError =
  | HubBusy
  | ObjectsMissing
  | ObjectRefused
  | ContentRefused
  | ObjectReadError
  | IndexUnavailable

/** Finds the history that a push leaves out in the other repositories that the pusher may read. */
export const borrowHistory = Effect.fn("borrowHistory")(function* (
  open: OpenRepository<"write">,
  lacking: { readonly commits: ReadonlyArray<CommitId>; readonly snapshots: ReadonlyArray<SnapshotId> }
): Effect.fn.Return<Borrowed, BorrowHistoryError, CommitIndex | HolderServices> {
  const nodes = new Map<CommitId, CommitNode>()
  const snapshots = new Map<SnapshotId, Snapshot>()
  const borrowed: Borrowed = { nodes, snapshots }
  if (lacking.commits.length + lacking.snapshots.length === 0) return borrowed
  const holders = yield* readableHolders(open.principal, { blobs: [], ...lacking })
  const lostCommits = lacking.commits.filter((id) => !holders.commits.has(id))
  if (lostCommits.length > 0) return yield* missing("commit", lostCommits)
  const lostSnapshots = lacking.snapshots.filter((id) => !holders.snapshots.has(id))
  if (lostSnapshots.length > 0) return yield* missing("snapshot", lostSnapshots)
  for (const [from, tips] of byHolder(holders.commits)) {
    for (const node of yield* copyHistory(from, open.id, tips)) nodes.set(node.id, node)
  }
  for (const [id, from] of holders.snapshots) snapshots.set(id, (yield* readSnapshot(from, id)).snapshot)
  return borrowed
})
