/** What every index promises about questions on history. Part of the suite in `indexContract.ts`. */
import { assert } from "@effect/vitest"
import { sha256 } from "@musehub/domain/object/Digest"
import { type BlobId, CommitId, emptyBlobId } from "@musehub/domain/object/Id"
import { Effect, Schema } from "effect"
import {
  at,
  batchOf,
  distances,
  firstOf,
  historyOf,
  idsOf,
  lineOf,
  nodeOf,
  nothing,
  type Step
} from "../IndexSamples.ts"
import { allPages, sorted, type Suite } from "../IndexSuite.ts"
import { newRepository } from "../StoreSamples.ts"
import { wholeIndex } from "../wholeIndex.ts"

/** Generates small histories: each step has up to two earlier parents and a few files of few contents. */
const Plan = Schema.Struct({
  steps: Schema.Array(
    Schema.Struct({
      parents: Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 30 }))).check(
        Schema.isMaxLength(2)
      ),
      files: Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 5 }))).check(Schema.isMaxLength(3))
    })
  ).check(Schema.isMinLength(1), Schema.isMaxLength(25)),
  /** How many of the commits are recorded. */
  recorded: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 25 })),
  from: Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 30 }))).check(Schema.isMaxLength(3)),
  limit: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 30 }))
})

const stepsOf = (plan: typeof Plan.Type): ReadonlyArray<Step> =>
  plan.steps.map(({ parents, files }, place) => ({
    parents: place === 0 ? [] : [...new Set(parents.map((parent) => parent % place))],
    files: Object.fromEntries(files.map((content, path) => [`path-${path}`, `content ${content}`]))
  }))

export const graph = (it: Suite) => {
  it.effect.prop(
    "answers about any history match the naive reading",
    { plan: Plan },
    ({ plan }) =>
      Effect.gen(function* () {
        const index = yield* wholeIndex
        const history = yield* historyOf(stepsOf(plan))
        const { repository } = history
        const ids = idsOf(history)
        const pick = (places: ReadonlyArray<number>) =>
          places.map((place) => at(ids.commits, place % ids.commits.length))
        const recorded = firstOf(history, plan.recorded)
        yield* index.record(batchOf(recorded))
        const { commits } = recorded
        const commitsWith = (counts: (commit: (typeof commits)[number]) => boolean) =>
          sorted(new Set(commits.filter(counts).map(({ stored }) => stored.id)))

        const known = yield* index.known(repository, ids)
        assert.deepStrictEqual(
          sorted(known.commits.keys()),
          commitsWith(() => true)
        )
        for (const commit of commits)
          assert.deepStrictEqual(known.commits.get(commit.stored.id), nodeOf(history, commit))
        assert.deepStrictEqual(sorted(known.snapshots), sorted(idsOf(recorded).snapshots))
        assert.deepStrictEqual(sorted(known.blobs), sorted(idsOf(recorded).blobs))

        const walked = distances(recorded, pick(plan.from))
        const ancestry = yield* index.ancestry(repository, pick(plan.from), plan.limit)
        const steps = ancestry.map(({ id }) => walked.get(id) ?? Number.NaN)
        assert.strictEqual(new Set(ancestry.map(({ id }) => id)).size, Math.min(plan.limit, walked.size))
        assert.deepStrictEqual(steps, sorted([...walked.values()].toSorted((a, b) => a - b).slice(0, plan.limit)))
        for (const node of ancestry) assert.deepStrictEqual(node, known.commits.get(node.id))

        const introducers = yield* index.introducersOf(repository, ids.blobs)
        for (const blob of ids.blobs) {
          assert.deepStrictEqual(
            sorted(introducers.get(blob) ?? []),
            commitsWith(({ introduces }) => introduces.includes(blob))
          )
        }

        const unintroduced = yield* allPages((page) => index.unintroducedBlobs(repository, page))
        const introduced = new Set<BlobId>(commits.flatMap(({ introduces }) => introduces))
        assert.deepStrictEqual(
          unintroduced,
          sorted(idsOf(recorded).blobs).filter((id) => !introduced.has(id))
        )

        const snapshotCommits = yield* index.commitsOfSnapshots(repository, ids.snapshots)
        for (const id of ids.snapshots) {
          assert.deepStrictEqual(
            sorted(snapshotCommits.get(id) ?? []),
            commitsWith(({ stored }) => stored.value.snapshotId === id)
          )
        }
        const sizeOf = new Map(history.blobs.map(({ id, size }) => [id, size]))
        const introductions = yield* index.introducedBy(repository, pick(plan.from))
        const asked = commits.filter(({ stored }) => pick(plan.from).includes(stored.id))
        assert.deepStrictEqual(
          sorted(introductions.keys()),
          sorted(new Set(asked.flatMap(({ introduces }) => introduces)))
        )
        for (const [blob, introduction] of introductions) {
          assert.strictEqual(introduction.size, sizeOf.get(blob))
          assert.deepStrictEqual(
            sorted(introduction.commits),
            sorted(asked.filter(({ introduces }) => introduces.includes(blob)).map(({ stored }) => stored.id))
          )
        }
        const newest = [...new Set(idsOf(recorded).commits)]
        assert.deepStrictEqual(
          yield* index.recentCommits(repository, plan.limit),
          newest.toReversed().slice(0, plan.limit)
        )
      }),
    { arbitrary: { runs: 25 } }
  )

  it.effect("a long line is walked to its end, whole or in parts, skipping unknown ids", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const history = yield* historyOf(lineOf(1_000))
      const ids = idsOf(history).commits
      yield* index.record(batchOf(history))
      const unknown = CommitId.make(sha256("unknown"))
      const whole = yield* index.ancestry(history.repository, [unknown, at(ids, -1)], 2_000)
      assert.deepStrictEqual(
        whole.map(({ id }) => id),
        ids.toReversed()
      )

      const pieces: Array<CommitId> = []
      for (let from = [at(ids, -1)]; from.length > 0;) {
        const piece = yield* index.ancestry(history.repository, from, 300)
        pieces.push(...piece.map(({ id }) => id))
        from = [...(piece.at(-1)?.parents ?? [])]
      }
      assert.deepStrictEqual(pieces, ids.toReversed())
    })
  )

  it.effect("a ladder of merges is walked once, not once per path", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const rungs = 60
      const history = yield* historyOf(
        Array.from({ length: rungs * 2 }, (_, place) => ({
          parents: place < 2 ? [] : [place - (place % 2) - 2, place - (place % 2) - 1],
          files: { a: String(place) }
        }))
      )
      const tips = idsOf(history).commits.slice(-2)
      yield* index.record(batchOf(history))
      assert.strictEqual((yield* index.ancestry(history.repository, tips, 1_000)).length, rungs * 2)
    })
  )

  it.effect("the empty blob needs no row to be introduced", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const history = yield* historyOf([{ parents: [], files: { empty: "" } }])
      yield* index.record({ ...batchOf(history), blobs: [] })
      const { commits } = idsOf(history)
      const introduced = yield* index.introducedBy(history.repository, commits)
      assert.deepStrictEqual([...introduced], [[emptyBlobId, { size: 0, commits }]])
    })
  )

  it.effect("empty queries have empty answers", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const nowhere = newRepository()
      assert.deepStrictEqual(yield* index.ancestry(nowhere, [], 10), [])
      assert.strictEqual((yield* index.introducedBy(nowhere, [])).size, 0)
      assert.strictEqual((yield* index.introducersOf(nowhere, [])).size, 0)
      assert.deepStrictEqual((yield* index.unintroducedBlobs(nowhere, { limit: 10 })).items, [])
      assert.strictEqual((yield* index.packs(nowhere)).packs.size, 0)
      assert.strictEqual((yield* index.staged(nowhere, [])).size, 0)
      assert.strictEqual((yield* index.commitsOfSnapshots(nowhere, [])).size, 0)
      assert.strictEqual((yield* index.manifests(nowhere, [])).size, 0)
      assert.strictEqual((yield* index.known(nowhere, nothing)).commits.size, 0)
      assert.strictEqual((yield* index.holdersOf(null, nothing)).commits.size, 0)
      assert.deepStrictEqual((yield* index.rows(nowhere, "blob", { limit: 10 })).items, [])
    })
  )
}
