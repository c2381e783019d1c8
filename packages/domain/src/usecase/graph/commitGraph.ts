/**
 * Builds the commit graph from the index, in portions. While the index is down, builds all of it from the store. Walks
 * over it are heavy work, so a graph needs `Admitted`.
 */
import { Effect } from "effect"
import { CommitGraph, emptySource } from "../../history/CommitGraph.ts"
import { type CommitNode, type KnownNodes, nodeOf } from "../../history/CommitNode.ts"
import { parentsFirst } from "../../history/parentsFirst.ts"
import { allHeads } from "../../invariant/refs/heads.ts"
import { readCommits } from "../../invariant/ObjectReader.ts"
import type { CommitId, RepositoryId } from "../../object/Id.ts"
import type { Commit } from "../../object/Commit.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import { CommitIndex } from "../../port/index/CommitIndex.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { Admitted } from "../admission/Admission.ts"

/** The number of ancestors that the first load brings. Each further load brings `portionGrowth` times as many. */
const portionMin = 64
const portionMax = 4096
const portionGrowth = 4

/**
 * Returns the graph on which a move of a root is decided. It needs no place for heavy work: a move that waited for one
 * would hold up the moves beside it, and its walk ends at the generation of the head that it moves.
 */
export const graphOfMove = Effect.fnUntraced(function* (repository: RepositoryId, given?: KnownNodes) {
  const index = yield* CommitIndex
  let portion = portionMin
  return new CommitGraph<IndexUnavailable>(
    {
      load: (ids) => {
        const limit = Math.max(portion, Math.min(ids.length, portionMax))
        portion = Math.min(portionMax, portion * portionGrowth)
        if (ids.length <= portionMax) return index.ancestry(repository, ids, limit)
        const parts = Array.from({ length: Math.ceil(ids.length / portionMax) }, (_, at) =>
          ids.slice(at * portionMax, (at + 1) * portionMax)
        )
        return Effect.map(
          Effect.forEach(parts, (part) => index.ancestry(repository, part, portionMax)),
          (loaded) => loaded.flat()
        )
      }
    },
    given
  )
})

/**
 * Returns the graph of the reachable commits, loaded from the index. A short walk reads little; a long one needs few
 * statements.
 */
export const indexedGraph = (repository: RepositoryId, given?: KnownNodes) =>
  Effect.andThen(Admitted, graphOfMove(repository, given))

/** Reads the graph of everything reachable from the heads from the store. */
export const storedGraph = Effect.fnUntraced(function* (repository: RepositoryId, heads: ReadonlySet<CommitId>) {
  yield* Admitted
  const commits = new Map<CommitId, Commit>()
  const sizes = new Map<CommitId, number>()
  let frontier: ReadonlyArray<CommitId> = [...heads]
  while (frontier.length > 0) {
    const read = yield* readCommits(repository, frontier, (commit, storedBytes) => {
      commits.set(commit.id, commit)
      sizes.set(commit.id, storedBytes)
      return commit.parents
    })
    const parents = new Set(read.flat())
    frontier = [...parents].filter((id) => !commits.has(id))
  }
  const nodes = new Map<CommitId, CommitNode>()
  for (const commit of parentsFirst(commits, heads).commits) {
    nodes.set(commit.id, nodeOf(commit, nodes, sizes.get(commit.id)))
  }
  return new CommitGraph(emptySource, nodes)
})

/**
 * Returns the graph that readers of an open repository may see: the commits of the index or, without it,
 * those reachable from the heads.
 */
export const visibleGraph = Effect.fnUntraced(function* (open: OpenRepository) {
  const graph: CommitGraph<IndexUnavailable> = open.indexed
    ? yield* indexedGraph(open.id)
    : yield* storedGraph(open.id, yield* allHeads(open.root.value))
  return graph
})
