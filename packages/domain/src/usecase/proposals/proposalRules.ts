/** The checks of every change of a proposal: permission and limits. */
import { Effect } from "effect"
import type { BranchName } from "../../repository/Names.ts"
import { proposalCodec } from "../../repository/codecs.ts"
import type { Proposal } from "../../repository/Proposal.ts"
import type { Root } from "../../repository/Root.ts"
import { Forbidden } from "../access/policy.ts"
import { teamRolesOf } from "../../invariant/teams/TeamRoles.ts"
import type { StoreUnavailable } from "../../port/ObjectStore.ts"
import { mayWrite } from "../../repository/rule/roles.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { ProposalExists, ProposalRefused } from "./errors.ts"

/** The maximum number of open proposals of a repository: the root lists them, and it is read and written whole. */
export const openProposalsMax = 1000

/** The maximum canonical size of a proposal with its conversation. */
export const conversationBytesMax = 1024 * 1024

/** Checks whether one more proposal between these existing branches may be open. */
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

/** Returns the new document if it is within the size limit, else fails. */
export const withinLimit = (proposal: Proposal): Effect.Effect<Proposal, ProposalRefused> =>
  proposalCodec.encode(proposal).byteLength <= conversationBytesMax
    ? Effect.succeed(proposal)
    : Effect.fail(new ProposalRefused({ reason: "the conversation is full" }))

/** Checks that the caller is the author or has write access. */
export const checkMayChange = Effect.fnUntraced(function* (
  { principal: { user }, root: { value: root } }: OpenRepository<"participate">,
  { author, number }: Proposal
): Effect.fn.Return<void, Forbidden | StoreUnavailable> {
  if (user === author || mayWrite(root, user, yield* teamRolesOf(root))) return
  return yield* new Forbidden({
    reason: `${user} is not the author of proposal ${number} and has no write access to this repository`
  })
})
