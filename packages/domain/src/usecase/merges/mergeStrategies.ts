/**
 * Plans a merge by each strategy: the commits, snapshots and blobs to store, and the new head of the target. Whatever
 * the strategy, what lands is the tree that the preview shows. Nothing is written here.
 */
import type { Packs } from "../../invariant/packs/Packs.ts"
import { Effect } from "effect"
import { difference } from "../../history/ancestry.ts"
import type { AttributesRefused } from "../../merge/Attributes.ts"
import type { TreeTooLarge } from "../../merge/TreeTooLarge.ts"
import { readCommits } from "../../invariant/ObjectReader.ts"
import type { Roots } from "../../invariant/Roots.ts"
import { type CommitRecord, makeCommit } from "../../object/Commit.ts"
import type { Snapshot } from "../../object/Snapshot.ts"
import { elementAt } from "../../base/expected.ts"
import { cut } from "../../base/text/cut.ts"
import type { ObjectStore } from "../../port/ObjectStore.ts"
import type { NameWarning } from "../../repository/NameWarning.ts"
import type { MergeStrategy } from "../../repository/Proposal.ts"
import { nowCommittedAt } from "../../object/now.ts"
import { authorsOf } from "../graph/authorsOf.ts"
import { coAuthors } from "./coAuthors.ts"
import { mergeSource, type MergeReadError } from "./mergeSource.ts"
import { mergedTree, type MergedTree, type Source } from "./mergedTree.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import type { Admitted } from "../admission/Admission.ts"
import { type Governed, governing } from "./governance/governing.ts"
import {
  conflictsOf,
  FastForwardImpossible,
  GovernanceInvalid,
  HistoriesUnrelated,
  type MergeConflicts,
  NothingToMerge,
  type RebaseTooLarge,
  type RebaseUnfaithful
} from "./mergeErrors.ts"
import { fastForward, metadataOf, type MergeTask, type PlannedMerge } from "./PlannedMerge.ts"
import { planRebase } from "./rebase.ts"
import type { Index } from "../../port/index/Index.ts"

type Landing = Extract<MergedTree, { readonly outcome: "fast_forward" | "merged" }>

/** Plans one commit with the merged tree, on both heads or on the target alone. */
const oneCommit = Effect.fnUntraced(function* (
  open: OpenRepository,
  task: MergeTask,
  { merge, snapshotId }: Landing,
  fields: Pick<CommitRecord, "message" | "author" | "parent2_commit_id" | "metadata">
) {
  const committedAt = yield* nowCommittedAt
  const snapshot: Snapshot = { id: snapshotId, manifest: merge.manifest, createdAt: committedAt }
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

/** The maximum number of commit titles in the message of a squashed commit. */
const titlesListedMax = 100

const titleLengthMax = 200

const titleOf = (message: string): string => elementAt(message.split("\n", 1), 0)

/** Plans one commit on the target alone. It names every author of the commits that it replaces. */
const squash = Effect.fnUntraced(function* (open: OpenRepository, source: Source, task: MergeTask, landing: Landing) {
  const { author, number, title } = task.proposal
  const lacking = yield* difference(source.graph, [task.theirs], [task.ours])
  const titles = yield* readCommits(
    open.id,
    lacking.slice(0, titlesListedMax).map(({ id }) => id),
    ({ record }) => `* ${cut(titleOf(record.message), titleLengthMax)}`
  )
  const more = lacking.length > titlesListedMax ? [`* and ${lacking.length - titlesListedMax} more`] : []
  const message = task.message ?? [`${title} (proposal ${number})`, "", ...titles, ...more].join("\n")
  const { metadata, trailers } = coAuthors((yield* authorsOf(open, lacking)).filter((other) => other !== author))
  return yield* oneCommit(open, task, landing, {
    message: trailers.length === 0 ? message : [message, "", ...trailers].join("\n"),
    author,
    parent2_commit_id: null,
    metadata: { ...metadataOf(task, "squash"), ...metadata }
  })
})

export type PlanMergeError =
  | MergeConflicts
  | NothingToMerge
  | HistoriesUnrelated
  | FastForwardImpossible
  | GovernanceInvalid
  | RebaseTooLarge
  | RebaseUnfaithful
  | AttributesRefused
  | TreeTooLarge
  | MergeReadError

/** A planned merge, with the warnings about the paths of the tree that it lands, and the rules that hold for it. */
export interface PlannedLanding extends PlannedMerge {
  readonly warnings: ReadonlyArray<NameWarning>
  readonly governed: Governed
}

/** Plans the landing of a merged tree by a strategy. */
const planLanding = Effect.fnUntraced(function* (
  open: OpenRepository,
  source: Source,
  task: MergeTask,
  tree: Landing,
  strategy: MergeStrategy
) {
  const { number, title } = task.proposal
  switch (strategy) {
    case "fast_forward_only":
      return tree.outcome === "fast_forward"
        ? fastForward(task, tree.snapshotId)
        : yield* new FastForwardImpossible({ number })
    case "rebase":
      return yield* planRebase(open, source, task, tree.snapshotId)
    case "merge_commit":
      return yield* oneCommit(open, task, tree, {
        message: task.message ?? `Merge proposal ${number}: ${title}`,
        author: task.by,
        parent2_commit_id: task.theirs,
        metadata: metadataOf(task, strategy)
      })
    case "squash":
      return yield* squash(open, source, task, tree)
  }
})

/** Plans the merge of two heads by a strategy. Writes nothing. */
export const planMerge = Effect.fn("planMerge")(function* (
  open: OpenRepository,
  task: MergeTask,
  strategy: MergeStrategy
): Effect.fn.Return<PlannedLanding, PlanMergeError, Admitted | Index | ObjectStore | Packs | Roots> {
  const source = yield* mergeSource(open)
  const { from, number, to } = task.proposal
  const tree = yield* mergedTree(source, task.ours, task.theirs)
  if (tree.outcome === "up_to_date") return yield* new NothingToMerge({ number })
  if (tree.outcome === "unrelated") return yield* new HistoriesUnrelated({ number, from, to })
  if (tree.outcome === "conflicted") return yield* conflictsOf(number, tree.conflicts)
  const governed = yield* governing(open.id, yield* source.manifestOf(task.ours), tree.merge)
  if (governed.landing !== null) return yield* new GovernanceInvalid({ number, reason: governed.landing })
  const plan = yield* planLanding(open, source, task, tree, strategy)
  return { ...plan, warnings: tree.warnings, governed }
})
