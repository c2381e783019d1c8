/**
 * Brings the index up to a repository's root: records the objects of each pack that the root names and the index does
 * not have yet. The same after a push, after a crash, and after the index was lost.
 */
import { Effect } from "effect"
import { KeyedLock } from "../../base/sharing/KeyedLock.ts"
import { expected, orDefault } from "../../base/expected.ts"
import { inSlices } from "../../base/Slices.ts"
import { withNodes } from "../../history/CommitNode.ts"
import { findingIntroduced } from "../../history/introductions.ts"
import { witnessBlobs, witnessCommits, witnessSnapshots } from "../../invariant/ObjectWriter.ts"
import { type ObjectReadError, Packs } from "../../invariant/packs/Packs.ts"
import { recordHistory } from "../../invariant/recordHistory.ts"
import type { BlobId, CommitId, RepositoryId, SnapshotId } from "../../object/Id.ts"
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

/** Records commits of one pack, whose parents are recorded or among them, with the objects that they introduce. */
const recordBatch = Effect.fnUntraced(function* (
  repository: RepositoryId,
  commits: ReadonlyArray<Stored<"commit">>,
  heads: ReadonlySet<CommitId>
) {
  const index = yield* ObjectIndex
  const own = new Set(commits.map(({ id }) => id))
  const outside = commits.flatMap(({ value }) => value.parents.filter((id) => !own.has(id)))
  const { commits: parents } = yield* index.known(repository, {
    blobs: [],
    snapshots: [],
    commits: [...new Set(outside)]
  })
  const nodes = withNodes(
    parents,
    commits.map(({ value }) => value)
  )
  const snapshots = yield* witnessSnapshots(repository, [...new Set(commits.map(({ value }) => value.snapshotId))])
  const offered = new Map(snapshots.map(({ id, value }) => [id, value]))
  const snapshotOf = (id: CommitId): SnapshotId => expected(nodes.get(id), `the node of commit ${id}`).snapshotId
  const compared = new Set(commits.flatMap(({ id, value }) => [id, ...value.parents].map(snapshotOf)))
  const manifests = yield* manifestsOf({ id: repository, indexed: true }, compared, offered)
  const manifestOf = (id: CommitId) => expected(manifests.get(snapshotOf(id)), `the manifest of commit ${id}`)
  const introduces = new Map<CommitId, ReadonlyArray<BlobId>>()
  for (const { id, value } of commits) {
    const before = value.parents.map(manifestOf)
    introduces.set(id, yield* inSlices(() => findingIntroduced(manifestOf(id), before)))
  }
  const blobs = yield* witnessBlobs(repository, [...new Set([...introduces.values()].flat())])
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

/** Records the objects of a pack. Those that have rows already, since packs were merged, are said to be here. */
const recordPack = Effect.fnUntraced(function* (
  repository: RepositoryId,
  pack: StoredPack,
  { heads, isMerged }: { readonly heads: ReadonlySet<CommitId>; readonly isMerged: boolean }
) {
  const packIndex = yield* PackIndex
  const ids = [...pack.directory].flatMap((object) => (object.type === "commit" ? [object.id] : []))
  for (let start = 0; start < ids.length; start += batchSize) {
    const batch = ids.slice(start, start + batchSize)
    const fresh = isMerged ? yield* unrecorded(repository, batch) : batch
    for (const some of yield* batchesOf(repository, yield* witnessCommits(repository, fresh))) {
      yield* recordBatch(repository, some, heads)
    }
  }
  if (isMerged) yield* packIndex.relocate(pack)
})

/** Records the packs that are missing. Some of them hold what was in others, if packs were dropped. */
const recordMissing = Effect.fnUntraced(function* (root: Root, missing: ReadonlyArray<PackRef>, isMerged: boolean) {
  const { open } = yield* Packs
  const { id } = root.repository
  const heads = new Set(root.heads.map(([, head]) => head))
  const recorded: Array<StoredPack> = []
  for (const ref of missing) {
    const pack = yield* open(id, ref)
    yield* recordPack(id, pack, { heads, isMerged })
    recorded.push(pack)
  }
  return recorded
})

/** Fails if a head is in no pack: its history is elsewhere, as that of a legacy hub, or lost. */
const requireHeads = Effect.fnUntraced(function* ({ heads, repository: { id } }: Root) {
  const index = yield* ObjectIndex
  const commits = [...new Set(heads.map(([, head]) => head))]
  const known = yield* index.known(id, { blobs: [], snapshots: [], commits })
  const missing = commits.find((commit) => !known.commits.has(commit))
  if (missing !== undefined) return yield* new ObjectMissing({ repository: id, type: "commit", id: missing })
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
  const missing = named.filter(({ sha256 }) => !known.has(sha256))
  const recorded = yield* recordMissing(root.value, missing, dropped.size > 0)
  if (rootSequence < 0) yield* requireHeads(root.value)
  if (recorded.length + dropped.size > 0) yield* packIndex.recordPacks(repository.id, recorded, [...dropped])
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
