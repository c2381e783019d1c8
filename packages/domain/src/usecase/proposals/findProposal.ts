/**
 * One proposal as it is: the root says whether it is open and between which branches, its document says the rest. Where
 * the document is behind, because the hub stopped between the two, the roots' history tells what happened, and the
 * document is brought up.
 */
import { Effect, Option } from "effect"
import { readProposal } from "../../invariant/RepositoryDocuments.ts"
import { Roots } from "../../invariant/Roots.ts"
import type { RepositoryId } from "../../object/Id.ts"
import { ObjectCorrupt } from "../../object/Refused.ts"
import { ObjectStore } from "../../port/ObjectStore.ts"
import { documentPath } from "../../port/StoreKey.ts"
import type { Proposal, ProposalNumber } from "../../repository/Proposal.ts"
import type { Root } from "../../repository/Root.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { ProposalUnknown } from "./errors.ts"
import { openEntry } from "../../repository/openProposals.ts"
import { outcomeInHistory } from "./outcomeInHistory.ts"
import { reviseProposal, revised } from "./settleProposal.ts"

/** A proposal, with its state and its branches as the root says. */
export interface FoundProposal extends Pick<Proposal, "state" | "from" | "to"> {
  /** As the document says. A branch that was renamed has its old name here. */
  readonly proposal: Proposal
}

/** What root and document say together; undefined where one of them is behind. */
const together = (root: Root, proposal: Proposal): FoundProposal | undefined => {
  const entry = openEntry(root, proposal.number)
  if (entry === undefined) {
    const { state, from, to } = proposal
    return state === "open" ? undefined : { proposal, state, from, to }
  }
  return proposal.state === "open" ? { proposal, state: "open", from: entry.from, to: entry.to } : undefined
}

/** Takes away a document whose number the root has passed and that never was a proposal: it can never become one. */
const removeOrphan = Effect.fnUntraced(function* (repository: RepositoryId, number: ProposalNumber) {
  const store = yield* ObjectStore
  yield* store.documents
    .delete({ kind: "proposal", repository, number })
    .pipe(Effect.catch((error) => Effect.logWarning(`the orphaned document of proposal ${number} stays`, error)))
})

/**
 * Settles what the document should say. The root is read after the document, so that a document ahead of the root that
 * the caller has is not taken for one that is behind.
 */
const reconcile = Effect.fnUntraced(function* (repository: RepositoryId, proposal: Proposal) {
  const roots = yield* Roots
  const root = (yield* Effect.catchTag(
    roots.read(repository),
    "RootMissing",
    () => new ProposalUnknown({ number: proposal.number })
  )).value
  const agreed = together(root, proposal)
  if (agreed !== undefined) return agreed
  const { number } = proposal
  const entry = openEntry(root, number)
  const outcome =
    entry === undefined
      ? yield* outcomeInHistory(root, proposal)
      : { changes: { state: "open", merged: null, from: entry.from, to: entry.to } as const, at: proposal.updatedAt }
  if (outcome === undefined) {
    yield* removeOrphan(repository, number)
    return yield* new ProposalUnknown({ number })
  }
  const settled = revised(proposal, outcome.changes, outcome.at)
  const { state, from, to } = settled
  yield* reviseProposal(repository, number, (present) =>
    // Whoever changed the document since then knew better.
    Effect.succeed(present.revision === proposal.revision ? settled : present)
  ).pipe(Effect.catch((error) => Effect.logWarning(`the document of proposal ${number} stays behind`, error)))
  const found: FoundProposal = { proposal: settled, state, from, to }
  return found
})

/**
 * Finds a proposal by its number. Fails with `ProposalUnknown` when there is none, also where a document was written
 * but the root never came to name it.
 */
export const findProposal = Effect.fn("findProposal")(function* (
  open: Pick<OpenRepository, "id" | "root">,
  number: ProposalNumber
) {
  const root = open.root.value
  if (number > root.proposals.last) return yield* new ProposalUnknown({ number })
  const read = yield* readProposal(open.id, number)
  if (Option.isNone(read)) {
    if (openEntry(root, number) === undefined) return yield* new ProposalUnknown({ number })
    const key = documentPath({ kind: "proposal", repository: open.id, number })
    return yield* new ObjectCorrupt({ key, reason: "the root says that it is open, and it is not there" })
  }
  return together(root, read.value.value) ?? (yield* reconcile(open.id, read.value.value))
})
