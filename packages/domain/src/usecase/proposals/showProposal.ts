/** Shows one proposal with its conversation and its present state. */
import type { Packs } from "../../invariant/packs/Packs.ts"
import { Effect } from "effect"
import { headOf } from "../../invariant/refs/heads.ts"
import type { CommitId } from "../../object/Id.ts"
import type { UserName } from "../../repository/Names.ts"
import type { Proposal, ProposalNumber } from "../../repository/Proposal.ts"
import type { Root } from "../../repository/Root.ts"
import { teamRolesOf } from "../../invariant/teams/TeamRoles.ts"
import { noTeams } from "../../repository/rule/roles.ts"
import { approvalsNeeded } from "../../repository/rule/branchRules.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import type { HubBusy } from "../admission/Admission.ts"
import { countingApprovals, noContributors, selfApprovalCounts } from "./approval/approvals.ts"
import { contributorsOf } from "./approval/contributors.ts"
import { findProposal, type FoundProposal, type FindProposalError } from "./findProposal.ts"
import type { CommitIndex } from "../../port/index/CommitIndex.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import type { Roots } from "../../invariant/Roots.ts"
import type { ObjectStore } from "../../port/ObjectStore.ts"
import type { ProposalIndex } from "../../port/index/ProposalIndex.ts"

/** A proposal with the state and branches that the root gives it. */
export interface ProposalView extends Proposal {
  /** The head of the branch to merge; null if the branch is gone. */
  readonly fromHead: CommitId | null
  readonly toHead: CommitId | null
  /** The users whose approvals count now. */
  readonly approvals: ReadonlyArray<UserName>
  /** The number of approvals that the target requires. */
  readonly approvalsNeeded: number
}

/** Returns the view of a found proposal, according to the root. */
export const viewOf = Effect.fnUntraced(function* (
  open: OpenRepository,
  root: Root,
  { from, proposal, state, to }: FoundProposal
) {
  const shown = { ...proposal, state, from, to }
  const fromHead = (yield* headOf(root, from)) ?? null
  const isInDoubt = state === "open" && proposal.reviews.length > 0 && !selfApprovalCounts(root, shown)
  const contributors = isInDoubt ? yield* contributorsOf(open, shown) : noContributors
  const inTeams = proposal.reviews.length > 0 ? yield* teamRolesOf(root) : noTeams
  const view: ProposalView = {
    ...shown,
    fromHead,
    toHead: (yield* headOf(root, to)) ?? null,
    approvals: countingApprovals(root, shown, fromHead, contributors, inTeams),
    approvalsNeeded: approvalsNeeded(root, to)
  }
  return view
})

export type ShowProposalError = HubBusy | FindProposalError | IndexUnavailable

/** Shows a proposal. */
export const showProposal = Effect.fn("showProposal")(function* (
  open: OpenRepository,
  number: ProposalNumber
): Effect.fn.Return<ProposalView, ShowProposalError, CommitIndex | ObjectStore | Packs | ProposalIndex | Roots> {
  return yield* viewOf(open, open.root.value, yield* findProposal(open, number))
})
