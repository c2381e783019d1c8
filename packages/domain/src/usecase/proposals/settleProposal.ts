/**
 * Bringing a proposal's document and its row up to what the root says. The root has decided already, so nothing fails
 * here: who finds the document behind later (`findProposal`) brings it up.
 */
import { Effect } from "effect"
import { changeProposal } from "../../invariant/RepositoryDocuments.ts"
import type { RepositoryId } from "../../object/Id.ts"
import { ProposalIndex } from "../../port/index/ProposalIndex.ts"
import type { StoredDocument } from "../../port/Stored.ts"
import type { Proposal, ProposalNumber } from "../../repository/Proposal.ts"
import { nowIso } from "../../object/now.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { ProposalUnknown } from "./errors.ts"

/** What became of a proposal, by the root. */
export type Settlement = Pick<Proposal, "state" | "merged" | "from" | "to">

/** The next state of a proposal's document. */
export const revised = (proposal: Proposal, changes: Partial<Proposal>, at: string): Proposal => ({
  ...proposal,
  ...changes,
  revision: proposal.revision + 1,
  updatedAt: at
})

/** Brings the proposal's row up. The document is the truth, so a failure is only logged. */
export const recordProposal = Effect.fnUntraced(function* (proposal: StoredDocument<Proposal>) {
  const index = yield* ProposalIndex
  yield* index
    .recordProposal(proposal)
    .pipe(Effect.catch((error) => Effect.logWarning("the index is behind a proposal", error)))
})

/** Changes the document of a proposal that must be there, and its row. `change` may refuse. */
export const reviseProposal = Effect.fnUntraced(function* <E, R>(
  repository: RepositoryId,
  number: ProposalNumber,
  change: (present: Proposal) => Effect.Effect<Proposal, E, R>
) {
  const changed = yield* changeProposal(
    repository,
    number,
    (present): Effect.Effect<Proposal, E | ProposalUnknown, R> =>
      present === undefined ? Effect.fail(new ProposalUnknown({ number })) : change(present)
  )
  yield* recordProposal(changed)
  return changed.value
})

/**
 * Writes into the document what the root said when it moved, and gives the document then. Never fails: undefined where
 * the document could not be written. What was merged stays so, also where an earlier change is late to be written.
 */
export const settleProposal = Effect.fnUntraced(function* (
  open: OpenRepository<"participate">,
  number: ProposalNumber,
  settlement: Settlement
) {
  const at = yield* nowIso
  return yield* reviseProposal(open.id, number, (present) =>
    Effect.succeed(
      present.state === "merged" && settlement.state !== "merged" ? present : revised(present, settlement, at)
    )
  ).pipe(
    Effect.catch((error) =>
      Effect.as(Effect.logWarning(`the document of proposal ${number} is behind the root`, error), undefined)
    )
  )
})
