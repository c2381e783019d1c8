/** Reviews the present head of a proposal: approves it or requests changes. */
import type { Packs } from "../../invariant/packs/Packs.ts"
import { Effect } from "effect"
import { headOf } from "../../invariant/refs/heads.ts"
import type { CommitId } from "../../object/Id.ts"
import type { Discourse, ProposalNumber, Review, Verdict } from "../../repository/Proposal.ts"
import { Forbidden } from "../access/policy.ts"
import { checkLease, type HeadMoved } from "../../repository/rule/branchRules.ts"
import { nowIso } from "../../object/now.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { freshCommit, selfApprovalCounts } from "./approval/approvals.ts"
import { contributorsOf } from "./approval/contributors.ts"
import { ProposalBranchGone, ProposalNotOpen } from "./errors.ts"
import { findProposal } from "./findProposal.ts"
import { withinLimit } from "./proposalRules.ts"
import { reviseProposal, revised } from "./settleProposal.ts"
import { viewOf, type ProposalView } from "./showProposal.ts"
import type { ConversationError } from "./commentOnProposal.ts"
import type { CommitIndex } from "../../port/index/CommitIndex.ts"
import type { Roots } from "../../invariant/Roots.ts"
import type { ObjectStore } from "../../port/ObjectStore.ts"
import type { ProposalIndex } from "../../port/index/ProposalIndex.ts"

export interface NewReview {
  readonly verdict: Verdict
  readonly body: Discourse
  /** The head that was reviewed, if given; another one is refused with `HeadMoved`. */
  readonly commit?: CommitId | undefined
}

export type ReviewProposalError = ProposalNotOpen | ProposalBranchGone | HeadMoved | Forbidden | ConversationError

const notIndependent = (by: string, number: number, to: string, others: string | undefined): string =>
  `${by} cannot approve proposal ${number}: ${to} asks for the approval of somebody who neither opened it nor wrote ` +
  `or pushed what is new in it${others === undefined ? "" : `, and the hub cannot tell: ${others}; ${freshCommit}`}`

/**
 * Reviews an open proposal. Allowed for every caller with `participate` access; `approvals` in the answer are those
 * that count. Who opened it, or wrote or brought part of it, cannot approve if the
 * protection of the target forbids that; nor can anybody while the hub cannot tell who did.
 */
export const reviewProposal = Effect.fn("reviewProposal")(function* (
  open: OpenRepository<"participate">,
  number: ProposalNumber,
  { body, commit: seen, verdict }: NewReview
): Effect.fn.Return<ProposalView, ReviewProposalError, CommitIndex | ObjectStore | Packs | ProposalIndex | Roots> {
  const root = open.root.value
  const { user: by } = open.principal
  const found = yield* findProposal(open, number)
  const { from, proposal, state, to } = found
  if (state !== "open") return yield* new ProposalNotOpen({ number, state })
  if (verdict === "approve" && !selfApprovalCounts(root, proposal)) {
    const { names, others } = yield* contributorsOf(open, found)
    const isOwn = by === proposal.author || names.has(by)
    if (isOwn || others !== undefined) {
      return yield* new Forbidden({ reason: notIndependent(by, number, to, isOwn ? undefined : others) })
    }
  }
  const commit = yield* headOf(root, from)
  if (commit === undefined) return yield* new ProposalBranchGone({ number, branch: from })
  yield* checkLease(from, commit, seen)
  const review: Review = { by, verdict, commit, body, at: yield* nowIso }
  const reviewed = yield* reviseProposal(open.id, number, (present) =>
    withinLimit(revised(present, { reviews: [...present.reviews, review] }, review.at))
  )
  return yield* viewOf(open, root, { ...found, proposal: reviewed })
})
