/** Closes a proposal without merging it: the root stops listing it as open, and its document follows. */
import { Effect, Schema } from "effect"
import type { Decision, MoveError } from "../../invariant/Roots.ts"
import type { UserName } from "../../repository/Names.ts"
import type { ProposalNumber } from "../../repository/Proposal.ts"
import { moveRoot, type MoveServices } from "../write/moveRoot.ts"
import { nowIso } from "../../object/now.ts"
import { type OpenRepository, openRepositoryById, type OpenError } from "../access/openRepository.ts"
import type { HubBusy } from "../admission/Admission.ts"
import { ProposalNotOpen } from "./errors.ts"
import { findProposal, type FindProposalError } from "./findProposal.ts"
import { openEntry, withoutEntry } from "../../repository/openProposals.ts"
import { checkMayChange } from "./proposalRules.ts"
import { settleProposal } from "./settleProposal.ts"
import { viewOf, type ProposalView } from "./showProposal.ts"
import type { CommitIndex } from "../../port/index/CommitIndex.ts"
import type { ProposalIndex } from "../../port/index/ProposalIndex.ts"

/** A concurrent request ended the proposal first. */
class EndedBefore extends Schema.TaggedError<EndedBefore>()("EndedBefore", {}) {}

const endProposal =
  (number: ProposalNumber, by: UserName): Decision<EndedBefore> =>
  (root) =>
    Effect.gen(function* () {
      if (openEntry(root, number) === undefined) return yield* new EndedBefore()
      const at = yield* nowIso
      return {
        root: withoutEntry(root, number),
        change: { action: "close-proposal", by, at, moves: [], proposal: number }
      }
    })

export type CloseProposalError = HubBusy | ProposalNotOpen | FindProposalError | OpenError | MoveError

/** Closes an open proposal. Allowed for the author and for users with write access. */
export const closeProposal = Effect.fn("closeProposal")(function* (
  open: OpenRepository<"participate">,
  number: ProposalNumber
): Effect.fn.Return<ProposalView, CloseProposalError, CommitIndex | ProposalIndex | MoveServices> {
  const { from, proposal, state, to } = yield* findProposal(open, number)
  yield* checkMayChange(open, proposal)
  if (state !== "open") return yield* new ProposalNotOpen({ number, state })
  const moved = yield* moveRoot(open, endProposal(number, open.principal.user)).pipe(
    Effect.catchTag("EndedBefore", () =>
      Effect.gen(function* () {
        const reopened = yield* openRepositoryById(open.id, open.principal, "participate")
        const now = yield* findProposal(reopened, number)
        // It may have been reopened since, but it was not open when this request tried to close it.
        return yield* new ProposalNotOpen({ number, state: now.state === "open" ? "closed" : now.state })
      })
    )
  )
  const settled = yield* settleProposal(open, number, { state: "closed", merged: null, from, to })
  return yield* viewOf(open, moved.value, { proposal: settled ?? proposal, state: "closed", from, to })
})
