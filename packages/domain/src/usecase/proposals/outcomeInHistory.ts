/**
 * Finds in the history of the roots how a proposal ended. Needed only if the hub stopped before it wrote this to the
 * proposal's document.
 */
import type { Packs } from "../../invariant/packs/Packs.ts"
import { Effect, Option, Schema, Stream } from "effect"
import { readCommit, type ObjectReadError } from "../../invariant/ObjectReader.ts"
import { headOf } from "../../invariant/refs/heads.ts"
import type { RefsError } from "../../invariant/refs/RefChunks.ts"
import type { Roots } from "../../invariant/Roots.ts"
import { rootsBackFrom } from "../../invariant/RootHistory.ts"
import {
  type Merged,
  MergeStrategy,
  type MergeWay,
  type Proposal,
  type ProposalNumber
} from "../../repository/Proposal.ts"
import type { Root, RootChange } from "../../repository/Root.ts"
import { branchRef } from "../../repository/rule/branchRules.ts"
import { openEntry } from "../../repository/openProposals.ts"
import type { Settlement } from "./settleProposal.ts"
import type { ObjectStore } from "../../port/ObjectStore.ts"

interface Ending {
  /** The change that is about the proposal, or whose moves merged it. */
  readonly change: RootChange
  /** The previous root, in which the proposal was open. */
  readonly before: Root
}

const endingActions: ReadonlySet<RootChange["action"]> = new Set(["close-proposal", "merge-proposal"])

/** Says whether the moves of a change merged a proposal that the change is not about. */
const isPushed = ({ merged }: RootChange, number: ProposalNumber): boolean => merged?.includes(number) === true

/** Finds the newest change that ended the proposal. Roots older than its number are not read. */
const endingOf = (root: Root, number: ProposalNumber) =>
  rootsBackFrom(root).pipe(
    Stream.takeWhile(({ proposals }) => proposals.last >= number),
    Stream.zipWithNext,
    Stream.map(([after, before]): Ending | undefined => {
      const change = after.changes.findLast(
        (each) => (each.proposal === number && endingActions.has(each.action)) || isPushed(each, number)
      )
      return change === undefined ? undefined : { change, before: Option.getOrElse(before, () => after) }
    }),
    Stream.filter((ending) => ending !== undefined),
    Stream.runHead,
    Effect.map(Option.getOrUndefined)
  )

const decodeStrategy = Schema.decodeUnknownOption(MergeStrategy)

/**
 * Derives how a proposal was merged from the commit that the target moved to. Commits that the hub makes for a proposal
 * have its number and the strategy in their metadata; without them, the target was fast-forwarded to an existing
 * commit.
 */
const mergedBy = Effect.fnUntraced(function* (
  { repository, number }: Proposal,
  { change, before }: Ending,
  { from, to }: Pick<Proposal, "from" | "to">
) {
  const move = change.moves.find(({ ref }) => ref === branchRef(to))
  if (move === undefined || move.from === null || move.to === null) return null
  const { commit } = yield* readCommit(repository, move.to)
  const { metadata } = commit.record
  const made = metadata["proposal"] === String(number) ? decodeStrategy(metadata["merge_strategy"]) : Option.none()
  const strategy: MergeWay = isPushed(change, number) ? "pushed" : Option.getOrElse(made, () => "fast_forward_only")
  const known = strategy === "pushed" ? undefined : commit.parents[1]
  const fromHead = strategy === "fast_forward_only" ? move.to : (known ?? (yield* headOf(before, from)) ?? move.to)
  const merged: Merged = {
    strategy,
    commit: move.to,
    snapshot: commit.snapshotId,
    fromHead,
    toHead: move.from,
    by: change.by,
    at: change.at
  }
  return merged
})

export interface Outcome {
  readonly changes: Settlement
  readonly at: string
}

/** Returns what the document should say, and since when; undefined if no root ever listed the proposal. */
export const outcomeInHistory = Effect.fn("outcomeInHistory")(function* (
  root: Root,
  proposal: Proposal
): Effect.fn.Return<Outcome | undefined, ObjectReadError | RefsError, ObjectStore | Packs | Roots> {
  const ending = yield* endingOf(root, proposal.number)
  if (ending === undefined) return undefined
  const { change, before } = ending
  const { from, to } = openEntry(before, proposal.number) ?? proposal
  const isMerged = change.action === "merge-proposal" || isPushed(change, proposal.number)
  const merged = isMerged ? yield* mergedBy(proposal, ending, { from, to }) : null
  const changes: Settlement = { state: isMerged ? "merged" : "closed", merged, from, to }
  return { changes, at: change.at }
})
