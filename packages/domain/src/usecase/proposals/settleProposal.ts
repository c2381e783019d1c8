/**
 * Updates a proposal's document and row to what the root says. The root has already decided, so `settleProposal` does
 * not fail: a later `findProposal` updates a document that is behind.
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

/** The outcome of a proposal according to the root. */
export type Settlement = Pick<Proposal, "state" | "merged" | "from" | "to">

/** Returns the next revision of a proposal's document. */
export const revised = (proposal: Proposal, changes: Partial<Proposal>, at: string): Proposal => ({
  ...proposal,
  ...changes,
  revision: proposal.revision + 1,
  updatedAt: at
})

/** Updates the proposal's row. The document is the truth, so a failure is only logged. */
export const recordProposal = Effect.fnUntraced(function* (proposal: StoredDocument<Proposal>) {
  const index = yield* ProposalIndex
  yield* index
    .recordProposal(proposal)
    .pipe(Effect.catch((error) => Effect.logWarning("the index is behind a proposal", error)))
})

/**
 * Changes the document of an existing proposal, and its row. `change` may refuse. Fails with `ProposalUnknown` if there
 * is no document.
 */
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
 * Writes the outcome from the root to the document and returns the document, or undefined if it could not be written.
 * Never fails. A merged proposal stays merged, even if an earlier change is written late.
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
