/** Ancestry queries. Each walks from the greatest generation down, so it visits each commit once. */
import { Effect } from "effect"
import type { CommitId } from "../object/Id.ts"
import type { CommitGraph } from "./CommitGraph.ts"
import { GenerationQueue } from "./GenerationQueue.ts"
import type { CommitNode } from "./CommitNode.ts"

interface Visit {
  readonly node: CommitNode
  wanted: boolean
  had: boolean
}

/**
 * Returns the commits that are `want` or its ancestors but not `have` or its ancestors, parents before children. Skips
 * unknown ids. The walk ends as soon as all remaining commits are in `have`, so its cost grows with the difference, not
 * with the history.
 */
export const difference = Effect.fnUntraced(function* <E>(
  graph: CommitGraph<E>,
  want: Iterable<CommitId>,
  have: Iterable<CommitId>
) {
  const visits = new Map<CommitId, Visit>()
  const queue = new GenerationQueue<Visit>()
  let wantedOnly = 0

  const mark = (node: CommitNode, wanted: boolean, had: boolean) => {
    let visit = visits.get(node.id)
    if (visit === undefined) {
      visit = { node, wanted: false, had: false }
      visits.set(node.id, visit)
      queue.add(node.generation, visit)
    }
    const before = visit.wanted && !visit.had
    visit.wanted ||= wanted
    visit.had ||= had
    const after = visit.wanted && !visit.had
    if (after !== before) wantedOnly += after ? 1 : -1
  }

  yield* graph.each(want, (node) => mark(node, true, false))
  yield* graph.each(have, (node) => mark(node, false, true))

  const found: Array<CommitNode> = []
  while (wantedOnly > 0) {
    const visited = queue.next()?.items
    if (visited === undefined) break
    for (const { node, wanted, had } of visited) {
      if (wanted && !had) {
        found.push(node)
        wantedOnly--
      }
    }
    yield* graph.resolve(visited.flatMap(({ node }) => node.parents))
    for (const { node, wanted, had } of visited) {
      for (const parent of yield* graph.resolve(node.parents)) mark(parent, wanted, had)
    }
  }
  return found.toReversed() as ReadonlyArray<CommitNode>
})

/** Returns whether `ancestor` is one of `descendants` or of their ancestors. Stops at the ancestor's generation. */
export const isAncestor = Effect.fnUntraced(function* <E>(
  graph: CommitGraph<E>,
  ancestor: CommitId,
  descendants: Iterable<CommitId>
) {
  const [target] = yield* graph.resolve([ancestor])
  if (target === undefined) return false
  const seen = new Set<CommitId>(descendants)
  let frontier: ReadonlyArray<CommitId> = [...seen]
  while (frontier.length > 0) {
    if (seen.has(ancestor)) return true
    const next: Array<CommitId> = []
    for (const node of yield* graph.resolve(frontier)) {
      if (node.generation <= target.generation) continue
      for (const parent of node.parents) {
        if (seen.has(parent)) continue
        seen.add(parent)
        next.push(parent)
      }
    }
    frontier = next
  }
  return false
})

/**
 * Returns the candidate of greatest generation among `descendants` and their ancestors. One walk serves all candidates;
 * it ends at the first that it meets, or below the lowest. It forgets what it has passed, so that its memory does not
 * grow with the history: no commit that is left has a greater generation, so none comes up again.
 */
export const nearestAncestor = Effect.fnUntraced(function* <E>(
  graph: CommitGraph<E>,
  candidates: Iterable<CommitId>,
  descendants: Iterable<CommitId>
) {
  const targets = new Set<CommitId>()
  let lowest = Infinity
  yield* graph.each(candidates, (node) => {
    targets.add(node.id)
    lowest = Math.min(lowest, node.generation)
  })
  const seen = new Set<CommitId>()
  const queue = new GenerationQueue<CommitNode>()
  const visit = (node: CommitNode) => {
    if (seen.has(node.id)) return
    seen.add(node.id)
    queue.add(node.generation, node)
  }
  yield* graph.each(descendants, visit)
  for (let next = queue.next(); next !== undefined && next.generation >= lowest; next = queue.next()) {
    const found = next.items.find(({ id }) => targets.has(id))
    if (found !== undefined) return found.id
    for (const parent of yield* graph.resolve(next.items.flatMap(({ parents }) => parents))) visit(parent)
    for (const passed of next.items) {
      seen.delete(passed.id)
      graph.forget(passed)
    }
  }
  return undefined
})
