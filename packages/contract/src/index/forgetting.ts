/** What every index promises about a repository whose rows were wrong. Part of the suite in `indexContract.ts`. */
import { assert } from "@effect/vitest"
import { Effect, Option } from "effect"
import { randomUUID } from "node:crypto"
import {
  at,
  batchOf,
  headsOf,
  type History,
  historyOf,
  idsOf,
  lineOf,
  moveRoot,
  recordPacks,
  reflect
} from "../IndexSamples.ts"
import { rowOf, type Suite } from "../IndexSuite.ts"
import { newRepository } from "../StoreSamples.ts"
import { wholeIndex } from "../wholeIndex.ts"
import { publish } from "../publish.ts"

/** Returns everything that the index says about a history and its repository. */
const said = Effect.fnUntraced(function* (history: History) {
  const index = yield* wholeIndex
  const { repository } = history
  const ids = idsOf(history)
  return yield* Effect.all({
    known: index.known(repository, ids),
    ancestry: index.ancestry(repository, ids.commits, 10),
    introduced: index.introducedBy(repository, ids.commits),
    introducers: index.introducersOf(repository, ids.blobs),
    commitsOf: index.commitsOfSnapshots(repository, ids.snapshots),
    recent: index.recentCommits(repository, 10),
    manifests: index.manifests(repository, ids.snapshots),
    remarks: index.remarks(repository, ids.commits),
    blobs: index.rows(repository, "blob", { limit: 10 }),
    snapshots: index.rows(repository, "snapshot", { limit: 10 }),
    commits: index.rows(repository, "commit", { limit: 10 }),
    packs: index.packs(repository),
    staged: index.staged(repository, ids.blobs)
  })
})

export const forgetting = (it: Suite) => {
  it.effect("a forgotten repository is as if it had never been recorded, and others keep theirs", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      // No other repository has these commits.
      const message = randomUUID()
      const steps = lineOf(3).map((step) => ({ ...step, message, reviewedBy: ["ada"], testRuns: 2 }))
      const [one, other] = [yield* historyOf(steps), yield* historyOf(steps)]
      const nothingSaid = yield* said(one)
      for (const history of [one, other]) {
        yield* index.record(batchOf(history, idsOf(history).snapshots))
        yield* index.stage(at((yield* historyOf(lineOf(2), history.repository)).packs, 0))
      }
      const [root, others] = [yield* publish(one), yield* publish(other)]
      const { owner } = root.value.repository
      const [before, beforeOthers] = [yield* said(one), yield* said(other)]
      assert.strictEqual(before.staged.size, 2)
      const held = yield* index.holdersOf(owner, idsOf(one))
      assert.strictEqual(held.commits.get(at(idsOf(one).commits, 0)), one.repository)

      yield* index.forget(one.repository)
      yield* index.forget(one.repository)
      assert.deepStrictEqual(yield* said(one), nothingSaid)
      assert.isTrue(Option.isNone(yield* rowOf(index, root)))
      assert.deepStrictEqual((yield* index.repositories({ owner }, { limit: 5 })).items, [])
      const holders = yield* index.holdersOf(owner, idsOf(one))
      for (const map of [holders.blobs, holders.snapshots, holders.commits])
        assert.notInclude([...map.values()], one.repository)
      assert.deepStrictEqual(yield* said(other), beforeOthers)
      assert.isTrue(Option.isSome(yield* rowOf(index, others)))

      // The same root can be reflected again.
      yield* index.record(batchOf(one, idsOf(one).snapshots))
      yield* recordPacks(index, one.repository, one.packs, [])
      yield* reflect(index, root)
      assert.deepStrictEqual(yield* said(one), { ...before, staged: new Map() })
      assert.isTrue(Option.isSome(yield* rowOf(index, root)))
    })
  )

  it.effect("a root that is earlier than the forgotten one can be reflected", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const history = yield* historyOf(lineOf(2))
      const root = yield* publish(history)
      const later = yield* moveRoot(history.repository, { heads: headsOf({}) })
      yield* reflect(index, later)
      yield* index.forget(history.repository)
      yield* reflect(index, root)
      const row = Option.getOrThrow(yield* rowOf(index, root))
      assert.deepStrictEqual([row.rootSequence, row.branches], [root.value.sequence, root.value.heads.count])
    })
  )

  it.effect("forgetting a repository that is not known succeeds", () =>
    Effect.flatMap(wholeIndex, (index) => index.forget(newRepository()))
  )

  it.effect("a repository that is forgotten while it is recorded can be recorded again", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const history = yield* historyOf(lineOf(20))
      const { repository } = history
      const root = yield* publish(history)
      const calls = Array.from({ length: 8 }, () => [
        index.forget(repository),
        index.record(batchOf(history, idsOf(history).snapshots)),
        recordPacks(index, repository, history.packs, []),
        index.record({ ...batchOf(history), packs: history.packs, root }),
        index.stage(at(history.packs, 0)),
        index.relocate(at(history.packs, 0)),
        index.keepManifests(repository, history.snapshots),
        reflect(index, root)
      ]).flat()
      yield* Effect.all(calls, { concurrency: "unbounded", discard: true })
      yield* index.forget(repository)
      assert.strictEqual((yield* index.known(repository, idsOf(history))).commits.size, 0)
      yield* index.record(batchOf(history))
      yield* reflect(index, root)
      assert.strictEqual((yield* index.introducedBy(repository, idsOf(history).commits)).size, 20)
      assert.strictEqual(Option.getOrThrow(yield* rowOf(index, root)).branches, root.value.heads.count)
    })
  )
}
