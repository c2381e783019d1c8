/** What every index promises to concurrent callers. Part of the suite in `indexContract.ts`. */
import { assert } from "@effect/vitest"
import { Effect, Option } from "effect"
import {
  at,
  batchOf,
  createRoot,
  headsOf,
  historyOf,
  idsOf,
  lineOf,
  moveRoot,
  newRoot,
  reflect
} from "../IndexSamples.ts"
import { rowOf, type Suite } from "../IndexSuite.ts"
import { newRepository } from "../StoreSamples.ts"
import { wholeIndex } from "../wholeIndex.ts"
import { publish } from "../publish.ts"

export const concurrency = (it: Suite) => {
  it.effect("overlapping batches can be recorded concurrently", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const history = yield* historyOf(lineOf(120))
      const batch = batchOf(history)
      const batches = Array.from({ length: 8 }, (_, turn) => {
        const around = <A>(items: ReadonlyArray<A>) => {
          const start = (turn * 31) % items.length
          const rotated = [...items.slice(start), ...items.slice(0, start)]
          return (turn % 2 === 0 ? rotated : rotated.toReversed()).slice(0, 100)
        }
        return {
          ...batch,
          blobs: around(batch.blobs),
          snapshots: around(batch.snapshots),
          commits: around(batch.commits)
        }
      })
      yield* Effect.forEach(batches, index.record, { concurrency: "unbounded", discard: true })
      yield* publish(history)
      assert.strictEqual((yield* index.known(history.repository, idsOf(history))).commits.size, 120)
      assert.strictEqual((yield* index.introducedBy(history.repository, idsOf(history).commits)).size, 120)
    })
  )

  it.effect("concurrently reflected roots leave the latest, whatever their order", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const history = yield* historyOf(lineOf(12))
      const ids = idsOf(history).commits
      yield* index.record(batchOf(history))
      const roots = [yield* createRoot(newRoot(history.repository))]
      for (const [place, id] of ids.entries())
        roots.push(
          yield* moveRoot(history.repository, {
            heads: headsOf({ [`branch-${place % 3}`]: id, [`only-${place}`]: id })
          })
        )
      const shuffled = roots
        .map((root, place) => ({ root, place }))
        .toSorted((a, b) => ((a.place * 7) % 13) - ((b.place * 7) % 13))
      yield* Effect.forEach(shuffled, ({ root }) => reflect(index, root), { concurrency: "unbounded", discard: true })
      const row = Option.getOrThrow(yield* rowOf(index, at(roots, -1)))
      assert.strictEqual(row.rootSha256, at(roots, -1).sha256)
      assert.strictEqual(row.rootSequence, 12)
      assert.strictEqual((yield* index.known(history.repository, idsOf(history))).commits.size, 12)
    })
  )

  it.effect("several callers can reflect a new repository at the same time", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const roots = yield* Effect.forEach(Array.from({ length: 60 }), () => createRoot(newRoot(newRepository())))
      const callers = roots.flatMap((root) => Array.from({ length: 6 }, () => reflect(index, root)))
      yield* Effect.all(callers, { concurrency: "unbounded", discard: true })
      for (const root of roots) assert.isTrue(Option.isSome(yield* rowOf(index, root)))
    })
  )
}
