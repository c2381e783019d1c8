/** Reopens a closed proposal: the root lists it as open again, and its document follows. */
import { Effect, Schema } from "effect"
import { headOf } from "../../invariant/refs/heads.ts"
import type { Decision, MoveError } from "../../invariant/Roots.ts"
import { RootContended } from "../../repository/rootErrors.ts"
import type { UserName } from "../../repository/Names.ts"
import type { ProposalNumber } from "../../repository/Proposal.ts"
import type { OpenProposal, Root } from "../../repository/Root.ts"
import { moveRoot, type MoveServices } from "../write/moveRoot.ts"
import { nowIso } from "../../object/now.ts"
import type { OpenRepository, OpenError } from "../access/openRepository.ts"
import type { HubBusy } from "../admission/Admission.ts"
import { retryReopened } from "../access/retryReopened.ts"
import { ProposalBranchGone, ProposalNotOpen, type ProposalExists, type ProposalRefused } from "./errors.ts"
import { findProposal, type FindProposalError } from "./findProposal.ts"
import { withEntry } from "../../repository/openProposals.ts"
import { checkMayChange, checkRoom } from "./proposalRules.ts"
import { settleProposal } from "./settleProposal.ts"
import { viewOf, type ProposalView } from "./showProposal.ts"
import type { CommitIndex } from "../../port/index/CommitIndex.ts"
import type { ProposalIndex } from "../../port/index/ProposalIndex.ts"

/** The root changed after the proposal was found closed. */
class Overtaken extends Schema.TaggedError<Overtaken>()("Overtaken", {}) {}

/** The maximum number of attempts before the request fails as contended. */
const attemptsMax = 10

const checkReopening = Effect.fnUntraced(function* (root: Root, { from, number, to }: OpenProposal) {
  for (const branch of [from, to]) {
    if ((yield* headOf(root, branch)) === undefined) return yield* new ProposalBranchGone({ number, branch })
  }
  yield* checkRoom(root, from, to)
})

/**
 * Decides only on the root in which the proposal was found closed. On a later one it may have been reopened and merged,
 * which the root alone does not show.
 */
const nameAgain =
  (
    entry: OpenProposal,
    sequence: number,
    by: UserName
  ): Decision<Overtaken | Effect.Error<ReturnType<typeof checkReopening>>> =>
  (root) =>
    Effect.gen(function* () {
      if (root.sequence !== sequence) return yield* new Overtaken()
      yield* checkReopening(root, entry)
      const at = yield* nowIso
      return {
        root: withEntry(root, entry),
        change: { action: "reopen-proposal", by, at, moves: [], proposal: entry.number }
      }
    })

/** Attempts once, on the root of `open`. */
const attempt = Effect.fnUntraced(function* (open: OpenRepository<"participate">, number: ProposalNumber) {
  const { from, proposal, state, to } = yield* findProposal(open, number)
  yield* checkMayChange(open, proposal)
  if (state !== "closed") return yield* new ProposalNotOpen({ number, state })
  const { value } = open.root
  const moved = yield* moveRoot(open, nameAgain({ number, from, to }, value.sequence, open.principal.user))
  const settled = yield* settleProposal(open, number, { state: "open", merged: null, from, to })
  return yield* viewOf(open, moved.value, { proposal: settled ?? proposal, state: "open", from, to })
})

export type ReopenProposalError =
  | HubBusy
  | ProposalNotOpen
  | ProposalBranchGone
  | ProposalExists
  | ProposalRefused
  | FindProposalError
  | OpenError
  | MoveError

/**
 * Reopens a closed proposal. Allowed for the author and for users with write access. A merged proposal cannot be
 * reopened.
 */
export const reopenProposal = Effect.fn("reopenProposal")(function* (
  opened: OpenRepository<"participate">,
  number: ProposalNumber
): Effect.fn.Return<ProposalView, ReopenProposalError, CommitIndex | ProposalIndex | MoveServices> {
  return yield* retryReopened(opened, {
    access: "participate",
    run: (open) => attempt(open, number),
    while: ({ _tag }) => _tag === "Overtaken",
    attemptsMax
  }).pipe(Effect.catchTag("Overtaken", () => new RootContended({ repository: opened.id, attempts: attemptsMax })))
})
