/**
 * Serving histories and rebuilding the index: a client receives what it lacks and nothing else, from the index or from
 * the store alone; and an index rebuilt from the store gives the same answers.
 */
import { admitted } from "@musehub/domain/usecase/admission/Admission"
import type { WholeIndex } from "@musehub/contract/wholeIndex"
import { assert, describe, it } from "@effect/vitest"
import type { CommitId } from "@musehub/domain/object/Id"
import type { Repository } from "@musehub/domain/repository/Root"
import { catchUp } from "@musehub/domain/usecase/recovery/catchUp"
import { missingBlobs } from "@musehub/domain/usecase/push/missingBlobs"
import { annotate } from "@musehub/domain/usecase/annotations/annotate"
import { servedSize } from "@musehub/domain/invariant/servedObjects"
import { fetchHistory } from "@musehub/domain/usecase/fetch/fetchHistory"
import { negotiate } from "@musehub/domain/usecase/fetch/negotiate"
import { planFetch, WantUnknown } from "@musehub/domain/usecase/fetch/planFetch"
import { packedBlobBytesMax } from "@musehub/domain/pack/limits"
import { Effect, Stream } from "effect"
import { callCount } from "../../support/countingStore.ts"
import { interposed } from "../../support/interposedStore.ts"
import { forSeeds, type Seeded } from "../../support/seeded.ts"
import { whileTimePasses } from "../../support/time.ts"
import {
  ada,
  assertRowsTellTheTruth,
  at,
  bob,
  clone,
  failingIndex,
  headsOf,
  loseObjects,
  newRepository,
  opened,
  openedFor,
  planOf,
  pushSteps,
  rowsOf,
  startHub,
  type Step,
  step,
  type TestHub,
  withoutIndex
} from "../support/hubSamples.ts"
import { lacking, pushAtRandom, reached, type Steps } from "../support/RandomHistory.ts"
import { memoryIndex, memoryStore, someCommit } from "../support/rootSamples.ts"

const someOf = (random: Seeded, steps: Steps): ReadonlyArray<CommitId> =>
  random.some([...steps.keys()], random.pick([0.03, 0.15, 0.5]))

const randomWorld = Effect.fnUntraced(function* (random: Seeded, options: { readonly force?: boolean } = {}) {
  const hub = yield* startHub()
  const repository = yield* newRepository(hub)
  return { hub, repository, ...(yield* pushAtRandom(random, 1 + random.below(8), repository, () => hub, options)) }
})

describe("planFetch", () => {
  it.effect("plans what is reachable from `want` and not from `have`, from the index and from the store", () =>
    forSeeds(60, (random) =>
      Effect.gen(function* () {
        const { heads, hub, repository, steps } = yield* randomWorld(random)
        const opens = [yield* opened(hub, repository), yield* openedFor(withoutIndex(hub), repository, ada, "read")]
        for (let question = 0; question < 6; question += 1) {
          const want = random.chance(0.3) ? [...heads.values()] : someOf(random, steps)
          const have = random.chance(0.2) ? [] : [...someOf(random, steps), ...random.some([someCommit("theirs")], 0.5)]
          const expected = lacking(steps, want, have)
          for (const open of opens) {
            const plan = yield* at(hub)(admitted("plan", planFetch(open, want, have)))
            assert.deepStrictEqual(plan.commits.map(({ id }) => id).toSorted(), expected.commits)
            assert.deepStrictEqual(plan.snapshots.toSorted(), expected.snapshots)
            assert.deepStrictEqual([...plan.blobs.keys()].toSorted(), expected.blobs)
            const sent = new Set<CommitId>()
            for (const { id, parents } of plan.commits) {
              assert.isTrue(parents.every((parent) => sent.has(parent) || !expected.commits.includes(parent)))
              sent.add(id)
            }
            for (const [id, size] of plan.blobs)
              assert.strictEqual(size, yield* at(hub)(servedSize({ repository: repository.id, type: "blob", id })))
          }
        }
        yield* clone(hub, repository, [...heads.values()])
      })
    )
  )

  it.effect("refuses a want that no root ever reached, and names the first hundred", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const repository = yield* newRepository(hub)
      const known = step("known", { f: "f" })
      yield* pushSteps(hub, repository, "main", [known])
      const strangers = Array.from({ length: 150 }, (_, n) => someCommit(`stranger ${n}`))
      for (const open of [
        yield* opened(hub, repository),
        yield* openedFor(withoutIndex(hub), repository, ada, "read")
      ]) {
        const failed = yield* Effect.flip(
          at(hub)(admitted("plan", planFetch(open, [known.commit.id, ...strangers], [])))
        )
        assert.instanceOf(failed, WantUnknown)
        assert.deepStrictEqual([failed.missing.length, failed.total], [100, 150])
      }
    })
  )

  it.effect("sends nothing to a client that is ahead", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const repository = yield* newRepository(hub)
      const old = step("old", { f: "f" })
      const newer = step("newer", { f: "g" }, [old])
      yield* pushSteps(hub, repository, "main", [old, newer])
      const { blobs, commits, snapshots } = yield* planOf(hub, repository, [old.commit.id], [newer.commit.id])
      assert.deepStrictEqual([commits, snapshots, blobs], [[], [], []])
    })
  )

  it.effect("continues from the store while the index is away", () =>
    Effect.gen(function* () {
      let away = false
      const index = failingIndex(yield* memoryIndex, () => away)
      const hub = yield* startHub({ index })
      const repository = yield* newRepository(hub)
      const old = step("old", { f: "f", same: "same" })
      const newer = step("newer", { f: "g", same: "same" }, [old])
      yield* pushSteps(hub, repository, "main", [old, newer])
      away = true
      assert.deepStrictEqual(yield* headsOf(hub, repository), { main: newer.commit.id })
      const plan = yield* clone(hub, repository, [newer.commit.id])
      assert.isFalse(plan.open.indexed)
      const { blobs } = yield* planOf(hub, repository, [newer.commit.id], [old.commit.id])
      assert.deepStrictEqual(blobs, [...newer.snapshot.manifest.values()].slice(0, 1))
    })
  )
})

describe("fetchHistory", () => {
  const large = "x".repeat(packedBlobBytesMax + 1)
  const first = step("first", { small: "s", empty: "" })
  const second = step("second", { small: "s", large }, [first])

  it.effect("returns commits with their annotations, snapshots and blobs, with the index and without", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const repository = yield* newRepository(hub)
      yield* pushSteps(hub, repository, "main", [first, second])
      const open = yield* opened(hub, repository)
      yield* at(hub)(annotate(open, first.commit.id, { reviewedBy: ["bob"], testRuns: 2 }))
      for (const reading of [open, yield* openedFor(withoutIndex(hub), repository, ada, "read")]) {
        const wanted = { want: [second.commit.id], have: [], haveBlobs: [] }
        const history = yield* at(hub)(fetchHistory(reading, wanted))
        assert.deepStrictEqual(history.counts, { commits: 2, snapshots: 2, wholeBlobs: 2, streamedBlobs: 1 })
        assert.deepStrictEqual(yield* at(hub)(Stream.runCollect(history.commits)), [
          { ...first.commit.record, reviewed_by: ["bob"], test_runs: 2 },
          second.commit.record
        ])
        const snapshots = yield* at(hub)(Stream.runCollect(history.snapshots))
        assert.sameDeepMembers(yield* Effect.forEach(snapshots, ({ decoded }) => decoded()), [
          first.snapshot,
          second.snapshot
        ])
        const whole = yield* at(hub)(Stream.runCollect(history.wholeBlobs))
        assert.sameMembers(
          whole.map(({ content }) => Buffer.from(content).toString()),
          ["s", ""]
        )
        const [streamed] = yield* Stream.runCollect(history.streamedBlobs)
        assert(streamed !== undefined)
        assert.strictEqual(streamed.size, large.length)
        assert.strictEqual(yield* at(hub)(Stream.mkString(Stream.decodeText(streamed.content))), large)
      }
    })
  )

  it.effect("fails when the store has lost an object that it reads", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const repository = yield* newRepository(hub)
      yield* pushSteps(hub, repository, "main", [first, second])
      const cold = yield* startHub({ store: hub.store, index: hub.index })
      const open = yield* opened(cold, repository)
      const history = yield* at(cold)(fetchHistory(open, { want: [second.commit.id], have: [], haveBlobs: [] }))
      yield* loseObjects(hub.store, repository.id)
      const lost = yield* Effect.flip(at(cold)(Stream.runDrain(history.snapshots)))
      assert.strictEqual(lost._tag, "ObjectUnread")
      assert.strictEqual(lost._tag === "ObjectUnread" ? lost.cause._tag : undefined, "ObjectMissing")
    })
  )
})

describe("missingBlobs", () => {
  it.effect("counts only the blobs of accepted pushes as held", () =>
    forSeeds(20, (random) =>
      Effect.gen(function* () {
        const { hub, repository, steps } = yield* randomWorld(random)
        const open = yield* opened(hub, repository)
        const refused = step("refused", { r: `refused ${random.next()}` })
        yield* Effect.flip(pushSteps(hub, repository, "main", [refused], { snapshots: [] }))
        const held = [...new Set([...steps.values()].flatMap((each) => each.blobs.map(({ id }) => id)))]
        const asked = [...held, ...refused.blobs.map(({ id }) => id)]
        assert.deepStrictEqual(
          yield* at(hub)(missingBlobs(open, asked)),
          refused.blobs.map(({ id }) => id)
        )
      })
    )
  )
})

describe("negotiate", () => {
  it.effect("acknowledges commits that the hub has, finds a nearest common base, and is ready when there is one", () =>
    forSeeds(60, (random) =>
      Effect.gen(function* () {
        const { hub, repository, steps } = yield* randomWorld(random)
        const open = yield* opened(hub, repository)
        const want = someOf(random, steps)
        const have = [someCommit("theirs"), ...someOf(random, steps)]
        const answer = yield* at(hub)(negotiate(open, want, have))
        assert.deepStrictEqual(answer.acknowledged, have.slice(1))
        const wanted = new Set(reached(steps, want).map(({ commit }) => commit.id))
        const bases = answer.acknowledged.filter((id) => wanted.has(id))
        assert.strictEqual(answer.ready, bases.length > 0)
        if (answer.commonBase === null) assert.deepStrictEqual(bases, [])
        else {
          assert.include(bases, answer.commonBase)
          for (const base of bases)
            assert.isFalse(
              base !== answer.commonBase &&
                reached(steps, [base]).some(({ commit }) => commit.id === answer.commonBase),
              "no other common commit is above the base"
            )
        }
      })
    )
  )
})

describe("the index, rebuilt", () => {
  /** Another process over the same store, with an empty index. */
  const withEmptyIndex = (hub: TestHub) => startHub({ store: hub.store })

  const idsOf = (steps: Steps) => ({
    blobs: [...new Set([...steps.values()].flatMap((each) => [...each.snapshot.manifest.values()]))],
    snapshots: [...new Set([...steps.values()].map(({ snapshot }) => snapshot.id))],
    commits: [...steps.keys()]
  })

  /** Every answer of an index about a repository, in a form that can be compared. */
  const answersOf = Effect.fnUntraced(function* (index: WholeIndex, { id, owner, slug }: Repository, steps: Steps) {
    const ids = idsOf(steps)
    const plainly = <K extends string>(map: ReadonlyMap<K, ReadonlyArray<string>>) =>
      Object.fromEntries([...map].map(([key, values]) => [key, values.toSorted()]))
    const known = yield* index.known(id, ids)
    return {
      row: yield* index.repositoryByName(owner, slug),
      rows: yield* rowsOf(index, id),
      known: {
        blobs: [...known.blobs].toSorted(),
        snapshots: [...known.snapshots].toSorted(),
        commits: Object.fromEntries(known.commits)
      },
      introducedBy: Object.fromEntries(
        [...(yield* index.introducedBy(id, ids.commits))].map(([blob, { commits, size }]) => [
          blob,
          { size, commits: commits.toSorted() }
        ])
      ),
      introducersOf: plainly(yield* index.introducersOf(id, ids.blobs)),
      commitsOfSnapshots: plainly(yield* index.commitsOfSnapshots(id, ids.snapshots)),
      recent: (yield* index.recentCommits(id, 10_000)).toSorted()
    }
  })

  it.effect("from the store alone, answers every question like the index that saw the pushes", () =>
    forSeeds(40, (random) =>
      Effect.gen(function* () {
        const { heads, hub, repository, steps } = yield* randomWorld(random)
        const rebuilt = yield* withEmptyIndex(hub)
        assert.deepStrictEqual(new Map(Object.entries(yield* headsOf(rebuilt, repository))), heads)
        assert.deepStrictEqual(
          yield* answersOf(rebuilt.index, repository, steps),
          yield* answersOf(hub.index, repository, steps)
        )
        yield* assertRowsTellTheTruth(rebuilt, repository.id)
        for (let question = 0; question < 3; question += 1) {
          const [want, have] = [someOf(random, steps), someOf(random, steps)]
          const [was, is] = [yield* planOf(hub, repository, want, have), yield* planOf(rebuilt, repository, want, have)]
          assert.deepStrictEqual([is.commits, is.snapshots, is.blobs], [was.commits, was.snapshots, was.blobs])
        }
        yield* pushSteps(rebuilt, repository, "new", [step("onwards", { on: "on" }, [...steps.values()].slice(-1))])
      })
    )
  )

  it.effect("catches up from any state, in any process", () =>
    forSeeds(40, (random) =>
      Effect.gen(function* () {
        const [store, index] = [yield* memoryStore, yield* memoryIndex]
        const moody = failingIndex(index, (operation) => operation === "record" && random.chance(0.4))
        const whole = yield* startHub({ store, index })
        const repository = yield* newRepository(whole)
        const hubs = [yield* startHub({ store, index: moody }), yield* startHub({ store, index: moody })]
        const { heads, steps } = yield* whileTimePasses(pushAtRandom(random, 8, repository, () => random.pick(hubs)))
        yield* clone(whole, repository, [...heads.values()])
        const rebuilt = yield* withEmptyIndex(whole)
        yield* clone(rebuilt, repository, [...heads.values()])
        assert.deepStrictEqual(
          yield* answersOf(index, repository, steps),
          yield* answersOf(rebuilt.index, repository, steps)
        )
      })
    )
  )

  it.effect("of a long history is complete, although it is recorded in several batches", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const repository = yield* newRepository(hub)
      const history: Array<Step> = []
      for (let n = 0; n < 450; n += 1)
        history.push(step(`${n}`, { f: `${n % 40}`, [`d/${n % 7}`]: `${n}` }, history.slice(-1)))
      yield* pushSteps(hub, repository, "main", history)
      const steps = new Map(history.map((each) => [each.commit.id, each]))
      const rebuilt = yield* withEmptyIndex(hub)
      const tip = history.at(-1)?.commit.id ?? someCommit("none")
      assert.strictEqual((yield* clone(rebuilt, repository, [tip])).commits.length, 450)
      assert.deepStrictEqual(
        yield* answersOf(rebuilt.index, repository, steps),
        yield* answersOf(hub.index, repository, steps)
      )
    })
  )

  it.effect("omits what refused pushes left in the store", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const repository = yield* newRepository(hub)
      const kept = step("kept", { f: "f" })
      yield* pushSteps(hub, repository, "main", [kept])
      const sideways = step("sideways", { g: "g" })
      yield* Effect.flip(pushSteps(hub, repository, "main", [sideways]))
      const rebuilt = yield* withEmptyIndex(hub)
      yield* headsOf(rebuilt, repository)
      const rows = yield* rowsOf(rebuilt.index, repository.id)
      assert.deepStrictEqual(
        [rows.commit, rows.snapshot, rows.blob].map((each) => each.map(({ id }) => id as string)),
        [[kept.commit.id], [kept.snapshot.id], kept.blobs.map(({ id }) => id)]
      )
    })
  )

  it.effect("covers what any root led to, also what a force push left behind", () =>
    forSeeds(15, (random) =>
      Effect.gen(function* () {
        const { hub, repository, steps } = yield* randomWorld(random, { force: true })
        const rebuilt = yield* withEmptyIndex(hub)
        yield* headsOf(rebuilt, repository)
        assert.deepStrictEqual(
          yield* answersOf(rebuilt.index, repository, steps),
          yield* answersOf(hub.index, repository, steps)
        )
      })
    )
  )

  it.effect("reads nothing again when only its branch rows are behind", () =>
    Effect.gen(function* () {
      const count = callCount()
      const hub = yield* startHub({ store: interposed(yield* memoryStore, count.interpose) })
      const repository = yield* newRepository(hub)
      yield* pushSteps(hub, repository, "main", [step("a", { a: "a" })])
      const { root } = yield* opened(hub, repository)
      count.reset()
      yield* at(hub)(catchUp(root))
      assert.deepStrictEqual(count.calls, [])
    })
  )

  it.effect("is complete when several callers rebuild it at once", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const repository = yield* newRepository(hub)
      const [first, second] = [step("first", { a: "a" }), step("second", { b: "b" })]
      const merge = step("merge", { a: "a", b: "b" }, [first, second])
      yield* pushSteps(hub, repository, "main", [first, second, merge])
      const rebuilt = yield* withEmptyIndex(hub)
      yield* Effect.forEach([1, 2, 3, 4], () => clone(rebuilt, repository, [merge.commit.id], bob), {
        concurrency: "unbounded"
      })
      const steps: Steps = new Map([first, second, merge].map((each) => [each.commit.id, each]))
      assert.deepStrictEqual(
        yield* answersOf(rebuilt.index, repository, steps),
        yield* answersOf(hub.index, repository, steps)
      )
    })
  )

  it.effect("reports a pack that the store has lost, and the rest can be read", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const repository = yield* newRepository(hub)
      const first = step("first", { a: "a" })
      yield* pushSteps(hub, repository, "main", [first])
      yield* loseObjects(hub.store, repository.id)
      const second = step("second", { b: "b" }, [first])
      yield* pushSteps(hub, repository, "main", [second])
      const rebuilt = yield* withEmptyIndex(hub)
      yield* opened(rebuilt, repository)
      const rows = yield* rowsOf(rebuilt.index, repository.id)
      assert.deepStrictEqual<ReadonlyArray<string>>(
        rows.commit.map(({ id }) => id),
        [second.commit.id]
      )
      const failed = yield* Effect.flip(clone(rebuilt, repository, [second.commit.id]))
      assert.strictEqual(failed._tag, "ObjectMissing")
      assert.include(String(failed), first.commit.id)
    })
  )
})
