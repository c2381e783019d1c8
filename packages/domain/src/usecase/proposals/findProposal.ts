/**
 * Finds a proposal. The root decides whether it is open and between which branches; its document has the rest. If the
 * document is behind because the hub stopped between the two writes, the history of the roots tells what happened, and
 * the document is updated.
 */
import type { RefsError } from "../../invariant/refs/RefChunks.ts"
import type { Packs } from "../../invariant/packs/Packs.ts"
import { Effect, Option } from "effect"
import { leaveUndeleted } from "../../invariant/Document.ts"
import { readProposal } from "../../invariant/RepositoryDocuments.ts"
import { Roots } from "../../invariant/Roots.ts"
import type { ObjectReadError } from "../../invariant/ObjectReader.ts"
import type { RepositoryId } from "../../object/Id.ts"
import { ObjectCorrupt } from "../../object/Refused.ts"
import { ObjectStore } from "../../port/ObjectStore.ts"
import { documentPath } from "../../port/StoreKey.ts"
import type { Proposal, ProposalNumber } from "../../repository/Proposal.ts"
import type { Root } from "../../repository/Root.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { ProposalUnknown } from "./errors.ts"
import { openEntry } from "../../repository/openProposals.ts"
import type { RootMissing } from "../../repository/rootErrors.ts"
import { outcomeInHistory } from "./outcomeInHistory.ts"
import { reviseProposal, revised } from "./settleProposal.ts"
import type { ProposalIndex } from "../../port/index/ProposalIndex.ts"

/** A proposal with the state and branches that the root gives it. */
export interface FoundProposal extends Pick<Proposal, "state" | "from" | "to"> {
  /** The document. It has the old name of a branch that was renamed. */
  readonly proposal: Proposal
}

/** Combines root and document; returns undefined if one of them is behind. */
const together = (root: Root, proposal: Proposal): FoundProposal | undefined => {
  const entry = openEntry(root, proposal.number)
  if (entry === undefined) {
    const { state, from, to } = proposal
    return state === "open" ? undefined : { proposal, state, from, to }
  }
  return proposal.state === "open" ? { proposal, state: "open", from: entry.from, to: entry.to } : undefined
}

/** Deletes a document whose number the root has passed without listing it: it can never become a proposal. */
const removeOrphan = Effect.fnUntraced(function* (repository: RepositoryId, number: ProposalNumber) {
  const store = yield* ObjectStore
  const key = { kind: "proposal", repository, number } as const
  yield* leaveUndeleted(`the orphaned document of proposal ${number}`, store.documents.delete(key))
})

/**
 * Finds out what the document should say. The root is read after the document, so that a document newer than the
 * caller's root is not mistaken for one that is behind.
 */
const reconcile = Effect.fnUntraced(function* (repository: RepositoryId, proposal: Proposal) {
  const roots = yield* Roots
  const root = (yield* roots.read(repository)).value
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
    // A newer revision is kept: its writer had newer information.
    Effect.succeed(present.revision === proposal.revision ? settled : present)
  ).pipe(Effect.catch((error) => Effect.logWarning(`the document of proposal ${number} stays behind`, error)))
  const found: FoundProposal = { proposal: settled, state, from, to }
  return found
})

export type FindProposalError = ProposalUnknown | RootMissing | RefsError | ObjectReadError

/** Finds a proposal by its number. One whose document was written but that no root ever listed does not exist. */
export const findProposal = Effect.fn("findProposal")(function* (
  open: Pick<OpenRepository, "id" | "root">,
  number: ProposalNumber
): Effect.fn.Return<FoundProposal, FindProposalError, ObjectStore | Packs | ProposalIndex | Roots> {
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
