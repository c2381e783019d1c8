/** The errors of proposals. Those of a merge are in `merges/mergeErrors.ts`. */
import { Schema } from "effect"
import { errorKind } from "../../base/ErrorKind.ts"
import { ProposalState } from "../../repository/Proposal.ts"

/** The repository has no proposal with this number. */
export class ProposalUnknown extends Schema.TaggedError<ProposalUnknown>()("ProposalUnknown", {
  kind: errorKind("not found"),
  number: Schema.Int
}) {
  override get message() {
    return `there is no proposal ${this.number} in this repository`
  }
}

/** The request needs an open proposal or, to reopen one, a closed proposal. */
export class ProposalNotOpen extends Schema.TaggedError<ProposalNotOpen>()("ProposalNotOpen", {
  kind: errorKind("conflict"),
  number: Schema.Int,
  state: ProposalState
}) {
  static readonly details = ["number", "state"] as const
  override get message() {
    return `proposal ${this.number} is ${this.state}`
  }
}

/** Another proposal between the same two branches is open. */
export class ProposalExists extends Schema.TaggedError<ProposalExists>()("ProposalExists", {
  kind: errorKind("conflict"),
  /** The number of the open proposal. */
  number: Schema.Int,
  from: Schema.String,
  to: Schema.String
}) {
  static readonly details = ["number"] as const
  override get message() {
    return (
      `proposal ${this.number} to merge ${JSON.stringify(this.from)} into ${JSON.stringify(this.to)} is open ` +
      "already"
    )
  }
}

/** A branch of the proposal no longer exists. */
export class ProposalBranchGone extends Schema.TaggedError<ProposalBranchGone>()("ProposalBranchGone", {
  kind: errorKind("conflict"),
  number: Schema.Int,
  branch: Schema.String
}) {
  override get message() {
    return `branch ${JSON.stringify(this.branch)} of proposal ${this.number} is gone`
  }
}

/** The content is refused or a limit is reached; `reason` says which. */
export class ProposalRefused extends Schema.TaggedError<ProposalRefused>()("ProposalRefused", {
  kind: errorKind("refused"),
  reason: Schema.String
}) {
  override get message() {
    return `the proposal was refused: ${this.reason}`
  }
}
