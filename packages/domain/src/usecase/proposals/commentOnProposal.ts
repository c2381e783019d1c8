/** Comments on a proposal, open or not. */
import type { Packs } from "../../invariant/packs/Packs.ts"
import { Effect } from "effect"
import type { Comment, Discourse, ProposalNumber } from "../../repository/Proposal.ts"
import { nowIso } from "../../object/now.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import type { HubBusy } from "../admission/Admission.ts"
import { findProposal, type FindProposalError } from "./findProposal.ts"
import { withinLimit } from "./proposalRules.ts"
import { reviseProposal, revised } from "./settleProposal.ts"
import type { ProposalRefused } from "./errors.ts"
import type { DocumentConflict, ObjectStore } from "../../port/ObjectStore.ts"
import type { Roots } from "../../invariant/Roots.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import type { ProposalIndex } from "../../port/index/ProposalIndex.ts"

export type ConversationError = HubBusy | ProposalRefused | DocumentConflict | IndexUnavailable | FindProposalError

/** Appends a comment, as long as there is room in the conversation. */
export const commentOnProposal = Effect.fn("commentOnProposal")(function* (
  open: OpenRepository<"participate">,
  number: ProposalNumber,
  body: Discourse
): Effect.fn.Return<Comment, ConversationError, ObjectStore | Packs | ProposalIndex | Roots> {
  yield* findProposal(open, number)
  const at = yield* nowIso
  const comment = (id: number): Comment => ({ id, by: open.principal.user, body, at })
  const { comments } = yield* reviseProposal(open.id, number, (present) =>
    withinLimit(revised(present, { comments: [...present.comments, comment(present.comments.length + 1)] }, at))
  )
  return comment(comments.length)
})
