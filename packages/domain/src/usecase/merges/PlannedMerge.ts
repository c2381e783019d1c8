/** A merge that is planned, and what it is planned from. */
import type { CommitId, SnapshotId } from "../../object/Id.ts"
import type { UserName } from "../../repository/Names.ts"
import type { MergeStrategy, Proposal } from "../../repository/Proposal.ts"
import type { NewHistory } from "../write/storeHistory.ts"

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

/** The commits, snapshots and blobs to store, and the new head of the target. */
export interface PlannedMerge extends NewHistory {
  readonly head: CommitId
  readonly snapshotId: SnapshotId
}

/** Plans to move the target to the head of the source, whose tree is `landing`. */
export const fastForward = ({ theirs }: MergeTask, landing: SnapshotId): PlannedMerge => ({
  head: theirs,
  snapshotId: landing,
  blobs: [],
  snapshots: [],
  commits: []
})

/** Returns the metadata of every commit that a merge creates. Values are text (docs/wire.md, section 2). */
export const metadataOf = (task: MergeTask, strategy: MergeStrategy) => ({
  proposal: String(task.proposal.number),
  merge_strategy: strategy,
  merged_by: task.by
})
