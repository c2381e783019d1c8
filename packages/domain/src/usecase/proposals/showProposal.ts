/** One proposal with all that was said about it, and where it stands now. */
import { Effect } from "effect"
import type { CommitId } from "../../object/Id.ts"
import type { UserName } from "../../repository/Names.ts"
import type { Proposal, ProposalNumber } from "../../repository/Proposal.ts"
import { headOf, type Root } from "../../repository/Root.ts"
import { approvalsNeeded } from "../../repository/rule/branchRules.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { countingApprovals } from "./approvals.ts"
import { findProposal, type FoundProposal } from "./findProposal.ts"

/** A proposal with its state and its branches as the root says. */
export interface ProposalView extends Proposal {
  /** Head of the branch to merge; null where the branch is gone. */
  readonly fromHead: CommitId | null
  readonly toHead: CommitId | null
  /** Whose approvals count now. */
  readonly approvals: ReadonlyArray<UserName>
  /** How many the target demands. */
  readonly approvalsNeeded: number
}

/** What was found, as the root has it. */
export const viewOf = (root: Root, { from, proposal, state, to }: FoundProposal): ProposalView => {
  const shown = { ...proposal, state, from, to }
  const fromHead = headOf(root, from) ?? null
  return {
    ...shown,
    fromHead,
    toHead: headOf(root, to) ?? null,
    approvals: countingApprovals(root, shown, fromHead),
    approvalsNeeded: approvalsNeeded(root, to)
  }
}

/** Shows a proposal. Fails with `ProposalUnknown` when there is none of this number. */
export const showProposal = Effect.fn("showProposal")(function* (open: OpenRepository, number: ProposalNumber) {
  return viewOf(open.root.value, yield* findProposal(open, number))
})
