/**
 * Opens a proposal. Its document is stored first; then the root lists it as open, which is the commit point. A document
 * whose number the root has passed without listing it is an orphan and never becomes a proposal.
 */
import { Effect, Schema } from "effect"
import { changeProposal } from "../../invariant/RepositoryDocuments.ts"
import { type Decision, Roots, type MoveError } from "../../invariant/Roots.ts"
import { RootContended } from "../../repository/rootErrors.ts"
import type { BranchName } from "../../repository/Names.ts"
import { type Discourse, type Proposal, ProposalNumber, type ProposalTitle } from "../../repository/Proposal.ts"
import type { Root } from "../../repository/Root.ts"
import type { BranchUnknown } from "../../repository/rule/branchRules.ts"
import { findBranch } from "../../invariant/refs/revisions.ts"
import { moveRoot, type MoveServices } from "../write/moveRoot.ts"
import { nowIso } from "../../object/now.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { ProposalRefused, type ProposalExists } from "./errors.ts"
import { findProposal } from "./findProposal.ts"
import { withEntry } from "../../repository/openProposals.ts"
import { checkRoom } from "./proposalRules.ts"
import { recordProposal } from "./settleProposal.ts"
import type { DocumentConflict } from "../../port/ObjectStore.ts"
import type { ProposalIndex } from "../../port/index/ProposalIndex.ts"

export interface NewProposal {
  readonly title: ProposalTitle
  readonly body: Discourse
  /** The branch to merge. */
  readonly from: string
  /** The branch to merge it into. */
  readonly to: string
}

/** The number already has a document. */
class NumberTaken extends Schema.TaggedError<NumberTaken>()("NumberTaken", {}) {}

/** A proposal with a later number was opened first. */
class NumberPassed extends Schema.TaggedError<NumberPassed>()("NumberPassed", { last: Schema.Int }) {}

const isAnothersNumber = ({ _tag }: { readonly _tag: string }) => _tag === "NumberTaken" || _tag === "NumberPassed"

/** The maximum number of proposal numbers that are tried. */
const attemptsMax = 80
/** Of these, the number of consecutive ones; after them the distance doubles, to pass any run of orphans. */
const denseAttempts = 64

const checkOpening = Effect.fnUntraced(function* (root: Root, from: BranchName, to: BranchName) {
  for (const branch of [from, to]) yield* findBranch(root, branch)
  yield* checkRoom(root, from, to)
})

type Refusal = Effect.Error<ReturnType<typeof checkOpening>>

/** Lists the proposal as open in the current root. Numbers only grow, so a passed number is never used again. */
const nameProposal =
  ({ author: by, createdAt: at, from, number, to }: Proposal): Decision<Refusal | NumberPassed> =>
  (root) =>
    Effect.gen(function* () {
      yield* checkOpening(root, from, to)
      if (number <= root.proposals.last) return yield* new NumberPassed({ last: root.proposals.last })
      return {
        root: withEntry(root, { number, from, to }),
        change: { action: "open-proposal", by, at, moves: [], proposal: number }
      }
    })

const decodeNumber = Schema.decodeUnknownEffect(ProposalNumber)

export type OpenProposalError = BranchUnknown | ProposalExists | ProposalRefused | DocumentConflict | MoveError

/** Opens a proposal to merge branch `from` into branch `to`, unless another one between them is open. */
export const openProposal = Effect.fn("openProposal")(function* (
  open: OpenRepository<"participate">,
  { body, from: fromName, title, to: toName }: NewProposal
): Effect.fn.Return<Proposal, OpenProposalError, ProposalIndex | MoveServices> {
  const root = open.root.value
  const [from] = yield* findBranch(root, fromName)
  const [to] = yield* findBranch(root, toName)
  if (from === to) return yield* new ProposalRefused({ reason: "a branch cannot be merged into itself" })
  yield* checkOpening(root, from, to)
  const at = yield* nowIso
  const proposalOf = (number: ProposalNumber): Proposal => ({
    repository: open.id,
    number,
    revision: 0,
    title,
    body,
    author: open.principal.user,
    from,
    to,
    state: "open",
    createdAt: at,
    updatedAt: at,
    reviews: [],
    comments: [],
    merged: null
  })
  let wanted = root.proposals.last + 1
  let attempts = 0
  const attempt = Effect.gen(function* () {
    const number = yield* Effect.mapError(
      decodeNumber(wanted),
      () => new ProposalRefused({ reason: "the repository has no proposal numbers left" })
    )
    attempts += 1
    wanted = number + Math.max(1, 2 ** (attempts - denseAttempts))
    const stored = yield* changeProposal(open.id, number, (present) =>
      present === undefined ? Effect.succeed(proposalOf(number)) : Effect.fail(new NumberTaken())
    )
    yield* Effect.tapErrorTag(moveRoot(open, nameProposal(stored.value)), "NumberPassed", ({ last }) => {
      wanted = last + 1
      return discard(open, number)
    })
    return stored
  })
  const opened = yield* attempt.pipe(
    Effect.retry({ while: isAnothersNumber, times: attemptsMax - 1 }),
    Effect.catchTag(["NumberTaken", "NumberPassed"], () =>
      Effect.fail(new RootContended({ repository: open.id, attempts: attemptsMax }))
    )
  )
  yield* recordProposal(opened)
  return opened.value
})

/** Deletes the orphaned document, by looking it up. If that fails, the next lookup of its number deletes it. */
const discard = Effect.fnUntraced(function* (open: OpenRepository<"participate">, number: ProposalNumber) {
  const roots = yield* Roots
  const root = yield* roots.read(open.id)
  yield* findProposal({ id: open.id, root }, number).pipe(
    Effect.catchTag("ProposalUnknown", () => Effect.void),
    Effect.catch((error) => Effect.logWarning(`the orphaned document of proposal ${number} stays`, error))
  )
})
