/** Closes the open proposals that a move of their target merges, in the same root write. */
import { Effect } from "effect"
import { difference } from "../../history/ancestry.ts"
import type { CommitGraph } from "../../history/CommitGraph.ts"
import { headOf } from "../../invariant/refs/heads.ts"
import type { Decision, Move } from "../../invariant/Roots.ts"
import type { OpenProposal, Root } from "../../repository/Root.ts"

/**
 * Returns the open proposals whose target moves and thereby comes to contain the head of their branch. A proposal whose
 * branch the target contained before is not merged by the move: it had nothing to merge. Each target is walked once,
 * over the commits that are new to it, however many proposals it has.
 */
const mergedBy = Effect.fnUntraced(function* <E>(graph: CommitGraph<E>, before: Root, after: Root) {
  const merged: Array<OpenProposal> = []
  for (const [to, entries] of Map.groupBy(after.proposals.open, (entry) => entry.to)) {
    const [old, head] = [yield* headOf(before, to), yield* headOf(after, to)]
    if (old === head || old === undefined || head === undefined) continue
    const arrived = new Set((yield* difference(graph, [head], [old])).map(({ id }) => id))
    for (const entry of entries) {
      const source = yield* headOf(after, entry.from)
      if (source !== undefined && arrived.has(source)) merged.push(entry)
    }
  }
  return merged
})

/**
 * Extends a decision that moves branches forward: proposals that it merges are closed with it. `graph` must know the
 * new heads.
 */
export const closingMerged =
  <E, G>(graph: CommitGraph<G>, decide: Decision<E>): Decision<E | G> =>
  (root) =>
    Effect.gen(function* () {
      const move = yield* decide(root)
      if (move === null || move.change === null || root.proposals.open.length === 0) return move
      const after: Root = { ...root, ...move.root }
      const merged = new Set((yield* mergedBy(graph, root, after)).map(({ number }) => number))
      if (merged.size === 0) return move
      const closing: Move = {
        root: {
          ...move.root,
          proposals: { ...after.proposals, open: after.proposals.open.filter(({ number }) => !merged.has(number)) }
        },
        change: { ...move.change, merged: [...merged] }
      }
      return closing
    })
