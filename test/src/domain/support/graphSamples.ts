/** Random histories as bare graphs, with plain answers to compare the optimised ones with. */
import type { CommitSource } from "@musehub/domain/history/CommitGraph"
import type { CommitNode } from "@musehub/domain/history/CommitNode"
import { type CommitId, SnapshotId } from "@musehub/domain/object/Id"
import { sha256 } from "@musehub/domain/object/Digest"
import { Effect } from "effect"
import type { Seeded } from "../../support/seeded.ts"
import { someCommit } from "./rootSamples.ts"

export type Graph = ReadonlyMap<CommitId, CommitNode>

export const nodeOf = (name: string, parents: ReadonlyArray<CommitNode>): CommitNode => ({
  id: someCommit(name),
  parents: parents.map(({ id }) => id),
  generation: 1 + Math.max(0, ...parents.map(({ generation }) => generation)),
  snapshotId: SnapshotId.make(sha256(`snapshot of ${name}`)),
  storedBytes: 1
})

/**
 * Roots, chains, side branches, merges, criss-crosses. A small window of candidates makes criss-crosses likely, a large
 * one merges of distant commits.
 */
export const randomGraph = (random: Seeded, size: number): Graph => {
  const graph = new Map<CommitId, CommitNode>()
  const window = random.pick([2, 4, size])
  const rootChance = random.pick([0.02, 0.2])
  const mergeChance = random.pick([0.05, 0.3, 0.7])
  for (let position = 0; position < size; position += 1) {
    const candidates = [...graph.values()].slice(-window)
    const count = candidates.length === 0 || random.chance(rootChance) ? 0 : random.chance(mergeChance) ? 2 : 1
    const parents = new Set(Array.from({ length: count }, () => random.pick(candidates)))
    const node = nodeOf(`${random.next()}`, [...parents])
    graph.set(node.id, node)
  }
  return graph
}

/** Returns these commits and all their ancestors that the graph knows. */
export const reach = (graph: Graph, from: Iterable<CommitId>): ReadonlySet<CommitId> => {
  const found = new Set<CommitId>()
  const stack = [...from]
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    const node = graph.get(id)
    if (node === undefined || found.has(id)) continue
    found.add(id)
    stack.push(...node.parents)
  }
  return found
}

/** A source that returns the requested nodes and, at random, some of their ancestors, and counts what it returned. */
export const portionedSource = (graph: Graph, random: Seeded) => {
  const given = { questions: 0, nodes: 0 }
  const source: CommitSource<never> = {
    load: (ids) =>
      Effect.sync(() => {
        const asked = ids.flatMap((id) => graph.get(id) ?? [])
        const limit = random.below(12)
        const near = new Map(asked.map((node) => [node.id, node]))
        for (const node of near.values()) {
          if (near.size >= asked.length + limit) break
          for (const id of node.parents) {
            const parent = graph.get(id)
            if (parent !== undefined && random.chance(0.7)) near.set(id, parent)
          }
        }
        given.questions += 1
        given.nodes += near.size
        return near.values()
      })
  }
  return { given, source }
}
