/**
 * Plans a merge by each strategy: the commits, snapshots and blobs to store, and the new head of the target. Nothing is
 * written here.
 */
import { Effect } from "effect"
import { difference, isAncestor } from "../../history/ancestry.ts"
import { mergeCommits, replayChanges, type TreeMerge } from "../../merge/merge.ts"
import type { AttributesRefused } from "../../merge/Attributes.ts"
import { readCommit } from "../../invariant/ObjectReader.ts"
import { type CommitRecord, makeCommit } from "../../object/Commit.ts"
import type { CommitId, SnapshotId } from "../../object/Id.ts"
import { makeSnapshot, type Snapshot } from "../../object/Snapshot.ts"
import { elementAt, expected } from "../../base/expected.ts"
import { storeConcurrency } from "../../port/storeConcurrency.ts"
import type { ObjectStore } from "../../port/ObjectStore.ts"
import type { UserName } from "../../repository/Names.ts"
import type { MergeStrategy, Proposal } from "../../repository/Proposal.ts"
import { nowCommittedAt } from "../../object/now.ts"
import { mergeSource, type MergeReadError } from "./mergeSource.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import type { NewHistory } from "../write/storeHistory.ts"
import {
  conflictsListedMax,
  FastForwardImpossible,
  MergeConflicts,
  NothingToMerge,
  RebaseTooLarge
} from "./mergeErrors.ts"
import type { Index } from "../../port/index/Index.ts"

/** Two heads to merge, and the user who merges them. */
export interface MergeTask {
  readonly proposal: Pick<Proposal, "number" | "title" | "author" | "from" | "to">
  /** The head of the target branch. */
  readonly ours: CommitId
  readonly theirs: CommitId
  readonly by: UserName
  /** Replaces the default message of the merge commit or squashed commit. Other strategies ignore it. */
  readonly message: string | undefined
}

export interface PlannedMerge extends NewHistory {
  readonly head: CommitId
  readonly snapshotId: SnapshotId
}

type Source = Effect.Success<ReturnType<typeof mergeSource>>

/** Returns the metadata of every commit that a merge creates. Values are text (docs/wire.md, section 2). */
const metadataOf = (task: MergeTask, strategy: MergeStrategy) => ({
  proposal: String(task.proposal.number),
  merge_strategy: strategy,
  merged_by: task.by
})

const conflictsOf = (task: MergeTask, merge: TreeMerge & { readonly outcome: "conflicted" }, commit?: CommitId) =>
  new MergeConflicts({
    number: task.proposal.number,
    conflicts: merge.conflicts.slice(0, conflictsListedMax),
    total: merge.conflicts.length,
    ...(commit === undefined ? {} : { commit })
  })

const snapshotIdOfCommit = Effect.fnUntraced(function* (source: Source, commit: CommitId) {
  const [node] = yield* source.graph.resolve([commit])
  return expected(node, `head ${commit} in the graph`).snapshotId
})

const fastForward = Effect.fnUntraced(function* (source: Source, task: MergeTask) {
  const snapshotId = yield* snapshotIdOfCommit(source, task.theirs)
  const plan: PlannedMerge = { head: task.theirs, snapshotId, blobs: [], snapshots: [], commits: [] }
  return plan
})

/** Plans one commit with the merged tree, on both heads or on the target alone. */
const oneCommit = Effect.fnUntraced(function* (
  open: OpenRepository,
  source: Source,
  task: MergeTask,
  fields: Pick<CommitRecord, "message" | "author" | "parent2_commit_id" | "metadata">
) {
  const merge = yield* mergeCommits(source, task.ours, task.theirs)
  if (merge.outcome === "conflicted") return yield* conflictsOf(task, merge)
  const committedAt = yield* nowCommittedAt
  const snapshot = makeSnapshot(merge.manifest, committedAt)
  const commit = makeCommit({
    repo_id: open.id,
    branch: task.proposal.to,
    snapshot_id: snapshot.id,
    committed_at: committedAt,
    parent_commit_id: task.ours,
    ...fields
  })
  const plan: PlannedMerge = {
    head: commit.id,
    snapshotId: snapshot.id,
    blobs: merge.blobs,
    snapshots: [snapshot],
    commits: [commit]
  }
  return plan
})

/** The limits of a rebase: the number of commits, and files times commits, which are all in memory. */
const rebaseCommitsMax = 500
const rebaseEntriesMax = 2_000_000

/**
 * Returns a copy of a commit on another parent. Signature, reviews and test runs belong to the original and are
 * dropped.
 */
const rebased = (
  open: OpenRepository,
  task: MergeTask,
  original: CommitRecord,
  onto: CommitId,
  snapshot: Snapshot,
  committedAt: string
) => {
  const { commit_id: rebasedFrom, hashed_parent_ids: _, ...record } = original
  return makeCommit({
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
  })
}

/**
 * Plans a rebase: recreates each commit that the target lacks on top of the previous one. Merge commits are skipped,
 * because the commits that they merge are rebased themselves. Commits whose changes the target already has are skipped
 * too.
 */
const rebase = Effect.fnUntraced(function* (open: OpenRepository, source: Source, task: MergeTask) {
  const lacking = yield* difference(source.graph, [task.theirs], [task.ours])
  const linear = lacking.every((node, place) => node.parents[0] === (lacking[place - 1]?.id ?? task.ours))
  if (linear && lacking.every(({ parents }) => parents.length === 1)) return yield* fastForward(source, task)
  const nodes = lacking.filter(({ parents }) => parents.length < 2)
  const ours = yield* source.manifestOf(task.ours)
  const tooLarge = new RebaseTooLarge({ number: task.proposal.number, commits: nodes.length })
  if (nodes.length > rebaseCommitsMax || nodes.length * ours.size > rebaseEntriesMax) return yield* tooLarge
  const changes = yield* Effect.forEach(
    nodes,
    Effect.fnUntraced(function* ({ id, parents: [parent] }) {
      const base = parent === undefined ? new Map() : yield* source.manifestOf(parent)
      return { id, base, theirs: yield* source.manifestOf(id) }
    })
  )
  const replayed = yield* replayChanges(source, ours, changes)
  const committedAt = yield* nowCommittedAt
  const plan = { blobs: new Map<string, NewHistory["blobs"][number]>(), snapshots: [] as Array<Snapshot> }
  const commits: Array<ReturnType<typeof makeCommit>> = []
  let head = { id: task.ours, snapshotId: yield* snapshotIdOfCommit(source, task.ours) }
  for (const { change, merge } of replayed) {
    if (merge.outcome === "conflicted") return yield* conflictsOf(task, merge, change.id)
    const snapshot = makeSnapshot(merge.manifest, committedAt)
    if (snapshot.id === head.snapshotId) continue
    const { commit: original } = yield* readCommit(open.id, change.id)
    const commit = rebased(open, task, original.record, head.id, snapshot, committedAt)
    for (const blob of merge.blobs) plan.blobs.set(blob.id, blob)
    plan.snapshots.push(snapshot)
    commits.push(commit)
    head = { id: commit.id, snapshotId: snapshot.id }
  }
  if (commits.length === 0) return yield* new NothingToMerge({ number: task.proposal.number })
  const planned: PlannedMerge = {
    head: head.id,
    snapshotId: head.snapshotId,
    blobs: [...plan.blobs.values()],
    snapshots: plan.snapshots,
    commits
  }
  return planned
})

/** The maximum number of commit titles in the message of a squashed commit. */
const titlesListedMax = 100

const titleLengthMax = 200

const titleOf = (message: string): string => elementAt(message.split("\n", 1), 0)

const squashMessage = Effect.fnUntraced(function* (open: OpenRepository, source: Source, task: MergeTask) {
  const lacking = yield* difference(source.graph, [task.theirs], [task.ours])
  const commits = yield* Effect.forEach(lacking.slice(0, titlesListedMax), ({ id }) => readCommit(open.id, id), {
    concurrency: storeConcurrency
  })
  const titles = commits.map(({ commit: { record } }) => `* ${titleOf(record.message).slice(0, titleLengthMax)}`)
  const more = lacking.length > titlesListedMax ? [`* and ${lacking.length - titlesListedMax} more`] : []
  return [`${task.proposal.title} (proposal ${task.proposal.number})`, "", ...titles, ...more].join("\n")
})

export type PlanMergeError =
  | MergeConflicts
  | NothingToMerge
  | FastForwardImpossible
  | RebaseTooLarge
  | AttributesRefused
  | MergeReadError

/** Plans the merge of two heads by a strategy. Writes nothing. */
export const planMerge = Effect.fn("planMerge")(function* (
  open: OpenRepository,
  task: MergeTask,
  strategy: MergeStrategy
): Effect.fn.Return<PlannedMerge, PlanMergeError, Index | ObjectStore> {
  const source = yield* mergeSource(open)
  const { number, title, author } = task.proposal
  if (yield* isAncestor(source.graph, task.theirs, [task.ours])) return yield* new NothingToMerge({ number })
  switch (strategy) {
    case "fast_forward_only":
      return (yield* isAncestor(source.graph, task.ours, [task.theirs]))
        ? yield* fastForward(source, task)
        : yield* new FastForwardImpossible({ number })
    case "rebase":
      return yield* rebase(open, source, task)
    case "merge_commit":
      return yield* oneCommit(open, source, task, {
        message: task.message ?? `Merge proposal ${number}: ${title}`,
        author: task.by,
        parent2_commit_id: task.theirs,
        metadata: metadataOf(task, strategy)
      })
    case "squash":
      return yield* oneCommit(open, source, task, {
        message: task.message ?? (yield* squashMessage(open, source, task)),
        author,
        parent2_commit_id: null,
        metadata: metadataOf(task, strategy)
      })
  }
})
