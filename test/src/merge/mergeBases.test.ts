/** Merge bases, compared with a plain definition, and the cost of finding them. */
import { assert, describe, it } from "@effect/vitest"
import type { CommitNode } from "@musehub/domain/history/CommitNode"
import { Effect } from "effect"
import { CommitGraph, emptySource } from "@musehub/domain/history/CommitGraph"
import { mergeBases } from "@musehub/domain/history/mergeBases"
import { sha256 } from "@musehub/domain/object/Digest"
import { CommitId, SnapshotId } from "@musehub/domain/object/Id"
import { forSeeds, type Seeded } from "../support/seeded.ts"

const commitId = (name: string | number) => CommitId.make(sha256(String(name)))
const snapshotId = SnapshotId.make(sha256("any"))

/** Parents by position, each before its children. */
type Shape = ReadonlyArray<ReadonlyArray<number>>

const nodesOf = (shape: Shape): ReadonlyArray<CommitNode> => {
  const nodes: Array<CommitNode> = []
  for (const [at, parents] of shape.entries()) {
    const generation = 1 + Math.max(0, ...parents.map((parent) => nodes[parent]?.generation ?? 0))
    nodes.push({ id: commitId(at), parents: parents.map(commitId), generation, snapshotId, storedBytes: 0 })
  }
  return nodes
}

const basesOf = (shape: Shape, ours: ReadonlyArray<number>, theirs: ReadonlyArray<number>) =>
  mergeBases(
    new CommitGraph(emptySource, new Map(nodesOf(shape).map((node) => [node.id, node]))),
    ours.map(commitId),
    theirs.map(commitId)
  )

const withAncestors = (shape: Shape, heads: ReadonlyArray<number>): ReadonlySet<number> => {
  const found = new Set(heads)
  for (const at of found) for (const parent of shape[at] ?? []) found.add(parent)
  return found
}

/** Finds the common ancestors of which no other common ancestor is a descendant. */
const byDefinition = (shape: Shape, ours: ReadonlyArray<number>, theirs: ReadonlyArray<number>) => {
  const common = withAncestors(shape, ours).intersection(withAncestors(shape, theirs))
  const surpassed = withAncestors(
    shape,
    [...common].flatMap((at) => shape[at] ?? [])
  )
  return [...common.difference(surpassed)].map(commitId)
}

const generatedShape = (random: Seeded): Shape =>
  Array.from({ length: 2 + random.below(25) }, (_, at) => {
    if (at === 0 || random.chance(0.08)) return []
    const near = () => Math.max(0, at - 1 - random.below(5))
    return [...new Set(random.chance(0.45) ? [near(), near()] : [near()])]
  })

const sorted = (ids: ReadonlyArray<CommitId>) => ids.toSorted()

describe("merge bases", () => {
  it.effect("of a history with a gap are known to be those of such a one", () =>
    Effect.gen(function* () {
      const nodes = nodesOf([[], [0], [1], [1]])
      for (const missing of [undefined, 1]) {
        const present = nodes.filter((_, at) => at !== missing)
        const graph = new CommitGraph(emptySource, new Map(present.map((node) => [node.id, node])))
        const found = yield* mergeBases(graph, [commitId(2)], [commitId(3)])
        assert.deepStrictEqual(found, missing === undefined ? [commitId(1)] : [])
        assert.strictEqual(graph.isWhole, missing === undefined)
      }
    })
  )

  it.effect("are the best common ancestors, and the same for both sides", () =>
    forSeeds(400, (random) =>
      Effect.gen(function* () {
        const shape = generatedShape(random)
        const side = () => Array.from({ length: random.chance(0.2) ? 2 : 1 }, () => random.below(shape.length))
        const [ours, theirs] = [side(), side()]
        const bases = yield* basesOf(shape, ours, theirs)
        assert.deepStrictEqual(sorted(bases), sorted(byDefinition(shape, ours, theirs)))
        assert.deepStrictEqual(yield* basesOf(shape, theirs, ours), bases)
      })
    )
  )

  it.effect("are two for a criss-cross, none for unrelated histories, and a commit's ancestor for the two", () =>
    Effect.gen(function* () {
      const crissCross = [[], [0], [0], [1, 2], [2, 1]]
      assert.deepStrictEqual(sorted(yield* basesOf(crissCross, [3], [4])), sorted([commitId(1), commitId(2)]))
      assert.deepStrictEqual(yield* basesOf([[], []], [0], [1]), [])
      assert.deepStrictEqual(yield* basesOf(crissCross, [3], [0]), [commitId(0)])
      assert.deepStrictEqual(yield* basesOf(crissCross, [3], [3]), [commitId(3)])
      assert.deepStrictEqual(yield* basesOf(crissCross, [3], [99]), [])
    })
  )

  it.effect("cost what the sides differ by, not the length of the history", () =>
    Effect.gen(function* () {
      const length = 2000
      const trunk = Array.from({ length }, (_, at) => (at === 0 ? [] : [at - 1]))
      const nodes = new Map(nodesOf([...trunk, [length - 4], [length]]).map((node) => [node.id, node]))
      let loads = 0
      let loaded = 0
      const graph = new CommitGraph({
        load: (ids) =>
          Effect.sync(() => {
            const found = ids.flatMap((id) => nodes.get(id) ?? [])
            loads++
            loaded += found.length
            return found
          })
      })
      const bases = yield* mergeBases(graph, [commitId(length - 1)], [commitId(length + 1)])
      assert.deepStrictEqual(bases, [commitId(length - 4)])
      assert.isAtMost(loads, 8)
      assert.isAtMost(loaded, 8)
    })
  )
})
