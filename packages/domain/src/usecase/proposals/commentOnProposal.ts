/** Comments on a proposal, open or not. */
import { Effect } from "effect"
import type { Comment, Discourse, ProposalNumber } from "../../repository/Proposal.ts"
import { nowIso } from "../../object/now.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { findProposal } from "./findProposal.ts"
import { withinLimit } from "./proposalRules.ts"
import { reviseProposal, revised } from "./settleProposal.ts"

/** Appends a comment. Fails with `ProposalRefused` when the conversation is full. */
export const commentOnProposal = Effect.fn("commentOnProposal")(function* (
  open: OpenRepository<"participate">,
  number: ProposalNumber,
  body: Discourse
) {
  yield* findProposal(open, number)
  const at = yield* nowIso
  const comment = (id: number): Comment => ({ id, by: open.principal.user, body, at })
  const { comments } = yield* reviseProposal(open.id, number, (present) =>
    withinLimit(revised(present, { comments: [...present.comments, comment(present.comments.length + 1)] }, at))
  )
  return comment(comments.length)
})
