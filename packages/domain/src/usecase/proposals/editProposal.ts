/** Edits the title and body of a proposal, also after it was merged or closed. */
import { Effect } from "effect"
import type { Discourse, ProposalNumber, ProposalTitle } from "../../repository/Proposal.ts"
import { nowIso } from "../../object/now.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { findProposal } from "./findProposal.ts"
import { checkMayChange, withinLimit } from "./proposalRules.ts"
import { reviseProposal, revised } from "./settleProposal.ts"
import { viewOf } from "./showProposal.ts"

export interface ProposalEdit {
  readonly title?: ProposalTitle | undefined
  readonly body?: Discourse | undefined
}

/** Changes the given fields. Allowed for the author and for users with write access. */
export const editProposal = Effect.fn("editProposal")(function* (
  open: OpenRepository<"participate">,
  number: ProposalNumber,
  edit: ProposalEdit
) {
  const found = yield* findProposal(open, number)
  yield* checkMayChange(open, found.proposal)
  const at = yield* nowIso
  const proposal = yield* reviseProposal(open.id, number, (present) => {
    const { body = present.body, title = present.title } = edit
    return body === present.body && title === present.title
      ? Effect.succeed(present)
      : withinLimit(revised(present, { title, body }, at))
  })
  return viewOf(open.root.value, { ...found, proposal })
})
