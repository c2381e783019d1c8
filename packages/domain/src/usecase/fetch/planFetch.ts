/**
 * Plans a fetch: the commits, snapshots and blobs that are reachable from `want` and not from `have`. The plan is made
 * from the index or, while that is down, from the store alone.
 */
import type { Packs } from "../../invariant/packs/Packs.ts"
import { Effect, Option, Schema, Stream } from "effect"
import { errorKind } from "../../base/ErrorKind.ts"
import { eachInSlices } from "../../base/Slices.ts"
import type { CommitNode } from "../../history/CommitNode.ts"
import { difference } from "../../history/ancestry.ts"
import type { CommitGraph } from "../../history/CommitGraph.ts"
import type { Introduction } from "../../history/introductions.ts"
import { allHeads } from "../../invariant/refs/heads.ts"
import type { RefsError } from "../../invariant/refs/RefChunks.ts"
import { refsIn } from "../../invariant/refs/refs.ts"
import type { Roots } from "../../invariant/Roots.ts"
import { readSnapshot, type ObjectReadError } from "../../invariant/ObjectReader.ts"
import { servedSize } from "../../invariant/servedObjects.ts"
import type { BlobId, CommitId, RepositoryId, SnapshotId } from "../../object/Id.ts"
import { CommitIndex } from "../../port/index/CommitIndex.ts"
import { storeConcurrency } from "../../port/storeConcurrency.ts"
import type { RepositoryIndex } from "../../port/index/RepositoryIndex.ts"
import { ObjectMissing, type ObjectStore } from "../../port/ObjectStore.ts"
import { requireUnknown } from "../recovery/lostRows.ts"
import { indexedGraph, storedGraph } from "../graph/commitGraph.ts"
import { fromIndexElse } from "../access/fromIndexElse.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import type { Admitted, HubBusy } from "../admission/Admission.ts"

/** A wanted commit is not in this repository, or no ref ever led to it. */
export class WantUnknown extends Schema.TaggedError<WantUnknown>()("WantUnknown", {
  kind: errorKind("not found"),
  missing: Schema.Array(Schema.String),
  total: Schema.Int
}) {
  static readonly details = ["missing", "total"] as const
  override get message() {
    return `${this.total} wanted commit(s) are not in this repository: ${this.missing.join(", ")}`
  }
}

/** The maximum number of ids listed in an error; the rest is counted. */
const listedMax = 100

export interface FetchPlan {
  /** Parents before children. */
  readonly commits: ReadonlyArray<CommitNode>
  readonly snapshots: ReadonlyArray<SnapshotId>
  /** Sizes in bytes, by id. */
  readonly blobs: ReadonlyMap<BlobId, number>
  /** The commits that introduce each blob. Empty without the index. */
  readonly introductions: ReadonlyMap<BlobId, Introduction>
  /** Bytes of all objects as stored. */
  readonly storedBytes: number
}

/** Yields each thing with each of its commits, since one snapshot may belong to all of them. */
const ownersOf = function* <A>(owners: ReadonlyMap<A, ReadonlyArray<CommitId>>): Generator<readonly [A, CommitId]> {
  for (const [thing, commits] of owners) for (const id of commits) yield [thing, id]
}

/**
 * Finds what the client already has through commits other than those sent: a snapshot or blob that also belongs to a
 * commit reachable from `have`.
 */
const heldBySide = Effect.fnUntraced(function* <A, E>(
  graph: CommitGraph<E>,
  sent: ReadonlySet<CommitId>,
  have: ReadonlyArray<CommitId>,
  owners: ReadonlyMap<A, ReadonlyArray<CommitId>>
) {
  const others = new Set<CommitId>()
  yield* eachInSlices(ownersOf(owners), ([, id]) => {
    if (!sent.has(id)) others.add(id)
  })
  const lacking = new Set<CommitId>()
  yield* eachInSlices(yield* difference(graph, others, have), (node) => lacking.add(node.id))
  const held = new Set<A>()
  yield* eachInSlices(ownersOf(owners), ([thing, id]) => {
    if (others.has(id) && !lacking.has(id)) held.add(thing)
  })
  return held
})

const commitLost = (repository: RepositoryId, id: CommitId) => new ObjectMissing({ repository, type: "commit", id })

/** Fails with a head or a tagged commit among these commits that are in no pack: they are lost, and not unknown. */
const requireHeads = Effect.fnUntraced(function* ({ id, root }: OpenRepository, unknown: ReadonlyArray<CommitId>) {
  if (unknown.length === 0) return
  const { heads, tags } = root.value
  const wanted = new Set(unknown)
  const lost = yield* Stream.map(refsIn(root.value, heads), ([, head]) => head).pipe(
    Stream.concat(Stream.map(refsIn(root.value, tags), ([, { commit }]) => commit)),
    Stream.filter((commit) => wanted.has(commit)),
    Stream.runHead
  )
  if (Option.isSome(lost)) return yield* commitLost(id, lost.value)
})

/**
 * Fails if a parent of these commits is lost, so that no answer passes over history. The graph has looked for all of
 * them. If a pack holds the parent after all, the index has lost its row.
 */
const requireParents = Effect.fnUntraced(function* <E>(
  { id, root }: OpenRepository,
  graph: CommitGraph<E>,
  commits: ReadonlyArray<CommitNode>
) {
  let lost: CommitId | undefined
  yield* eachInSlices(commits, ({ parents }) => {
    lost ??= parents.find((parent) => graph.node(parent) === undefined)
  })
  if (lost === undefined) return
  yield* requireUnknown(root.value, [{ type: "commit", id: lost }])
  return yield* commitLost(id, lost)
})

const planFromIndex = Effect.fnUntraced(function* (
  open: OpenRepository,
  want: ReadonlyArray<CommitId>,
  have: ReadonlyArray<CommitId>
) {
  const index = yield* CommitIndex
  const graph = yield* indexedGraph(open.id)
  yield* graph.resolve(want)
  const unknown = want.filter((id) => graph.node(id) === undefined)
  yield* requireUnknown(
    open.root.value,
    unknown.map((id) => ({ type: "commit", id }))
  )
  yield* requireHeads(open, unknown)
  yield* refuseUnknown(graph, want)
  const held: Array<CommitId> = []
  yield* graph.each(have, ({ id }) => held.push(id))
  const commits = yield* difference(graph, want, held)
  yield* requireParents(open, graph, commits)
  const sent = new Set<CommitId>()
  const snapshots = new Set<SnapshotId>()
  yield* eachInSlices(commits, (node) => {
    sent.add(node.id)
    snapshots.add(node.snapshotId)
  })
  const introductions = yield* index.introducedBy(open.id, [...sent])
  const blobs = new Map<BlobId, number>()
  yield* eachInSlices(introductions, ([id, { size }]) => blobs.set(id, size))
  if (held.length > 0) {
    const ofSnapshots = yield* index.commitsOfSnapshots(open.id, [...snapshots])
    for (const id of yield* heldBySide(graph, sent, held, ofSnapshots)) snapshots.delete(id)
    const ofBlobs = yield* index.introducersOf(open.id, [...blobs.keys()])
    for (const id of yield* heldBySide(graph, sent, held, ofBlobs)) blobs.delete(id)
  }
  return { commits, snapshots: [...snapshots], blobs, introductions }
})

const nothingKnown: FetchPlan["introductions"] = new Map()

const planFromStore = Effect.fnUntraced(function* (
  open: OpenRepository,
  want: ReadonlyArray<CommitId>,
  have: ReadonlyArray<CommitId>
) {
  const graph = yield* storedGraph(open.id, yield* allHeads(open.root.value))
  yield* refuseUnknown(graph, want)
  const commits = yield* difference(graph, want, have)
  const had = yield* difference(graph, have, [])
  const contentOf = Effect.fnUntraced(function* (nodes: ReadonlyArray<CommitNode>) {
    const ids = [...new Set(nodes.map((node) => node.snapshotId))]
    const blobs = new Set<BlobId>()
    yield* Effect.forEach(
      ids,
      (id) =>
        Effect.map(readSnapshot(open.id, id), ({ snapshot }) => {
          for (const blob of snapshot.manifest.values()) blobs.add(blob)
        }),
      { concurrency: storeConcurrency, discard: true }
    )
    return { snapshots: new Set(ids), blobs }
  })
  const theirs = yield* contentOf(had)
  const ours = yield* contentOf(commits)
  const sizes = yield* Effect.forEach(
    [...ours.blobs].filter((id) => !theirs.blobs.has(id)),
    (id) => Effect.map(servedSize({ repository: open.id, type: "blob", id }), (size) => [id, size] as const),
    { concurrency: storeConcurrency }
  )
  return {
    commits,
    snapshots: [...ours.snapshots].filter((id) => !theirs.snapshots.has(id)),
    blobs: new Map(sizes),
    introductions: nothingKnown
  }
})

const refuseUnknown = Effect.fnUntraced(function* <E>(graph: CommitGraph<E>, want: ReadonlyArray<CommitId>) {
  yield* graph.resolve(want)
  const unknown = want.filter((id) => graph.node(id) === undefined)
  if (unknown.length > 0) return yield* new WantUnknown({ missing: unknown.slice(0, listedMax), total: unknown.length })
})

export type FetchError = HubBusy | WantUnknown | ObjectReadError | RefsError

/** What planning a fetch asks; it forgets rows that are wrong. */
export type PlanServices = CommitIndex | ObjectStore | Packs | RepositoryIndex | Roots

/** Plans a fetch. `have` may contain unknown ids and ids of `want`. */
export const planFetch = Effect.fn("planFetch")(function* (
  open: OpenRepository,
  want: ReadonlyArray<CommitId>,
  have: ReadonlyArray<CommitId>
): Effect.fn.Return<FetchPlan, WantUnknown | ObjectReadError | RefsError, Admitted | PlanServices> {
  const plan = yield* fromIndexElse(open, planFromIndex(open, want, have), planFromStore(open, want, have))
  let storedBytes = plan.commits.reduce((sum, node) => sum + node.storedBytes, 0)
  for (const size of plan.blobs.values()) storedBytes += size
  const planned: FetchPlan = { ...plan, storedBytes }
  return planned
})
