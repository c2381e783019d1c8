/** What every change of a proposal checks: who makes it, and whether there is room for it. */
import { Effect } from "effect"
import type { BranchName } from "../../repository/Names.ts"
import { proposalCodec } from "../../repository/codecs.ts"
import type { Proposal } from "../../repository/Proposal.ts"
import type { Root } from "../../repository/Root.ts"
import { Forbidden, mayWrite } from "../access/policy.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { ProposalExists, ProposalRefused } from "./errors.ts"

/** Open proposals of one repository: the root lists them, and it is read and written whole. */
export const openProposalsMax = 1000

/** Canonical bytes of a proposal with all that was said about it. */
export const conversationBytesMax = 1024 * 1024

/** Whether one more proposal can be open for these branches, which are there. */
export const checkRoom = (
  { proposals }: Root,
  from: BranchName,
  to: BranchName
): Effect.Effect<void, ProposalExists | ProposalRefused> => {
  const same = proposals.open.find((entry) => entry.from === from && entry.to === to)
  if (same !== undefined) return Effect.fail(new ProposalExists(same))
  return proposals.open.length < openProposalsMax
    ? Effect.void
    : Effect.fail(new ProposalRefused({ reason: `${openProposalsMax} proposals are open already` }))
}

/** Passes a new state of the document on while it is within the limit. */
export const withinLimit = (proposal: Proposal): Effect.Effect<Proposal, ProposalRefused> =>
  proposalCodec.encode(proposal).byteLength <= conversationBytesMax
    ? Effect.succeed(proposal)
    : Effect.fail(new ProposalRefused({ reason: "the conversation is full" }))

/** Only the author and those who may write change a proposal itself. */
export const checkMayChange = (
  { principal, root }: OpenRepository<"participate">,
  { author, number }: Proposal
): Effect.Effect<void, Forbidden> =>
  principal.user === author || mayWrite(root.value, principal.user)
    ? Effect.void
    : Effect.fail(
        new Forbidden({ reason: `${principal.user} is not the author of proposal ${number} and may not write here` })
      )
