/**
 * Records commits with the objects that they bring in: their snapshots, and the blobs that no parent has. A parent that
 * is lost counts as none, and so does the manifest of a snapshot that is lost.
 */
import { Effect } from "effect"
import { expected, orDefault } from "../../base/expected.ts"
import { inSlices } from "../../base/Slices.ts"
import { type CommitNode, type KnownNodes, withNodes } from "../../history/CommitNode.ts"
import { findingIntroduced } from "../../history/introductions.ts"
import { parentsFirst } from "../../history/parentsFirst.ts"
import { witnessBlobs, witnessCommits, witnessSnapshots } from "../../invariant/ObjectWriter.ts"
import { Packs } from "../../invariant/packs/Packs.ts"
import type { BlobId, CommitId, RepositoryId, SnapshotId } from "../../object/Id.ts"
import { ObjectIndex } from "../../port/index/ObjectIndex.ts"
import type { Stored } from "../../port/Stored.ts"
import { manifestsOf } from "../manifests/introductions.ts"
import type { HeldRows } from "./HeldRows.ts"
import { whatCanBeRead } from "./whatCanBeRead.ts"

/** Commits that are recorded together, and bytes of their snapshots, which bound the manifests in memory. */
export const batchSize = 200
const batchSnapshotBytesMax = 16 * 1024 * 1024

/** Cuts commits into batches by the bytes of their snapshots. */
const batchesOf = Effect.fnUntraced(function* (repository: RepositoryId, commits: ReadonlyArray<Stored<"commit">>) {
  const { find } = yield* Packs
  const places = yield* find(
    repository,
    commits.map(({ value }) => ({ type: "snapshot", id: value.snapshotId }))
  )
  const batches: Array<Array<Stored<"commit">>> = []
  let bytes = Number.POSITIVE_INFINITY
  for (const [position, commit] of commits.entries()) {
    const size = orDefault(places[position]?.object.size, 0)
    if (bytes + size > batchSnapshotBytesMax) {
      batches.push([])
      bytes = 0
    }
    batches.at(-1)?.push(commit)
    bytes += size
  }
  return batches
})

/** Returns what a commit says of itself, with those of its parents that are known. */
const withKnownParents = ({ value }: Stored<"commit">, isKnown: (id: CommitId) => boolean) => ({
  ...value,
  parents: value.parents.filter(isKnown)
})

/** Looks up the parents of commits, other than those among them. Those that have nodes are known. */
const parentsOf = Effect.fnUntraced(function* (
  repository: RepositoryId,
  commits: ReadonlyArray<Stored<"commit">>,
  nodes: KnownNodes
) {
  const index = yield* ObjectIndex
  const own = new Set(commits.map(({ id }) => id))
  const outside = new Set(commits.flatMap(({ value }) => value.parents.filter((id) => !own.has(id))))
  const parents = new Map<CommitId, CommitNode>()
  for (const id of outside) {
    const node = nodes.get(id)
    if (node !== undefined) parents.set(id, node)
  }
  const asked = [...outside].filter((id) => !parents.has(id))
  if (asked.length > 0) {
    const known = yield* index.known(repository, { blobs: [], snapshots: [], commits: asked })
    for (const [id, node] of known.commits) parents.set(id, node)
  }
  return { parents, unknown: asked.filter((id) => !parents.has(id)) }
})

/**
 * Finds the commits that have to wait, since a parent of theirs is in a later pack. There are some where a pack was
 * lost and what it held was sent again.
 */
const waitingAmong = Effect.fnUntraced(function* (
  repository: RepositoryId,
  commits: ReadonlyArray<Stored<"commit">>,
  unknown: ReadonlyArray<CommitId>
) {
  const waiting = new Set<CommitId>()
  if (unknown.length === 0) return waiting
  const { find } = yield* Packs
  const places = yield* find(
    repository,
    unknown.map((id) => ({ type: "commit", id }))
  )
  const later = new Set(unknown.filter((_, position) => places[position] !== undefined))
  for (const { id, value } of commits) {
    if (value.parents.some((parent) => later.has(parent) || waiting.has(parent))) waiting.add(id)
  }
  return waiting
})

/** Makes the rows of commits whose parents are recorded, or among them and before them. */
const rowsOf = Effect.fnUntraced(function* (
  repository: RepositoryId,
  commits: ReadonlyArray<Stored<"commit">>,
  parents: ReadonlyMap<CommitId, CommitNode>
) {
  const own = new Set(commits.map(({ id }) => id))
  const known = commits.map((commit) => withKnownParents(commit, (id) => own.has(id) || parents.has(id)))
  const nodes = withNodes(parents, known)
  const snapshots = yield* whatCanBeRead(
    [...new Set(commits.map(({ value }) => value.snapshotId))],
    (ids) => witnessSnapshots(repository, ids),
    `snapshots of repository ${repository}`
  )
  const offered = new Map(snapshots.map(({ id, value }) => [id, value]))
  const snapshotOf = (id: CommitId): SnapshotId => expected(nodes.get(id), `the node of commit ${id}`).snapshotId
  const compared = new Set(known.flatMap(({ parents: of }) => of.map(snapshotOf)))
  const before = yield* whatCanBeRead(
    [...compared],
    (ids) => Effect.map(manifestsOf({ id: repository, indexed: true }, ids, offered), (read) => [...read]),
    `snapshots of repository ${repository}`
  )
  const manifests = new Map([...before, ...snapshots.map(({ id, value }) => [id, value.manifest] as const)])
  const introduces = new Map<CommitId, ReadonlyArray<BlobId>>()
  for (const { id, parents: of, snapshotId } of known) {
    const manifest = manifests.get(snapshotId)
    const inherited = of.flatMap((parent) => orDefault(manifests.get(snapshotOf(parent)), []))
    const introduced = manifest === undefined ? [] : yield* inSlices(() => findingIntroduced(manifest, inherited))
    introduces.set(id, introduced)
  }
  const blobs = yield* whatCanBeRead(
    [...new Set([...introduces.values()].flat())],
    (ids) => witnessBlobs(repository, ids),
    `blobs of repository ${repository}`
  )
  return { blobs, snapshots, commits: { stored: commits, nodes, introduces } }
})

/** Returns those of the commits that have no row. */
export const unrecorded = Effect.fnUntraced(function* (repository: RepositoryId, ids: ReadonlyArray<CommitId>) {
  const index = yield* ObjectIndex
  const { commits } = yield* index.known(repository, { blobs: [], snapshots: [], commits: ids })
  return ids.filter((id) => !commits.has(id))
})

/** What recording commits depends on. */
export interface Recording {
  /** Whether commits may have rows already. */
  readonly mayBeRecorded: boolean
  /** Whether commits are put off whose parents are in later packs. */
  readonly mayWait: boolean
  /** Nodes of commits that have rows, or get them here: the index need not be asked for these. */
  readonly nodes: KnownNodes
  readonly held: HeldRows
  /** Whether each pack is recorded as done, so that recording goes on after it if it is ended. */
  readonly inSteps: boolean
}

/** Reads commits, and orders them parents first: what was lost and sent again comes after what builds on it. */
const readInOrder = Effect.fnUntraced(function* (repository: RepositoryId, ids: ReadonlyArray<CommitId>) {
  const commits = yield* whatCanBeRead(
    ids,
    (some) => witnessCommits(repository, some),
    `commits of repository ${repository}`
  )
  const known = new Map(commits.map((stored) => [stored.id, { stored, parents: stored.value.parents }]))
  return parentsFirst(known, [...known.keys()].toReversed()).commits.map(({ stored }) => stored)
})

/** Records commits, the last ones of which stay held, and returns those that were put off. */
export const recordCommits = Effect.fnUntraced(function* (
  repository: RepositoryId,
  ids: ReadonlyArray<CommitId>,
  { held, mayBeRecorded, mayWait, nodes }: Recording
) {
  const putOff: Array<CommitId> = []
  const known: KnownNodes = { get: (id) => nodes.get(id) ?? held.node(id) }
  for (let start = 0; start < ids.length; start += batchSize) {
    const batch = ids.slice(start, start + batchSize)
    yield* held.recordMeanwhile()
    const fresh = mayBeRecorded ? yield* unrecorded(repository, batch) : batch
    const commits = yield* readInOrder(repository, fresh)
    for (const some of yield* batchesOf(repository, commits)) {
      yield* held.recordMeanwhile()
      const { parents, unknown } = yield* parentsOf(repository, some, known)
      const waiting = mayWait ? yield* waitingAmong(repository, some, unknown) : new Set<CommitId>()
      const ready = some.filter(({ id }) => !waiting.has(id))
      yield* held.hold(yield* rowsOf(repository, ready, parents))
      putOff.push(...waiting)
    }
  }
  return putOff
})
