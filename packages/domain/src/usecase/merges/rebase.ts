/**
 * Plans a rebase: recreates each commit that the target lacks on top of the one before it. Merge commits are left out,
 * because the commits that they merge are recreated themselves. So are commits whose changes the target already has.
 */
import { Effect } from "effect"
import { inSlices } from "../../base/Slices.ts"
import { difference } from "../../history/ancestry.ts"
import type { CommitNode } from "../../history/CommitNode.ts"
import { mergeCommits, replayChanges } from "../../merge/merge.ts"
import { readCommit } from "../../invariant/ObjectReader.ts"
import { type CommitRecord, makeCommit } from "../../object/Commit.ts"
import type { CommitId, SnapshotId } from "../../object/Id.ts"
import { identifying, noFiles } from "../../object/Manifest.ts"
import { nowCommittedAt } from "../../object/now.ts"
import type { Snapshot } from "../../object/Snapshot.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { authorsOf } from "../graph/authorsOf.ts"
import { coAuthors } from "./coAuthors.ts"
import type { NewHistory } from "../write/storeHistory.ts"
import { snapshotOf, type Source } from "./mergedTree.ts"
import { conflictsOf, RebaseTooLarge, RebaseUnfaithful } from "./mergeErrors.ts"
import { fastForward, metadataOf, type MergeTask, type PlannedMerge } from "./PlannedMerge.ts"

/** The limits of a rebase: the number of commits, and files times commits, which are all in memory. */
const rebaseCommitsMax = 500
const rebaseEntriesMax = 2_000_000

/** The most merge commits that are examined for changes of their own. */
const examinedMax = 100

/** Returns the first merge commit whose tree is not the merge of its parents; the head if none is found. */
const notCarried = Effect.fnUntraced(function* (source: Source, lacking: ReadonlyArray<CommitNode>, head: CommitId) {
  const merges = lacking.filter(({ parents }) => parents.length > 1).slice(0, examinedMax)
  for (const { id, parents, snapshotId } of merges) {
    const [ours, theirs, ...more] = parents
    if (ours === undefined || theirs === undefined || more.length > 0) return id
    const merge = yield* mergeCommits(source, ours, theirs)
    if (merge.outcome === "conflicted") return id
    if ((yield* inSlices(() => identifying(merge.manifest))) !== snapshotId) return id
  }
  return head
})

/** The fields of a commit that is to be made. */
type NewRecord = Parameters<typeof makeCommit>[0] & Pick<CommitRecord, "author" | "metadata">

/**
 * Returns the record of a commit on another parent. Signature, reviews and test runs belong to the original and are
 * dropped.
 */
const rebased = (
  open: OpenRepository,
  task: MergeTask,
  original: CommitRecord,
  onto: CommitId,
  snapshot: Snapshot,
  committedAt: string
): NewRecord => {
  const { commit_id: rebasedFrom, hashed_parent_ids: _, ...record } = original
  return {
    ...record,
    repo_id: open.id,
    parent_commit_id: onto,
    parent2_commit_id: null,
    snapshot_id: snapshot.id,
    committed_at: committedAt,
    signature: "",
    signer_key_id: "",
    reviewed_by: [],
    test_runs: 0,
    metadata: { ...record.metadata, ...metadataOf(task, "rebase"), rebased_from: rebasedFrom }
  }
}

/** Makes commits of records that come parents first, the last of them with what names the authors that are left. */
const madeOf = (records: ReadonlyArray<NewRecord>, missing: Readonly<Record<string, string>>) =>
  records.map((record, place) =>
    makeCommit(place === records.length - 1 ? { ...record, metadata: { ...record.metadata, ...missing } } : record)
  )

/**
 * Plans a rebase onto `task.ours` whose last tree is `landing`. A rebase that would give another tree is refused, and
 * names the commit that it cannot carry.
 */
export const planRebase = Effect.fnUntraced(function* (
  open: OpenRepository,
  source: Source,
  task: MergeTask,
  landing: SnapshotId
) {
  const { number } = task.proposal
  const lacking = yield* difference(source.graph, [task.theirs], [task.ours])
  const linear = lacking.every(
    ({ parents }, place) => parents.length === 1 && parents[0] === (lacking[place - 1]?.id ?? task.ours)
  )
  if (linear) return fastForward(task, landing)
  const nodes = lacking.filter(({ parents }) => parents.length < 2)
  const ours = yield* source.manifestOf(task.ours)
  const tooLarge = new RebaseTooLarge({ number, commits: nodes.length })
  if (nodes.length > rebaseCommitsMax || nodes.length * ours.size > rebaseEntriesMax) return yield* tooLarge
  let entries = 0
  const changes = yield* Effect.forEach(
    nodes,
    Effect.fnUntraced(function* ({ id, parents: [parent] }) {
      const base = parent === undefined ? noFiles : yield* source.manifestOf(parent)
      const theirs = yield* source.manifestOf(id)
      entries += theirs.size
      return entries > rebaseEntriesMax ? yield* tooLarge : { id, base, theirs }
    })
  )
  const replayed = yield* replayChanges(source, ours, changes)
  const committedAt = yield* nowCommittedAt
  const blobs = new Map<string, NewHistory["blobs"][number]>()
  const snapshots: Array<Snapshot> = []
  const records: Array<NewRecord> = []
  let head = { id: task.ours, snapshotId: yield* snapshotOf(source, task.ours) }
  for (const { change, merge } of replayed) {
    if (merge.outcome === "conflicted") return yield* conflictsOf(number, merge.conflicts, change.id)
    const id = yield* inSlices(() => identifying(merge.manifest))
    const snapshot: Snapshot = { id, manifest: merge.manifest, createdAt: committedAt }
    if (snapshot.id === head.snapshotId) continue
    const { commit: original } = yield* readCommit(open.id, change.id)
    const record = rebased(open, task, original.record, head.id, snapshot, committedAt)
    for (const blob of merge.blobs) blobs.set(blob.id, blob)
    snapshots.push(snapshot)
    records.push(record)
    head = { id: makeCommit(record).id, snapshotId: snapshot.id }
  }
  if (head.snapshotId !== landing) {
    return yield* new RebaseUnfaithful({ number, commit: yield* notCarried(source, lacking, task.theirs) })
  }
  const named = new Set(records.map(({ author }) => author))
  const missing = (yield* authorsOf(open, lacking)).filter((author) => !named.has(author))
  const planned: PlannedMerge = {
    head: head.id,
    snapshotId: landing,
    blobs: [...blobs.values()],
    snapshots,
    commits: madeOf(records, coAuthors(missing).metadata)
  }
  return planned
})
