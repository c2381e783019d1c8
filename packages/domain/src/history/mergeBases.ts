/**
 * Merge bases: the best common ancestors of two sides, those that no other common ancestor descends from. A criss-cross
 * history has several; unrelated histories have none. The walk goes from the greatest generation down, so it visits
 * each commit once.
 */
import { Effect } from "effect"
import type { CommitId } from "../object/Id.ts"
import type { CommitGraph } from "./CommitGraph.ts"
import { GenerationQueue } from "./GenerationQueue.ts"
import type { CommitNode } from "./CommitNode.ts"

interface Visit {
  readonly node: CommitNode
  ours: boolean
  theirs: boolean
  /** An ancestor of a common ancestor: common too, but not best. */
  surpassed: boolean
}

/**
 * Returns all merge bases of `ours` and `theirs`, ordered by generation, then by id; swapping the sides changes
 * nothing. A side of several commits stands for a merge of them that was not made. Skips unknown ids. The walk ends as
 * soon as all remaining commits are surpassed, so its cost grows with the difference of the sides, not with the
 * history.
 */
export const mergeBases = Effect.fnUntraced(function* <E>(
  graph: CommitGraph<E>,
  ours: Iterable<CommitId>,
  theirs: Iterable<CommitId>
) {
  const visits = new Map<CommitId, Visit>()
  const queue = new GenerationQueue<Visit>()
  let open = 0

  const mark = (node: CommitNode, marks: Omit<Visit, "node">) => {
    let visit = visits.get(node.id)
    if (visit === undefined) {
      visit = { node, ours: false, theirs: false, surpassed: false }
      visits.set(node.id, visit)
      queue.add(node.generation, visit)
      open++
    }
    visit.ours ||= marks.ours
    visit.theirs ||= marks.theirs
    if (marks.surpassed && !visit.surpassed) {
      visit.surpassed = true
      open--
    }
  }

  for (const node of yield* graph.resolve(ours)) mark(node, { ours: true, theirs: false, surpassed: false })
  for (const node of yield* graph.resolve(theirs)) mark(node, { ours: false, theirs: true, surpassed: false })

  const bases: Array<CommitNode> = []
  while (open > 0) {
    const visited = queue.next()?.items
    if (visited === undefined) break
    yield* graph.resolve(visited.flatMap(({ node }) => node.parents))
    for (const visit of visited) {
      const common = visit.ours && visit.theirs
      if (!visit.surpassed) {
        open--
        if (common) bases.push(visit.node)
      }
      const marks = { ours: visit.ours, theirs: visit.theirs, surpassed: common }
      for (const parent of yield* graph.resolve(visit.node.parents)) mark(parent, marks)
    }
  }
  return bases
    .toSorted((a, b) => a.generation - b.generation || (a.id < b.id ? -1 : 1))
    .map(({ id }) => id) as ReadonlyArray<CommitId>
})
