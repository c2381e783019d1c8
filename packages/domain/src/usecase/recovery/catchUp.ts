/**
 * Brings the index up to a repository's root: records the objects of each pack that the root names and the index does
 * not have yet. The same after a push, after a crash, and after the index was lost. What is damaged or gone is left
 * out; what is built on it is recorded without it.
 */
import { Effect } from "effect"
import { KeyedLock } from "../../base/sharing/KeyedLock.ts"
import { expected, orDefault } from "../../base/expected.ts"
import { inSlices } from "../../base/Slices.ts"
import { type CommitNode, withNodes } from "../../history/CommitNode.ts"
import { parentsFirst } from "../../history/parentsFirst.ts"
import { findingIntroduced } from "../../history/introductions.ts"
import { witnessBlobs, witnessCommits, witnessSnapshots } from "../../invariant/ObjectWriter.ts"
import { type ObjectReadError, Packs } from "../../invariant/packs/Packs.ts"
import { recordHistory } from "../../invariant/recordHistory.ts"
import type { BlobId, CommitId, RepositoryId, Sha256, SnapshotId } from "../../object/Id.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import { ObjectIndex } from "../../port/index/ObjectIndex.ts"
import { PackIndex } from "../../port/index/PackIndex.ts"
import { RepositoryIndex } from "../../port/index/RepositoryIndex.ts"
import type { RowWriter } from "../../port/index/RowWriter.ts"
import { ObjectMissing, type ObjectStore } from "../../port/ObjectStore.ts"
import type { Stored, StoredDocument, StoredPack } from "../../port/Stored.ts"
import type { PackRef } from "../../repository/PackRef.ts"
import type { Root } from "../../repository/Root.ts"
import { manifestsOf } from "../manifests/introductions.ts"
import { distrusted } from "./lostRows.ts"
import { whatCanBeRead } from "./whatCanBeRead.ts"

/** Commits that are recorded together, and bytes of their snapshots, which bound the manifests in memory. */
const batchSize = 200
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

/** Looks up the parents of commits, other than those among them. */
const parentsOf = Effect.fnUntraced(function* (repository: RepositoryId, commits: ReadonlyArray<Stored<"commit">>) {
  const index = yield* ObjectIndex
  const own = new Set(commits.map(({ id }) => id))
  const outside = new Set(commits.flatMap(({ value }) => value.parents.filter((id) => !own.has(id))))
  const { commits: parents } = yield* index.known(repository, { blobs: [], snapshots: [], commits: [...outside] })
  return { parents, unknown: [...outside].filter((id) => !parents.has(id)) }
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

/**
 * Records commits, whose parents are recorded or among them, with the objects that they introduce. A parent that is
 * lost counts as none, and so does the manifest of a snapshot that is lost.
 */
const recordBatch = Effect.fnUntraced(function* (
  repository: RepositoryId,
  commits: ReadonlyArray<Stored<"commit">>,
  parents: ReadonlyMap<CommitId, CommitNode>,
  heads: ReadonlySet<CommitId>
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
  yield* recordHistory(repository, {
    blobs,
    snapshots,
    commits: { stored: commits, nodes, introduces, heads }
  })
})

const unrecorded = Effect.fnUntraced(function* (repository: RepositoryId, ids: ReadonlyArray<CommitId>) {
  const index = yield* ObjectIndex
  const { commits } = yield* index.known(repository, { blobs: [], snapshots: [], commits: ids })
  return ids.filter((id) => !commits.has(id))
})

/** What recording commits depends on. */
interface Recording {
  readonly heads: ReadonlySet<CommitId>
  /** Whether commits may have rows already. */
  readonly mayBeRecorded: boolean
  /** Whether commits are put off whose parents are in later packs. */
  readonly mayWait: boolean
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

/** Records commits, and returns those that were put off. */
const recordCommits = Effect.fnUntraced(function* (
  repository: RepositoryId,
  ids: ReadonlyArray<CommitId>,
  { heads, mayBeRecorded, mayWait }: Recording
) {
  const putOff: Array<CommitId> = []
  for (let start = 0; start < ids.length; start += batchSize) {
    const batch = ids.slice(start, start + batchSize)
    const fresh = mayBeRecorded ? yield* unrecorded(repository, batch) : batch
    const commits = yield* readInOrder(repository, fresh)
    for (const some of yield* batchesOf(repository, commits)) {
      const { parents, unknown } = yield* parentsOf(repository, some)
      const waiting = mayWait ? yield* waitingAmong(repository, some, unknown) : new Set<CommitId>()
      const ready = some.filter(({ id }) => !waiting.has(id))
      yield* recordBatch(repository, ready, parents, heads)
      putOff.push(...waiting)
    }
  }
  return putOff
})

/** Opens packs, and leaves out those that are damaged or gone. */
const openable = Effect.fnUntraced(function* (repository: RepositoryId, refs: ReadonlyArray<PackRef>) {
  const { open } = yield* Packs
  return yield* whatCanBeRead(
    refs,
    (some) => Effect.forEach(some, (ref) => open(repository, ref)),
    `packs of repository ${repository}`,
    ({ sha256 }) => sha256
  )
})

/** Records packs. Some of them hold what was in others, if packs were dropped: its rows are said to be here. */
const recordAll = Effect.fnUntraced(function* (root: Root, packs: ReadonlyArray<StoredPack>, isMerged: boolean) {
  const packIndex = yield* PackIndex
  const { id } = root.repository
  const recording: Recording = {
    heads: new Set(root.heads.map(([, head]) => head)),
    mayBeRecorded: isMerged,
    mayWait: true
  }
  let waiting: Array<CommitId> = []
  for (const pack of packs) {
    waiting.push(...(yield* recordCommits(id, commitsIn(pack), recording)))
    if (isMerged) yield* packIndex.relocate(pack)
  }
  while (waiting.length > 0) {
    const left = yield* recordCommits(id, waiting, recording)
    // What they wait for cannot be read.
    if (left.length === waiting.length) return yield* recordCommits(id, left, { ...recording, mayWait: false })
    waiting = left
  }
  return waiting
})

/**
 * Fails if a head is in no pack: its history is elsewhere, as that of a legacy hub. One whose pack is damaged or gone
 * is lost, and whoever asks for it is told.
 */
const requireHeads = Effect.fnUntraced(function* ({ heads, repository: { id } }: Root) {
  const index = yield* ObjectIndex
  const { lossOf } = yield* Packs
  const commits = [...new Set(heads.map(([, head]) => head))]
  const known = yield* index.known(id, { blobs: [], snapshots: [], commits })
  const missing = commits.find((commit) => !known.commits.has(commit))
  if (missing === undefined || (yield* lossOf(id, { type: "commit", id: missing })) !== undefined) return
  return yield* new ObjectMissing({ repository: id, type: "commit", id: missing })
})

export type CatchUpError = ObjectReadError | IndexUnavailable

/** What catching up reads and writes. */
export type CatchUpServices = ObjectIndex | ObjectStore | PackIndex | Packs | RepositoryIndex | RowWriter

/** Pushes that share a root write would otherwise record each other's packs at the same time. */
const lock = new KeyedLock<RepositoryId>()

/**
 * Finds out which packs the index has, and which root it reflects. It has those of the root that it reflects; but where
 * several moves share a root, another of them may have recorded theirs.
 */
const recordedBy = Effect.fnUntraced(function* (root: Root, before: StoredDocument<Root> | undefined) {
  const packIndex = yield* PackIndex
  const isNext = before?.sha256 === root.previous && root.changes.length === 1
  if (before === undefined || !isNext) return yield* packIndex.packs(root.repository.id)
  const { namedBy } = yield* Packs
  const named = yield* namedBy(before.value)
  return { packs: new Set(named.map(({ sha256 }) => sha256)), rootSequence: before.value.sequence }
})

const commitsIn = ({ directory }: StoredPack) =>
  [...directory].flatMap((object) => (object.type === "commit" ? [object.id] : []))

/** Says whether the index has all commits of a pack, as it has those of packs that were merged into it. */
const hasCommitsOf = Effect.fnUntraced(function* (repository: RepositoryId, pack: StoredPack) {
  const commits = commitsIn(pack)
  for (let start = 0; start < commits.length; start += batchSize) {
    if ((yield* unrecorded(repository, commits.slice(start, start + batchSize))).length > 0) return false
  }
  return commits.length > 0
})

/**
 * Says whether a pack was recorded before one that comes first, which could not be read then: the rows of what is built
 * on it lack something. A pack that others were merged into comes before what was pushed meanwhile, and lacks nothing.
 */
const isOutOfOrder = Effect.fnUntraced(function* (
  repository: RepositoryId,
  named: ReadonlyArray<PackRef>,
  known: ReadonlySet<Sha256>,
  missing: ReadonlyArray<StoredPack>
) {
  const lastKnown = named.findLastIndex(({ sha256 }) => known.has(sha256))
  const before = new Set(named.slice(0, Math.max(0, lastKnown)).map(({ sha256 }) => sha256))
  for (const pack of missing) {
    if (before.has(pack.ref.sha256) && !(yield* hasCommitsOf(repository, pack))) return true
  }
  return false
})

const bringUp = Effect.fnUntraced(function* (root: StoredDocument<Root>, before: StoredDocument<Root> | undefined) {
  const index = yield* RepositoryIndex
  const packIndex = yield* PackIndex
  const { namedBy } = yield* Packs
  const { repository, sequence } = root.value
  const { packs: known, rootSequence } = yield* recordedBy(root.value, before)
  // Another request was faster, with a later root.
  if (rootSequence > sequence) return
  const named = yield* namedBy(root.value)
  const dropped = known.difference(new Set(named.map(({ sha256 }) => sha256)))
  const unknown = named.filter(({ sha256 }) => !known.has(sha256))
  const missing = yield* openable(repository.id, unknown)
  if (yield* isOutOfOrder(repository.id, named, known, missing)) {
    yield* distrusted(repository.id, "a pack can be read again that it was recorded without")
  }
  yield* recordAll(root.value, missing, dropped.size > 0)
  if (rootSequence < 0) yield* requireHeads(root.value)
  if (missing.length + dropped.size > 0) yield* packIndex.recordPacks(repository.id, missing, [...dropped])
  if (rootSequence < sequence) yield* index.reflect(root)
})

/**
 * Makes the index reflect this root. If it has all its packs, this takes two statements. `before` is a root that it is
 * known to reflect, or a later one; if that is the previous root, the index need not be asked what it has.
 */
export const catchUp = Effect.fn("catchUp")(function* (
  root: StoredDocument<Root>,
  before?: StoredDocument<Root>
): Effect.fn.Return<void, CatchUpError, CatchUpServices> {
  yield* lock.withLock(root.value.repository.id, bringUp(root, before))
})
