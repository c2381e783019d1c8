/** Edits the title and body of a proposal, also after it was merged or closed. */
import type { Packs } from "../../invariant/packs/Packs.ts"
import { Effect } from "effect"
import type { Discourse, ProposalNumber, ProposalTitle } from "../../repository/Proposal.ts"
import { checkSeen, type EditedMeanwhile, fieldsOfProposal, type SeenFields } from "../../repository/rule/SeenFields.ts"
import { nowIso } from "../../object/now.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import type { Forbidden } from "../access/policy.ts"
import { findProposal } from "./findProposal.ts"
import { checkMayChange, withinLimit } from "./proposalRules.ts"
import { reviseProposal, revised } from "./settleProposal.ts"
import { viewOf, type ProposalView } from "./showProposal.ts"
import type { ConversationError } from "./commentOnProposal.ts"
import type { CommitIndex } from "../../port/index/CommitIndex.ts"
import type { Roots } from "../../invariant/Roots.ts"
import type { ObjectStore } from "../../port/ObjectStore.ts"
import type { ProposalIndex } from "../../port/index/ProposalIndex.ts"

export interface ProposalEdit {
  readonly title?: ProposalTitle | undefined
  readonly body?: Discourse | undefined
}

export type EditProposalError = EditedMeanwhile | Forbidden | ConversationError

/**
 * Changes the given fields, if they are as they were seen. Allowed for the author and for users with write access.
 */
export const editProposal = Effect.fn("editProposal")(function* (
  open: OpenRepository<"participate">,
  number: ProposalNumber,
  edit: ProposalEdit,
  seen?: SeenFields
): Effect.fn.Return<ProposalView, EditProposalError, CommitIndex | ObjectStore | Packs | ProposalIndex | Roots> {
  const found = yield* findProposal(open, number)
  yield* checkMayChange(open, found.proposal)
  const at = yield* nowIso
  const proposal = yield* reviseProposal(open.id, number, (present) => {
    const { body = present.body, title = present.title } = edit
    if (body === present.body && title === present.title) return Effect.succeed(present)
    const edited = revised(present, { title, body, edited: { by: open.principal.user, at } }, at)
    return Effect.andThen(checkSeen(fieldsOfProposal(present), seen), withinLimit(edited))
  })
  return yield* viewOf(open, open.root.value, { ...found, proposal })
})
