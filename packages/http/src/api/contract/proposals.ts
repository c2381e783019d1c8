/** Proposals to merge one branch into another: conversation, reviews and merge. */
import { BlobId, CommitId, SnapshotId } from "@musehub/domain/object/Id"
import { BranchName, UserName } from "@musehub/domain/repository/Names"
import {
  Comment,
  Discourse,
  MergeStrategy,
  MergeWay,
  ProposalNumber,
  ProposalState,
  ProposalTitle,
  Verdict
} from "@musehub/domain/repository/Proposal"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { problemsOf } from "../../problem/schemas.ts"
import { about } from "./about.ts"
import { warnings } from "./branches.ts"
import { moving, opening, paging, repeating, sending } from "./commonFailures.ts"
import { pageSchema, pageQuery } from "./page.ts"
import { repositoryPath } from "./repositories.ts"

const proposalPath = { ...repositoryPath, number: ProposalNumber }

const rowFields = {
  number: ProposalNumber,
  title: ProposalTitle,
  author: UserName,
  fromBranch: BranchName,
  toBranch: BranchName,
  state: ProposalState,
  createdAt: Schema.String,
  updatedAt: Schema.String
}

/** A proposal in a list. */
export const ProposalRow = Schema.Struct(rowFields).annotate({ identifier: "ProposalRow" })

const ReviewView = Schema.Struct({
  by: UserName,
  verdict: Verdict,
  /** The reviewed head; a review counts while the head is still the same. */
  commitId: CommitId,
  body: Discourse,
  at: Schema.String
}).annotate({ identifier: "Review" })

const CommentView = Comment.annotate({ identifier: "Comment" })

const MergedView = Schema.Struct({
  /** `pushed`: another move of the target brought the commits, such as a push. */
  strategy: MergeWay,
  mergeCommitId: CommitId,
  snapshotId: SnapshotId,
  fromHead: CommitId,
  toHead: CommitId,
  by: UserName,
  at: Schema.String
}).annotate({ identifier: "Merged" })

export const ProposalView = Schema.Struct({
  ...rowFields,
  body: Discourse,
  reviews: Schema.Array(ReviewView),
  comments: Schema.Array(CommentView),
  /** How it was merged; null if it was not. */
  merged: Schema.NullOr(MergedView),
  /** Null if the branch is gone. */
  fromHead: Schema.NullOr(CommitId),
  toHead: Schema.NullOr(CommitId),
  /** The users whose approvals count now. */
  approvals: Schema.Array(UserName),
  approvalsNeeded: Schema.Int
}).annotate({ identifier: "Proposal" })
export type ProposalView = typeof ProposalView.Type

/** A newly opened or reviewed proposal. */
export const CreatedProposal = ProposalView.pipe(HttpApiSchema.status(201))

export const NewProposal = Schema.Struct({
  title: ProposalTitle,
  body: Schema.optionalKey(Discourse),
  /** The branch to merge. */
  fromBranch: Schema.String,
  /** The branch to merge it into. */
  toBranch: Schema.String
}).annotate({ identifier: "NewProposal" })

export const ProposalEdit = Schema.Struct({
  title: Schema.optionalKey(ProposalTitle),
  body: Schema.optionalKey(Discourse),
  /** What the edit was begun on. */
  expect: Schema.optionalKey(
    Schema.Struct({ title: Schema.optionalKey(Schema.String), body: Schema.optionalKey(Schema.String) })
  )
}).annotate({ identifier: "ProposalEdit" })

export const NewComment = Schema.Struct({ body: Discourse }).annotate({ identifier: "NewComment" })

export const CreatedComment = CommentView.pipe(HttpApiSchema.status(201))

export const NewReview = Schema.Struct({
  verdict: Verdict,
  body: Schema.optionalKey(Discourse),
  /** The head that was reviewed; another one is refused. */
  commitId: Schema.optionalKey(CommitId)
}).annotate({ identifier: "NewReview" })

const Conflict = Schema.Struct({
  path: Schema.String,
  kind: Schema.Literals(["both_modified", "modified_deleted", "added_added", "file_folder"]),
  /** Blobs; null where the path is absent. */
  base: Schema.NullOr(BlobId),
  ours: Schema.NullOr(BlobId),
  theirs: Schema.NullOr(BlobId),
  cause: Schema.String
}).annotate({ identifier: "Conflict" })

const GovernanceRule = Schema.Struct({
  name: Schema.String,
  /** A changed path that the rule is for. */
  path: Schema.String,
  approvals: Schema.Int,
  /** Whose approvals count; null where anybody's do who may write. */
  reviewers: Schema.NullOr(Schema.Array(Schema.String)),
  /** The strategies by which the proposal may land; null if all. */
  strategies: Schema.NullOr(Schema.Array(MergeStrategy)),
  /** Approvals that count for the rule. */
  given: Schema.Int,
  /** Why a merge is refused now, as the end of a sentence about the rule; null if it is not. */
  refusal: Schema.NullOr(Schema.String)
}).annotate({ identifier: "GovernanceRule" })

export const MergePreview = Schema.Struct({
  outcome: Schema.Literals(["up_to_date", "unrelated", "fast_forward", "merged", "conflicted"]),
  bases: Schema.Array(CommitId),
  /** The first 1,000 conflicts. */
  conflicts: Schema.Array(Conflict),
  conflictCount: Schema.Int,
  /** The merged tree; null if there are conflicts. */
  snapshotId: Schema.NullOr(SnapshotId),
  warnings,
  /** What `.musegovernance.json` at the head of the target asks of the merge. */
  governance: Schema.Struct({
    rules: Schema.Array(GovernanceRule),
    /** What is wrong with the document, which counts as absent then; null if nothing is. */
    invalid: Schema.NullOr(Schema.String),
    /** What is wrong with the document that would land, for which a merge is refused; null if nothing is. */
    landing: Schema.NullOr(Schema.String)
  }),
  fromHead: CommitId,
  toHead: CommitId
}).annotate({ identifier: "MergePreview" })

export const MergeRequest = Schema.Struct({
  strategy: MergeStrategy,
  /** Replaces the default message of the merge commit or squashed commit. */
  message: Schema.optionalKey(Discourse),
  /** The expected head of the proposal's branch; another one is refused. */
  expect: Schema.optionalKey(CommitId)
}).annotate({ identifier: "MergeRequest" })

export const MergeAnswer = Schema.Struct({
  number: ProposalNumber,
  strategy: MergeStrategy,
  toBranch: BranchName,
  /** The new head of the target. */
  mergeCommitId: CommitId,
  snapshotId: SnapshotId,
  /** The new commits, parents first; empty after a fast-forward. */
  commits: Schema.Array(CommitId),
  warnings,
  /** What is wrong with `.musegovernance.json` at the former head of the target, whose rules did not hold. */
  governanceInvalid: Schema.NullOr(Schema.String)
}).annotate({ identifier: "MergeAnswer" })

export class ProposalsGroup extends HttpApiGroup.make("proposals")
  .add(
    HttpApiEndpoint.get("list", "/proposals", {
      params: repositoryPath,
      query: { state: Schema.optionalKey(ProposalState), ...pageQuery },
      success: pageSchema(ProposalRow),
      error: problemsOf(...opening, ...paging)
    }).annotateMerge(
      about({
        summary: "List proposals, newest first",
        description: "A page may be short, even empty, before the end of the list.",
        access: "read"
      })
    ),
    HttpApiEndpoint.post("open", "/proposals", {
      params: repositoryPath,
      payload: NewProposal,
      success: CreatedProposal,
      error: problemsOf(
        ...opening,
        ...sending,
        ...repeating,
        ...moving,
        "BranchUnknown",
        "DocumentConflict",
        "ProposalExists",
        "ProposalRefused"
      )
    }).annotateMerge(
      about({ summary: "Propose to merge one branch into another", access: "participate", repeatable: true })
    ),
    HttpApiEndpoint.get("show", "/proposals/:number", {
      params: proposalPath,
      success: ProposalView,
      error: problemsOf(...opening, "ProposalUnknown")
    }).annotateMerge(about({ summary: "Show a proposal with its conversation", access: "read" })),
    HttpApiEndpoint.patch("edit", "/proposals/:number", {
      params: proposalPath,
      payload: ProposalEdit,
      success: ProposalView,
      error: problemsOf(
        ...opening,
        ...sending,
        "DocumentConflict",
        "EditedMeanwhile",
        "ProposalRefused",
        "ProposalUnknown"
      )
    }).annotateMerge(
      about({
        summary: "Edit the title or body of a proposal",
        description:
          "Allowed for the author and for anyone with write access. With `expect`, which has what the caller saw " +
          "of title and body, an edit is refused with 409 (`EditedMeanwhile`) where one of them is another by now.",
        access: "participate"
      })
    ),
    HttpApiEndpoint.post("close", "/proposals/:number/close", {
      params: proposalPath,
      success: ProposalView,
      error: problemsOf(...opening, ...moving, "ProposalNotOpen", "ProposalUnknown")
    }).annotateMerge(
      about({
        summary: "Close a proposal without merging it",
        description: "Allowed for the author and for anyone with write access.",
        access: "participate"
      })
    ),
    HttpApiEndpoint.post("reopen", "/proposals/:number/reopen", {
      params: proposalPath,
      success: ProposalView,
      error: problemsOf(
        ...opening,
        ...moving,
        "ProposalBranchGone",
        "ProposalExists",
        "ProposalNotOpen",
        "ProposalRefused",
        "ProposalUnknown"
      )
    }).annotateMerge(
      about({
        summary: "Reopen a closed proposal",
        description: "Allowed for the author and for anyone with write access.",
        access: "participate"
      })
    ),
    HttpApiEndpoint.post("comment", "/proposals/:number/comments", {
      params: proposalPath,
      payload: NewComment,
      success: CreatedComment,
      error: problemsOf(...opening, ...sending, ...repeating, "DocumentConflict", "ProposalRefused", "ProposalUnknown")
    }).annotateMerge(about({ summary: "Comment on a proposal", access: "participate", repeatable: true })),
    HttpApiEndpoint.post("review", "/proposals/:number/reviews", {
      params: proposalPath,
      payload: NewReview,
      success: CreatedProposal,
      error: problemsOf(
        ...opening,
        ...sending,
        ...repeating,
        "DocumentConflict",
        "HeadMoved",
        "ProposalBranchGone",
        "ProposalNotOpen",
        "ProposalRefused",
        "ProposalUnknown"
      )
    }).annotateMerge(
      about({ summary: "Approve a proposal or ask for changes", access: "participate", repeatable: true })
    ),
    HttpApiEndpoint.get("preview", "/proposals/:number/merge-preview", {
      params: proposalPath,
      success: MergePreview,
      error: problemsOf(
        ...opening,
        "AttributesRefused",
        "ProposalBranchGone",
        "ProposalNotOpen",
        "ProposalUnknown",
        "TreeTooLarge"
      )
    }).annotateMerge(about({ summary: "Show the result of merging a proposal, without merging it", access: "read" })),
    HttpApiEndpoint.post("merge", "/proposals/:number/merge", {
      params: proposalPath,
      payload: MergeRequest,
      success: MergeAnswer,
      error: problemsOf(
        ...opening,
        ...sending,
        ...repeating,
        ...moving,
        "ApprovalsMissing",
        "AttributesRefused",
        "ContentRefused",
        "FastForwardImpossible",
        "GovernanceInvalid",
        "HeadMoved",
        "MergeConflicts",
        "NothingToMerge",
        "ObjectRefused",
        "ProposalBranchGone",
        "ProposalNotOpen",
        "ProposalUnknown",
        "RebaseTooLarge",
        "RebaseUnfaithful",
        "HistoriesUnrelated",
        "RuleUnmet",
        "TargetContended",
        "TreeTooLarge"
      )
    }).annotateMerge(
      about({
        summary: "Merge a proposal",
        description:
          "After conflicts, the answer is 409 and nothing is written: `conflicts` lists " +
          "`{path, kind, base, ours, theirs, cause}` in order of path, at most 1,000 of `total`.",
        access: "write",
        repeatable: true
      })
    )
  )
  .prefix("/repos/:owner/:slug")
  .annotateMerge(OpenApi.annotations({ title: "Proposals" })) {}
