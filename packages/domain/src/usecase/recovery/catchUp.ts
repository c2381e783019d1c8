/**
 * Brings the index up to a repository's root: records the objects of each pack that the root names and the index does
 * not have yet. The same after a push, after a crash, and after the index was lost. What is damaged or gone is left
 * out; what is built on it is recorded without it.
 */
import { Effect, Result, type Scope, Stream } from "effect"
import { orDefault } from "../../base/expected.ts"
import { eachInSlices } from "../../base/Slices.ts"
import { KeyedLock } from "../../base/sharing/KeyedLock.ts"
import { type ObjectReadError, Packs } from "../../invariant/packs/Packs.ts"
import type { RefsError } from "../../invariant/refs/RefChunks.ts"
import { rootWithSequence } from "../../invariant/RootHistory.ts"
import { refParts } from "../../invariant/refs/refs.ts"
import { Roots } from "../../invariant/Roots.ts"
import type { KnownNodes } from "../../history/CommitNode.ts"
import type { CommitId, RepositoryId, Sha256 } from "../../object/Id.ts"
import type { CommitIndex } from "../../port/index/CommitIndex.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import { ObjectIndex } from "../../port/index/ObjectIndex.ts"
import { PackIndex } from "../../port/index/PackIndex.ts"
import type { ProposalIndex } from "../../port/index/ProposalIndex.ts"
import { RepositoryIndex } from "../../port/index/RepositoryIndex.ts"
import type { RowWriter } from "../../port/index/RowWriter.ts"
import { ObjectMissing, type ObjectStore } from "../../port/ObjectStore.ts"
import type { StoredDocument, StoredPack } from "../../port/Stored.ts"
import type { BranchName } from "../../repository/Names.ts"
import type { PackRef } from "../../repository/PackRef.ts"
import type { RefEntry } from "../../repository/refs/RefNode.ts"
import type { Root } from "../../repository/Root.ts"
import { catchUpDocuments } from "./catchUpDocuments.ts"
import { HeldRows } from "./HeldRows.ts"
import { distrusted } from "./lostRows.ts"
import { batchSize, recordCommits, type Recording, unrecorded } from "./recordCommits.ts"
import { whatCanBeRead } from "./whatCanBeRead.ts"

/** Opens packs that a root names, and leaves out those that are damaged or gone. */
const openable = Effect.fnUntraced(function* (
  { repository: { id: repository }, sequence }: Root,
  refs: ReadonlyArray<PackRef>
) {
  const { open } = yield* Packs
  // Packs that were merged since are deleted once a later root has others in their places.
  const isPast = Effect.flatMap(Roots, (roots) => Effect.map(roots.read(repository), ({ value }) => value)).pipe(
    Effect.map((present) => present.sequence > sequence),
    Effect.orElseSucceed(() => false)
  )
  return yield* whatCanBeRead(
    refs,
    (some) => Effect.forEach(some, (ref) => open(repository, ref)),
    `packs of repository ${repository}`,
    ({ sha256 }) => sha256,
    (message, loss) =>
      Effect.flatMap(isPast, (past) =>
        past ? Effect.logInfo(`${message}, and the root that named them is past`) : Effect.logError(message, loss)
      )
  )
})

/**
 * Records packs; the last rows stay held. Some packs hold what was in others, if packs were dropped: its rows are said
 * to be here.
 */
const recordAll = Effect.fnUntraced(function* (
  { repository: { id } }: Root,
  packs: ReadonlyArray<StoredPack>,
  recording: Recording
) {
  const packIndex = yield* PackIndex
  let waiting: Array<CommitId> = []
  for (const pack of packs) {
    const putOff = yield* recordCommits(id, yield* commitsIn(pack), recording)
    waiting.push(...putOff)
    if (recording.inSteps && putOff.length === 0) yield* recording.held.record({ packs: [pack] })
    if (!recording.mayBeRecorded) continue
    yield* recording.held.record()
    yield* packIndex.relocate(pack)
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
const requireHeads = Effect.fnUntraced(function* (root: Root) {
  const index = yield* ObjectIndex
  const { lossOf } = yield* Packs
  const { id } = root.repository
  const requireKnown = Effect.fnUntraced(function* (heads: ReadonlyArray<RefEntry<BranchName, CommitId>>) {
    const commits = [...new Set(heads.map(([, head]) => head))]
    const known = yield* index.known(id, { blobs: [], snapshots: [], commits })
    const missing = commits.find((commit) => !known.commits.has(commit))
    if (missing === undefined || (yield* lossOf(id, { type: "commit", id: missing })) !== undefined) return
    return yield* new ObjectMissing({ repository: id, type: "commit", id: missing })
  })
  yield* Stream.runForEach(refParts(root, root.heads), requireKnown)
})

export type CatchUpError = ObjectReadError | RefsError | IndexUnavailable

/** What catching up reads and writes. */
export type CatchUpServices =
  | CommitIndex
  | ObjectIndex
  | ObjectStore
  | PackIndex
  | Packs
  | ProposalIndex
  | RepositoryIndex
  | Roots
  | RowWriter

/** Pushes that share a root write would otherwise record each other's packs at the same time. */
const lock = new KeyedLock<RepositoryId>()

/** Finds out which packs the index has, and which root it reflects; `before`, if that is known. */
const recordedBy = Effect.fnUntraced(function* (root: Root, before: StoredDocument<Root> | undefined) {
  const packIndex = yield* PackIndex
  if (before === undefined) return yield* packIndex.packs(root.repository.id)
  const { namedBy } = yield* Packs
  const named = yield* namedBy(before.value)
  return { packs: new Set(named.map(({ sha256 }) => sha256)), rootSequence: before.value.sequence }
})

/** Lists the commits of a pack. */
const commitsIn = Effect.fnUntraced(function* ({ directory }: StoredPack) {
  const commits: Array<CommitId> = []
  yield* eachInSlices(directory, (object) => {
    if (object.type === "commit") commits.push(object.id)
  })
  return commits
})

/** Says whether the index has all commits of a pack, as it has those of packs that were merged into it. */
const hasCommitsOf = Effect.fnUntraced(function* (repository: RepositoryId, pack: StoredPack) {
  const commits = yield* commitsIn(pack)
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

/** A root that the index reflects, and nodes of commits of it and of the next one. */
interface Before {
  readonly root: StoredDocument<Root>
  readonly nodes: KnownNodes
}

const noNodes: KnownNodes = new Map()

/** Says whether a collection has dropped objects since the root with this sequence, whose rows are still there. */
const hasDroppedSince = Effect.fnUntraced(function* (root: Root, sequence: number) {
  const before = yield* Effect.result(rootWithSequence(root, sequence))
  if (Result.isFailure(before)) return before.failure._tag === "ObjectCorrupt" ? true : yield* before.failure
  return before.success.collectionEpoch !== root.collectionEpoch
})

const bringUp = Effect.fnUntraced(function* (
  root: StoredDocument<Root>,
  before: Before | undefined
): Effect.fn.Return<void, CatchUpError, CatchUpServices | Scope.Scope> {
  const { namedBy } = yield* Packs
  const { repository, sequence } = root.value
  const { packs: known, rootSequence } = yield* recordedBy(root.value, before?.root)
  // Another request was faster, with a later root.
  if (rootSequence > sequence) return
  // The store has all that an undone deletion needs.
  if (root.value.deletion !== null) return yield* (yield* RepositoryIndex).forget(repository.id)
  if (before === undefined) yield* catchUpDocuments(root.value, rootSequence < 0)
  const named = yield* namedBy(root.value)
  const dropped = known.difference(new Set(named.map(({ sha256 }) => sha256)))
  if (rootSequence >= 0 && dropped.size > 0 && (yield* hasDroppedSince(root.value, rootSequence))) {
    yield* Effect.logInfo(`objects of repository ${repository.id} were collected, and its rows are recorded again`)
    yield* (yield* RepositoryIndex).forget(repository.id)
    return yield* bringUp(root, undefined)
  }
  const unknown = named.filter(({ sha256 }) => !known.has(sha256))
  const missing = yield* openable(root.value, unknown)
  if (yield* isOutOfOrder(repository.id, named, known, missing)) {
    yield* distrusted(repository.id, "a pack can be read again that it was recorded without")
  }
  const held = new HeldRows(repository.id)
  const nodes = orDefault(before?.nodes, noNodes)
  yield* recordAll(root.value, missing, {
    mayBeRecorded: dropped.size > 0,
    mayWait: true,
    nodes,
    held,
    inSteps: rootSequence < 0
  })
  if (rootSequence < 0) {
    yield* held.record()
    yield* requireHeads(root.value)
  }
  const last = { packs: missing, dropped: [...dropped] }
  yield* held.record(rootSequence < sequence ? { ...last, root } : last)
})

/**
 * Records the packs of a root that the index is not to reflect yet, since its repository is still being brought. What
 * reads the repository sees nothing of it, and `catchUp` goes on after these packs.
 */
export const recordAhead = Effect.fn("recordAhead")(function* ({
  value: root
}: StoredDocument<Root>): Effect.fn.Return<void, CatchUpError, CatchUpServices> {
  const { id } = root.repository
  const ahead = Effect.gen(function* () {
    const { packs: known, rootSequence } = yield* recordedBy(root, undefined)
    // What reads it goes by the root that the index reflects.
    if (rootSequence >= 0) return
    const { namedBy } = yield* Packs
    const missing = yield* openable(
      root,
      (yield* namedBy(root)).filter(({ sha256 }) => !known.has(sha256))
    )
    const held = new HeldRows(id)
    yield* recordAll(root, missing, { mayBeRecorded: false, mayWait: true, nodes: noNodes, held, inSteps: true })
    yield* held.record()
  })
  yield* lock.withLock(id, Effect.scoped(ahead))
})

/** Says whether one move of a caller's own made a root of another one. */
const isNext = (before: StoredDocument<Root>, { value: root }: StoredDocument<Root>) =>
  before.sha256 === root.previous && root.changes.length === 1

/**
 * Makes the index reflect this root, and have what is beside it; it then has nothing of a deleted repository. `before`
 * is a root that the index is known to reflect, or a later one, when the caller moved it. If no other move was in
 * between, the index is not asked what it has.
 */
export const catchUp = Effect.fn("catchUp")(function* (
  root: StoredDocument<Root>,
  before?: Before
): Effect.fn.Return<void, CatchUpError, CatchUpServices> {
  yield* lock.withLock(
    root.value.repository.id,
    Effect.scoped(bringUp(root, before !== undefined && isNext(before.root, root) ? before : undefined))
  )
})
