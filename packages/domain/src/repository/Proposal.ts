/**
 * A proposal to merge one branch into another, with its discussion. The root decides whether it is open: it lists the
 * open proposals and their branches, so that merging or closing is one compare-and-set together with the branch. This
 * document follows; a reader that finds it behind the root brings it up to date. Stored as `proposals/<number>`.
 */
import { Schema } from "effect"
import { CommitId, RepositoryId, SnapshotId } from "../object/Id.ts"
import { BranchName, UserName } from "./Names.ts"
import { boundedText } from "./boundedText.ts"

/** Numbers count from one in each repository and are never reused. */
export const ProposalNumber = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 999_999_999 })).pipe(
  Schema.brand("ProposalNumber")
)
export type ProposalNumber = typeof ProposalNumber.Type

/** One line of at most 255 characters. */
export const ProposalTitle = boundedText(255, 1)
  .check(Schema.isPattern(/^[^\r\n]*$/, { expected: "a single line" }))
  .pipe(Schema.brand("ProposalTitle"))
export type ProposalTitle = typeof ProposalTitle.Type

/** Free text of at most 65,536 characters. */
export const Discourse = boundedText(65_536).pipe(Schema.brand("Discourse"))
export type Discourse = typeof Discourse.Type

export const ProposalState = Schema.Literals(["open", "closed", "merged"])
export type ProposalState = typeof ProposalState.Type

export const MergeStrategy = Schema.Literals(["merge_commit", "squash", "rebase", "fast_forward_only"])
/**
 * How a proposal reaches its target: by a merge commit, as one squashed commit, by rebased commits, or by fast-forward.
 */
export type MergeStrategy = typeof MergeStrategy.Type

export const MergeWay = Schema.Literals([...MergeStrategy.literals, "pushed"])
/**
 * How a proposal was merged: by a strategy, or by another move of its target that brought its commits, such as a push.
 */
export type MergeWay = typeof MergeWay.Type

export const Verdict = Schema.Literals(["approve", "request_changes"])
export type Verdict = typeof Verdict.Type

/**
 * A verdict on the head that the reviewer saw. The latest review of each user counts, while that commit is still the
 * head.
 */
export const Review = Schema.Struct({
  by: UserName,
  verdict: Verdict,
  commit: CommitId,
  body: Discourse,
  at: Schema.String
})
export type Review = typeof Review.Type

export const Comment = Schema.Struct({
  /** Counts from one in each proposal. */
  id: Schema.Int,
  by: UserName,
  body: Discourse,
  at: Schema.String
})
export type Comment = typeof Comment.Type

/** A completed merge. */
export const Merged = Schema.Struct({
  strategy: MergeWay,
  /** The head of the target after the merge. */
  commit: CommitId,
  snapshot: SnapshotId,
  /** The heads that were merged. */
  fromHead: CommitId,
  toHead: CommitId,
  by: UserName,
  at: Schema.String
})
export type Merged = typeof Merged.Type

export const Proposal = Schema.Struct({
  repository: RepositoryId,
  number: ProposalNumber,
  /** Counts the states of this document from zero. */
  revision: Schema.Int,
  title: ProposalTitle,
  body: Discourse,
  author: UserName,
  from: BranchName,
  to: BranchName,
  state: ProposalState,
  /** ISO 8601, UTC. */
  createdAt: Schema.String,
  updatedAt: Schema.String,
  /** Who last changed the title or the body; absent until somebody does. */
  edited: Schema.optionalKey(Schema.Struct({ by: UserName, at: Schema.String })),
  /** In order of time. */
  reviews: Schema.Array(Review),
  /** In order of time. */
  comments: Schema.Array(Comment),
  merged: Schema.NullOr(Merged)
})
export type Proposal = typeof Proposal.Type
