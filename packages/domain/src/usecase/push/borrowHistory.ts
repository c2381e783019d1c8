/**
 * Copies history that a push leaves out. A push may stop at commits that only another remote has. If that remote is a
 * repository of this hub that the pusher may read, such as a fork, the missing history is copied from it.
 */
import { Effect, Stream } from "effect"
import { expected } from "../../base/expected.ts"
import { eachInSlices, inSlices, sorting } from "../../base/Slices.ts"
import type { CommitNode } from "../../history/CommitNode.ts"
import { difference } from "../../history/ancestry.ts"
import { readCommit, readSnapshot, type ObjectReadError } from "../../invariant/ObjectReader.ts"
import type { NewPacks } from "../../invariant/packs/NewPacks.ts"
import type { Packs } from "../../invariant/packs/Packs.ts"
import { servedSize, servedStream } from "../../invariant/servedObjects.ts"
import type { BlobId, CommitId, RepositoryId, SnapshotId } from "../../object/Id.ts"
import type { Snapshot } from "../../object/Snapshot.ts"
import type { ContentRefused, ObjectRefused } from "../../object/Refused.ts"
import { CommitIndex } from "../../port/index/CommitIndex.ts"
import { ObjectIndex } from "../../port/index/ObjectIndex.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import type { ObjectStore } from "../../port/ObjectStore.ts"
import { indexedGraph } from "../graph/commitGraph.ts"
import { missing, type ObjectsMissing } from "./ObjectsMissing.ts"
import { type HolderServices, readableHolders } from "./readableHolders.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { admitted, type HubBusy } from "../admission/Admission.ts"

/** Copies a blob from another repository, and hashes it on the way. */
export const copyBlob = Effect.fnUntraced(function* (from: RepositoryId, id: BlobId, packs: NewPacks) {
  const key = { repository: from, type: "blob", id } as const
  return yield* packs.addBlobRead(
    id,
    yield* servedSize(key),
    Stream.provideContext(servedStream(key), yield* Effect.context<ObjectStore | Packs>())
  )
})

export interface Borrowed {
  /** The commits that were copied into the packs. */
  readonly nodes: ReadonlyMap<CommitId, CommitNode>
  /** Snapshots that the push needs: of its commits, found in other repositories, and of the copied ones before them. */
  readonly snapshots: ReadonlyMap<SnapshotId, Snapshot>
}

const byHolder = <A>(holders: ReadonlyMap<A, RepositoryId>): ReadonlyMap<RepositoryId, ReadonlyArray<A>> =>
  Map.groupBy(holders.keys(), (id) => holders.get(id) as RepositoryId)

/** The number of commits whose introduced blobs are looked up together. */
const commitsAtOnce = 200

/** Copies commits, whose parents come before them, with their snapshots and blobs that the repository lacks. */
const copyCommits = Effect.fnUntraced(function* (
  from: RepositoryId,
  nodes: ReadonlyArray<CommitNode>,
  packs: NewPacks
) {
  const objectIndex = yield* ObjectIndex
  const commitIndex = yield* CommitIndex
  const introductions = yield* commitIndex.introducedBy(
    from,
    nodes.map((node) => node.id)
  )
  const introduced = [...introductions.keys()]
  const snapshots = [...new Set(nodes.map((node) => node.snapshotId))]
  const own = yield* objectIndex.known(packs.repository, { blobs: introduced, snapshots, commits: [] })
  for (const id of introduced) if (!own.blobs.has(id)) yield* copyBlob(from, id, packs)
  for (const id of snapshots) {
    if (!own.snapshots.has(id)) yield* packs.addSnapshot((yield* readSnapshot(from, id)).snapshot)
  }
  for (const { id } of nodes) {
    yield* packs.addCommit((yield* readCommit(from, id)).commit)
  }
})

/** Copies the commits that `from` has and the repository of `packs` lacks into the packs, and returns them. */
export const copyHistory = Effect.fnUntraced(function* (
  from: RepositoryId,
  tips: ReadonlyArray<CommitId>,
  packs: NewPacks
) {
  const objectIndex = yield* ObjectIndex
  const history = yield* admitted(
    "borrow",
    Effect.flatMap(indexedGraph(from), (graph) => difference(graph, tips, []))
  )
  const own = yield* objectIndex.known(packs.repository, {
    blobs: [],
    snapshots: [],
    commits: history.map((node) => node.id)
  })
  const lacking: Array<CommitNode> = []
  yield* eachInSlices(history, (node) => {
    if (!own.commits.has(node.id)) lacking.push(node)
  })
  const nodes = yield* inSlices(() => sorting(lacking, (a, b) => a.generation - b.generation))
  for (let start = 0; start < nodes.length; start += commitsAtOnce) {
    // A place for each part: a long history would keep others from one.
    yield* admitted("borrow", copyCommits(from, nodes.slice(start, start + commitsAtOnce), packs))
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

/** Copies the history that a push leaves out from the other repositories that the pusher may read into the packs. */
export const borrowHistory = Effect.fn("borrowHistory")(function* (
  open: OpenRepository<"write">,
  lacking: { readonly commits: ReadonlyArray<CommitId>; readonly snapshots: ReadonlyArray<SnapshotId> },
  packs: NewPacks
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
    yield* eachInSlices(yield* copyHistory(from, tips, packs), (node) => nodes.set(node.id, node))
    for (const id of tips) {
      const { snapshotId } = expected(nodes.get(id), `the node of copied commit ${id}`)
      snapshots.set(snapshotId, (yield* readSnapshot(from, snapshotId)).snapshot)
    }
  }
  for (const [id, from] of holders.snapshots) snapshots.set(id, (yield* readSnapshot(from, id)).snapshot)
  return borrowed
})
