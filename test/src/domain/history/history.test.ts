/**
 * Questions about history, compared with their plain definitions over random graphs: merges, criss-crosses, several
 * roots. Also their cost: a push onto a long history must not read all of it.
 */
import { assert, describe, it } from "@effect/vitest"
import type { CommitNode } from "@musehub/domain/history/CommitNode"
import { difference, isAncestor, nearestAncestor } from "@musehub/domain/history/ancestry"
import { parentsFirst } from "@musehub/domain/history/parentsFirst"
import { CommitGraph, type CommitSource, emptySource } from "@musehub/domain/history/CommitGraph"
import { introducedBlobs } from "@musehub/domain/history/introductions"
import { type Commit, makeCommit } from "@musehub/domain/object/Commit"
import { sha256 } from "@musehub/domain/object/Digest"
import { BlobId, type CommitId, SnapshotId } from "@musehub/domain/object/Id"
import type { Manifest } from "@musehub/domain/object/Manifest"
import { Effect } from "effect"
import { forSeeds, type Seeded } from "../../support/seeded.ts"
import { type Graph, nodeOf, portionedSource, randomGraph, reach } from "../support/graphSamples.ts"
import { someCommit } from "../support/rootSamples.ts"

const sorted = <A>(items: Iterable<A>): ReadonlyArray<A> => [...items].toSorted()

const assertParentsFirst = (
  items: ReadonlyArray<{ readonly id: CommitId; readonly parents: ReadonlyArray<CommitId> }>
) => {
  const position = new Map(items.map(({ id }, index) => [id, index]))
  for (const [index, { parents }] of items.entries())
    for (const parent of parents) assert.isBelow(position.get(parent) ?? -1, index)
}

/** Picks some commits of a graph, and now and then one that it does not have. */
const someIds = (random: Seeded, graph: Graph): ReadonlyArray<CommitId> => [
  ...random.some([...graph.keys()], random.pick([0, 0.05, 0.3])),
  ...(random.chance(0.3) ? [someCommit("of another repository")] : [])
]

const byId = (nodes: ReadonlyArray<CommitNode>): Graph => new Map(nodes.map((node) => [node.id, node]))

describe("difference", () => {
  it.effect("gives the commits that `want` reaches and `have` does not, parents before children, each once", () =>
    forSeeds(400, (random) =>
      Effect.gen(function* () {
        const graph = randomGraph(random, 1 + random.below(60))
        const want = someIds(random, graph)
        const have = someIds(random, graph)
        const had = reach(graph, have)
        const expected = [...reach(graph, want)].filter((id) => !had.has(id))
        const { source } = portionedSource(graph, random)
        const found = yield* difference(new CommitGraph(source), want, have)
        assert.deepStrictEqual(sorted(found.map(({ id }) => id)), sorted(expected))
        assertParentsFirst(found)
      })
    )
  )

  it.effect("gives the same from a graph that other questions have filled", () =>
    forSeeds(100, (random) =>
      Effect.gen(function* () {
        const graph = randomGraph(random, 40)
        const shared = new CommitGraph(portionedSource(graph, random).source)
        for (let question = 0; question < 5; question += 1) {
          const [want, have] = [someIds(random, graph), someIds(random, graph)]
          const expected = yield* difference(new CommitGraph(portionedSource(graph, random).source), want, have)
          const found = yield* difference(shared, want, have)
          assert.deepStrictEqual(sorted(found.map(({ id }) => id)), sorted(expected.map(({ id }) => id)))
        }
      })
    )
  )
})

describe("isAncestor", () => {
  it.effect("is true of exactly the commits that a descendant reaches, itself included", () =>
    forSeeds(400, (random) =>
      Effect.gen(function* () {
        const graph = randomGraph(random, 1 + random.below(60))
        const ids = [...graph.keys(), someCommit("of another repository")]
        const descendants = Array.from({ length: 1 + random.below(3) }, () => random.pick(ids))
        const reached = reach(graph, descendants)
        for (let question = 0; question < 5; question += 1) {
          const ancestor = random.pick(ids)
          const { source } = portionedSource(graph, random)
          const found = yield* isAncestor(new CommitGraph(source), ancestor, descendants)
          assert.strictEqual(found, reached.has(ancestor))
        }
      })
    )
  )

  it.effect("is false without descendants", () =>
    Effect.gen(function* () {
      const graph = new CommitGraph(portionedSource(new Map(), { ...neverChance }).source, byId([nodeOf("a", [])]))
      assert.isFalse(yield* isAncestor(graph, someCommit("a"), []))
    })
  )
})

const neverChance: Seeded = {
  next: () => 0,
  below: () => 0,
  chance: () => false,
  pick: () => {
    throw new Error("nothing here is picked")
  },
  some: () => []
}

describe("nearestAncestor", () => {
  it.effect("keeps in memory only what is ahead of it, however long the history is that it walks", () =>
    Effect.gen(function* () {
      const portion = 100
      const line: Array<CommitNode> = []
      for (let place = 0; place < 3000; place++) line.push(nodeOf(`${place}`, line.slice(-1)))
      const placeOf = new Map(line.map(({ id }, place) => [id, place]))
      let most = 0
      const graph: CommitGraph = new CommitGraph({
        load: ([id]) =>
          Effect.sync(() => {
            most = Math.max(most, line.filter((node) => graph.node(node.id) !== undefined).length)
            const end = 1 + (id === undefined ? -1 : (placeOf.get(id) ?? -1))
            return line.slice(Math.max(0, end - portion), end)
          })
      })
      const [first, last] = [line[0], line.at(-1)]
      assert(first !== undefined && last !== undefined)
      assert.strictEqual(yield* nearestAncestor(graph, [first.id], [last.id]), first.id)
      assert.isAbove(most, 0)
      assert.isAtMost(most, portion + 1)
    })
  )

  it.effect("finds a reached candidate that is not an ancestor of another reached candidate", () =>
    forSeeds(300, (random) =>
      Effect.gen(function* () {
        const graph = randomGraph(random, 1 + random.below(60))
        const descendants = someIds(random, graph)
        const candidates = someIds(random, graph)
        const reached = reach(graph, descendants)
        const common = candidates.filter((id) => reached.has(id))
        const { source } = portionedSource(graph, random)
        const found = yield* nearestAncestor(new CommitGraph(source), candidates, descendants)
        if (found === undefined) assert.deepStrictEqual(common, [])
        else {
          assert.include(common, found)
          const above = common.filter((id) => id !== found && reach(graph, [id]).has(found))
          assert.deepStrictEqual(above, [])
        }
      })
    )
  )
})

describe("what questions cost", () => {
  const length = 10_000
  const chain: Array<CommitNode> = []
  for (let position = 0; position < length; position += 1) chain.push(nodeOf(`link ${position}`, chain.slice(-1)))
  const graph: Graph = new Map(chain.map((node) => [node.id, node]))
  const tip = chain.at(-1) ?? nodeOf("none", [])

  /** Returns the requested nodes and nothing more, so that every node read is one that the walk needs. */
  const frugal = () => {
    const given = { questions: 0, nodes: 0 }
    const source: CommitSource<never> = {
      load: (ids) => {
        given.questions += 1
        given.nodes += ids.length
        return Effect.succeed(ids.flatMap((id) => graph.get(id) ?? []))
      }
    }
    return { given, source }
  }

  it.effect("one new commit on 10,000 reads a handful of nodes", () =>
    Effect.gen(function* () {
      const { given, source } = frugal()
      const fresh = nodeOf("fresh", [tip])
      const found = yield* difference(new CommitGraph(source, byId([fresh])), [fresh.id], [tip.id])
      assert.deepStrictEqual(
        found.map(({ id }) => id),
        [fresh.id]
      )
      assert.isAtMost(given.nodes, 2)
      assert.isAtMost(given.questions, 2)
    })
  )

  it.effect("a long list of ids is looked up in portions", () =>
    Effect.gen(function* () {
      const asked: Array<number> = []
      const source: CommitSource<never> = {
        load: (ids) => {
          asked.push(ids.length)
          return Effect.succeed(ids.flatMap((id) => graph.get(id) ?? []))
        }
      }
      const unknown = Array.from({ length: length / 2 }, (_, index) => someCommit(`unknown ${index}`))
      const have = [...graph.keys(), ...unknown]
      assert.deepStrictEqual(yield* difference(new CommitGraph(source), [tip.id], have), [])
      assert.strictEqual(yield* nearestAncestor(new CommitGraph(source), have, [tip.id]), tip.id)
      assert.isAtMost(Math.max(...asked), 2000)
    })
  )

  it.effect("a merge of a short side branch over 10,000 commits costs as much as the branch is long", () =>
    Effect.gen(function* () {
      const { given, source } = frugal()
      const base = chain.at(-20) ?? tip
      const side = nodeOf("side", [base])
      const merge = nodeOf("merge", [tip, side])
      const found = yield* difference(new CommitGraph(source, byId([side, merge])), [merge.id], [tip.id])
      assert.deepStrictEqual(sorted(found.map(({ id }) => id)), sorted([side.id, merge.id]))
      assert.isAtMost(given.nodes, 25)
    })
  )

  it.effect("finds given commits again that a walk has passed", () =>
    Effect.gen(function* () {
      const line = [nodeOf("given 0", [])]
      while (line.length < 10) line.push(nodeOf(`given ${line.length}`, line.slice(-1)))
      const [first, last] = [someCommit("given 0"), someCommit("given 9")]
      const walked = new CommitGraph(emptySource, byId(line))
      assert.isTrue(yield* isAncestor(walked, first, [last]))
      assert.isTrue(yield* isAncestor(walked, first, [last]))
    })
  )

  it.effect("finds its own head over 10,000 commits at once", () =>
    Effect.gen(function* () {
      const { given, source } = frugal()
      const fresh = nodeOf("fresh", [tip])
      assert.isTrue(yield* isAncestor(new CommitGraph(source, byId([fresh])), tip.id, [fresh.id]))
      assert.isAtMost(given.nodes, 2)
    })
  )

  it.effect("refuses a commit on a side line of a long history without walking the history", () =>
    Effect.gen(function* () {
      const { given, source } = frugal()
      const fresh = nodeOf("fresh", [chain[10] ?? tip])
      assert.isFalse(yield* isAncestor(new CommitGraph(source, byId([fresh])), tip.id, [fresh.id]))
      assert.isAtMost(given.nodes, 2)
    })
  )

  it.effect("walks once down to the lowest of many candidates on a side line", () =>
    Effect.gen(function* () {
      const { given, source } = frugal()
      const base = chain.at(-100) ?? tip
      const side = [nodeOf("side 0", [base])]
      while (side.length < 500) side.push(nodeOf(`side ${side.length}`, side.slice(-1)))
      const candidates = side.map(({ id }) => id)
      assert.isUndefined(yield* nearestAncestor(new CommitGraph(source, byId(side)), candidates, [tip.id]))
      assert.isAtMost(given.nodes, 101)
    })
  )

  it.effect("walks a whole history of 10,000 commits in order, each commit once", () =>
    Effect.gen(function* () {
      const { given, source } = frugal()
      const found = yield* difference(new CommitGraph(source), [tip.id], [])
      assert.deepStrictEqual(
        found.map(({ id }) => id),
        chain.map(({ id }) => id)
      )
      assert.strictEqual(given.nodes, length)
    })
  )
})

describe("parentsFirst", () => {
  const commitOf = (message: string, parents: ReadonlyArray<CommitId>): Commit =>
    makeCommit({
      branch: "main",
      snapshot_id: SnapshotId.make(sha256(message)),
      message,
      committed_at: "2026-11-22T15:08:10+00:00",
      parent_commit_id: parents[0] ?? null,
      parent2_commit_id: parents[1] ?? null
    })

  it.effect("returns the commits of the bundle that the tip reaches, parents first, and names those outside", () =>
    forSeeds(300, (random) =>
      Effect.sync(() => {
        const commits: Array<Commit> = []
        const outsiders = Array.from({ length: 3 }, (_, position) => someCommit(`outside ${position}`))
        for (let position = 0; position < 1 + random.below(40); position += 1) {
          const candidates = [...commits.slice(-6).map(({ id }) => id), ...(random.chance(0.2) ? outsiders : [])]
          const parents = candidates.length === 0 ? [] : [random.pick(candidates), random.pick(candidates)]
          commits.push(commitOf(`${random.next()}`, parents.slice(0, random.below(3))))
        }
        const bundle = new Map(random.some(commits, 0.9).map((commit) => [commit.id, commit]))
        const tip = random.pick(commits).id
        const reached = new Set<CommitId>([tip])
        for (const id of reached) for (const parent of bundle.get(id)?.parents ?? []) reached.add(parent)

        const { commits: ordered, outside } = parentsFirst(bundle, [tip])
        assert.deepStrictEqual(sorted(ordered.map(({ id }) => id)), sorted([...reached].filter((id) => bundle.has(id))))
        assert.deepStrictEqual(sorted(outside), sorted([...reached].filter((id) => !bundle.has(id))))
        assertParentsFirst(ordered)
      })
    )
  )

  it("orders a long chain without a stack overflow", () => {
    const chain: Array<Commit> = []
    for (let position = 0; position < 20_000; position += 1)
      chain.push(
        commitOf(
          `link ${position}`,
          chain.slice(-1).map(({ id }) => id)
        )
      )
    const bundle = new Map(chain.toReversed().map((commit) => [commit.id, commit]))
    const { commits, outside } = parentsFirst(bundle, [chain.at(-1)?.id ?? someCommit("none")])
    assert.deepStrictEqual(
      commits.map(({ id }) => id),
      chain.map(({ id }) => id)
    )
    assert.deepStrictEqual(outside, [])
  })
})

describe("introducedBlobs", () => {
  const randomManifest = (random: Seeded): Manifest => {
    const manifest = new Map<string, BlobId>()
    for (let path = 0; path < 6; path += 1)
      if (random.chance(0.6)) manifest.set(`file ${path}`, BlobId.make(sha256(`content ${random.below(8)}`)))
    return manifest
  }

  it.effect("returns each blob once that no parent has under any path", () =>
    forSeeds(500, (random) =>
      Effect.sync(() => {
        const manifest = randomManifest(random)
        const parents = Array.from({ length: random.below(4) }, () => randomManifest(random))
        const inherited = new Set(parents.flatMap((parent) => [...parent.values()]))
        const expected = new Set([...manifest.values()].filter((blob) => !inherited.has(blob)))
        assert.deepStrictEqual(sorted(introducedBlobs(manifest, parents)), sorted(expected))
      })
    )
  )
})
