/** Where the commit graph comes from: the index, in portions; or the store alone, whole, while the index is down. */
import { Effect } from "effect"
import { CommitGraph, emptySource } from "../../history/CommitGraph.ts"
import { readCommit } from "../../invariant/ObjectReader.ts"
import type { CommitId, RepositoryId } from "../../object/Id.ts"
import type { Commit } from "../../object/Commit.ts"
import { type CommitNode, IndexStore, type IndexUnavailable } from "../../port/IndexStore.ts"
import type { OpenRepository } from "../access/openRepository.ts"

/** Ancestors that come along with the first question; each further one brings four times as many. */
const portionMin = 64
const portionMax = 16_384
const portionGrowth = 4

/** The reachable commits of the index. A short walk reads little, a long one takes few statements. */
export const indexedGraph = Effect.fnUntraced(function* (repository: RepositoryId, nodes: Iterable<CommitNode> = []) {
  const index = yield* IndexStore
  let portion = portionMin
  return new CommitGraph<IndexUnavailable>(
    {
      load: (ids) => {
        const limit = Math.max(portion, ids.length)
        portion = Math.min(portionMax, portion * portionGrowth)
        return index.ancestry(repository, ids, limit)
      }
    },
    nodes
  )
})

/** Store requests in flight. */
const concurrency = 32

/** Everything that the heads lead to, read from the store. */
export const storedGraph = Effect.fnUntraced(function* (repository: RepositoryId, heads: ReadonlyArray<CommitId>) {
  const commits = new Map<CommitId, { readonly commit: Commit; readonly storedBytes: number }>()
  let frontier: ReadonlyArray<CommitId> = [...new Set(heads)]
  while (frontier.length > 0) {
    const read = yield* Effect.forEach(frontier, (id) => readCommit(repository, id), { concurrency })
    for (const entry of read) commits.set(entry.commit.id, entry)
    const parents = new Set(read.flatMap(({ commit }) => commit.parents))
    frontier = [...parents].filter((id) => !commits.has(id))
  }
  return new CommitGraph(emptySource, withGenerations(commits))
})

/** What can be seen of an open repository: whatever the index knows as reachable, else what the heads lead to. */
export const visibleGraph = Effect.fnUntraced(function* (open: OpenRepository) {
  const graph: CommitGraph<IndexUnavailable> = open.indexed
    ? yield* indexedGraph(open.id)
    : yield* storedGraph(
        open.id,
        open.root.value.heads.map(([, head]) => head)
      )
  return graph
})

const withGenerations = (
  commits: ReadonlyMap<CommitId, { readonly commit: Commit; readonly storedBytes: number }>
): ReadonlyArray<CommitNode> => {
  const nodes = new Map<CommitId, CommitNode>()
  const stack = [...commits.keys()]
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    const entry = commits.get(id)
    if (entry === undefined || nodes.has(id)) continue
    const { commit, storedBytes } = entry
    const waiting = commit.parents.filter((parent) => !nodes.has(parent))
    if (waiting.length > 0) {
      stack.push(id, ...waiting)
      continue
    }
    const generation = 1 + Math.max(0, ...commit.parents.map((parent) => nodes.get(parent)?.generation ?? 0))
    nodes.set(id, { id, parents: commit.parents, generation, snapshotId: commit.snapshotId, storedBytes })
  }
  return [...nodes.values()]
}
