/**
 * Annotations on existing commits: they merge to the same result in any order, leave the commit's bytes unchanged, are
 * served with the commit, and outlive the index.
 */
import { assert, describe, it } from "@effect/vitest"
import { writeDocument } from "@musehub/domain/invariant/Document"
import { readAnnotation } from "@musehub/domain/invariant/RepositoryDocuments"
import type { CommitRecord } from "@musehub/domain/object/Commit"
import { sha256 } from "@musehub/domain/object/Digest"
import type { CommitId } from "@musehub/domain/object/Id"
import {
  AnnotationRefused,
  joinRemarks,
  noRemarks,
  type Remarks,
  saysAll,
  testRunsMax
} from "@musehub/domain/repository/Annotation"
import { annotationCodec } from "@musehub/domain/repository/codecs"
import type { Repository } from "@musehub/domain/repository/Root"
import { annotate, annotated } from "@musehub/domain/usecase/annotations/annotate"
import { remarksAbout } from "@musehub/domain/usecase/annotations/readAnnotations"
import { Effect, Option } from "effect"
import { forSeeds, type Seeded } from "../../support/seeded.ts"
import { whileTimePasses } from "../../support/time.ts"
import {
  ada,
  assertRowsTellTheTruth,
  at,
  failingIndex,
  newRepository,
  opened,
  openedFor,
  pushSteps,
  startHub,
  type Step,
  step,
  storedBytesOf,
  type TestHub,
  withoutIndex
} from "../support/hubSamples.ts"
import { memoryIndex, memoryStore, someCommit } from "../support/rootSamples.ts"

const a = step("a", { f: "a" })
const b = step("b", { f: "b" }, [a], { reviewed_by: ["carol"], test_runs: 2 })

/** The same commit, with other remarks in its record. */
const saying = (each: Step, fields: Partial<Omit<CommitRecord, "commit_id">>): Step => ({
  ...each,
  commit: { ...each.commit, record: { ...each.commit.record, ...fields } }
})

const say = Effect.fnUntraced(function* (hub: TestHub, repository: Repository, commit: CommitId, remarks: Remarks) {
  return yield* at(hub)(annotate(yield* opened(hub, repository), commit, remarks))
})

const storedHash = (hub: TestHub, repository: Repository, id: CommitId) =>
  Effect.map(storedBytesOf(hub.store, repository.id, { type: "commit", id }), sha256)

/** Reads a commit as a clone does, from the index and from the store alone, and asserts that they agree. */
const served = Effect.fnUntraced(function* (hub: TestHub, repository: Repository, { commit }: Step) {
  const opens = yield* Effect.forEach([hub, withoutIndex(hub)], (from) => openedFor(from, repository, ada, "read"))
  const seen = yield* Effect.forEach(opens, (open) =>
    Effect.map(at(hub)(remarksAbout(open, new Set([commit.id]))), (remarks) => {
      const { reviewed_by, test_runs } = annotated(commit.record, remarks.get(commit.id))
      return { reviewedBy: reviewed_by, testRuns: test_runs }
    })
  )
  assert.deepStrictEqual(seen[0], seen[1])
  return seen[0] ?? noRemarks
})

const begun = Effect.fnUntraced(function* () {
  const hub = yield* startHub()
  const repository = yield* newRepository(hub)
  yield* pushSteps(hub, repository, "main", [a, b])
  return { hub, repository }
})

const randomRemarks = (random: Seeded): Remarks =>
  joinRemarks(noRemarks, {
    reviewedBy: random.some(["ada", "bob", "carol", "dave", "Zoë", "𝛼", "\ue000"], 0.4),
    testRuns: random.below(4)
  })

describe("joinRemarks", () => {
  it.effect("is commutative, associative and idempotent, and keeps exactly what both sides have", () =>
    forSeeds(300, (random) =>
      Effect.sync(() => {
        const [x, y, z] = [randomRemarks(random), randomRemarks(random), randomRemarks(random)]
        assert.deepStrictEqual(joinRemarks(x, y), joinRemarks(y, x))
        assert.deepStrictEqual(joinRemarks(joinRemarks(x, y), z), joinRemarks(x, joinRemarks(y, z)))
        assert.deepStrictEqual(joinRemarks(x, x), x)
        assert.deepStrictEqual(joinRemarks(x, noRemarks), x)
        const both = joinRemarks(x, y)
        assert.isTrue(saysAll(both, x) && saysAll(both, y))
        assert.strictEqual(both.reviewedBy.length, new Set([...x.reviewedBy, ...y.reviewedBy]).size)
        assert.include([x.testRuns, y.testRuns], both.testRuns)
        assert.strictEqual(saysAll(x, y), JSON.stringify(joinRemarks(x, y)) === JSON.stringify(x))
      })
    )
  )
})

describe("annotate", () => {
  it.effect("joins to union and maximum, and leaves the commit's bytes unchanged", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun()
      const before = yield* storedHash(hub, repository, b.commit.id)
      const first = yield* say(hub, repository, b.commit.id, { reviewedBy: ["dave", "bob"], testRuns: 1 })
      assert.deepStrictEqual(first, { reviewedBy: ["bob", "carol", "dave"], testRuns: 2 })
      const second = yield* say(hub, repository, b.commit.id, { reviewedBy: ["bob"], testRuns: 7 })
      assert.deepStrictEqual(second, { reviewedBy: ["bob", "carol", "dave"], testRuns: 7 })
      assert.deepStrictEqual(yield* served(hub, repository, b), second)
      assert.deepStrictEqual(yield* served(hub, repository, a), noRemarks)
      assert.strictEqual(yield* storedHash(hub, repository, b.commit.id), before)
      assert.strictEqual((yield* opened(hub, repository)).root.value.sequence, 1, "no ref moved")
      yield* assertRowsTellTheTruth(hub, repository.id)
    })
  )

  it.effect("gives the same result in any order, from any number of callers", () =>
    forSeeds(30, (random) =>
      Effect.gen(function* () {
        const [store, index] = [yield* memoryStore, yield* memoryIndex]
        const hubs = [yield* startHub({ store, index }), yield* startHub({ store, index })]
        const [hub] = hubs
        assert(hub !== undefined)
        const repository = yield* newRepository(hub)
        yield* pushSteps(hub, repository, "main", [a, b])
        const remarks = Array.from({ length: 6 }, () => randomRemarks(random))
        yield* whileTimePasses(
          Effect.forEach(remarks, (each) => say(random.pick(hubs), repository, b.commit.id, each), {
            concurrency: "unbounded",
            discard: true
          })
        )
        const expected = remarks.reduce(joinRemarks, { reviewedBy: ["carol"], testRuns: 2 })
        assert.deepStrictEqual(yield* served(hub, repository, b), expected)
      })
    )
  )

  it.effect("refuses more than one commit can have, at once or in sum, and unknown commits", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun()
      const names = (from: number, count: number) => Array.from({ length: count }, (_, n) => `reviewer ${from + n}`)
      const tooMuch: ReadonlyArray<Remarks> = [
        { reviewedBy: names(0, 1001), testRuns: 0 },
        { reviewedBy: ["r".repeat(1025)], testRuns: 0 },
        { reviewedBy: ["\ud800"], testRuns: 0 },
        { reviewedBy: [], testRuns: 1.5 },
        { reviewedBy: [], testRuns: testRunsMax + 1 },
        { reviewedBy: [], testRuns: 2 ** 53 - 1 }
      ]
      for (const remarks of tooMuch) {
        assert.instanceOf(yield* Effect.flip(say(hub, repository, a.commit.id, remarks)), AnnotationRefused)
      }
      yield* say(hub, repository, a.commit.id, { reviewedBy: names(0, 900), testRuns: 0 })
      const over = yield* Effect.flip(say(hub, repository, a.commit.id, { reviewedBy: names(900, 101), testRuns: 0 }))
      assert.instanceOf(over, AnnotationRefused)
      assert.strictEqual((yield* served(hub, repository, a)).reviewedBy.length, 900)
      const nowhere = yield* Effect.flip(
        say(hub, repository, someCommit("nowhere"), { reviewedBy: ["x"], testRuns: 1 })
      )
      assert.strictEqual(nowhere._tag, "CommitUnknown")
      assert.isTrue(Option.isNone(yield* at(hub)(readAnnotation(repository.id, someCommit("nowhere")))))
    })
  )

  it.effect(
    "counts a million test runs at most, whatever a push says, and heals a greater count of an earlier version",
    () =>
      Effect.gen(function* () {
        const { hub, repository } = yield* begun()
        yield* pushSteps(hub, repository, "main", [saying(b, { reviewed_by: [], test_runs: 2 ** 53 - 1 })])
        assert.deepStrictEqual(yield* served(hub, repository, b), { reviewedBy: ["carol"], testRuns: testRunsMax })
        const key = { kind: "annotation", repository: repository.id, commit: a.commit.id } as const
        const earlier = { repository: repository.id, commit: a.commit.id, reviewedBy: [], testRuns: 2 ** 53 - 1 }
        yield* at(hub)(writeDocument(key, annotationCodec, earlier, { _tag: "Absent" }))
        yield* say(hub, repository, a.commit.id, { reviewedBy: ["bob"], testRuns: 1 })
        const healed = Option.getOrThrow(yield* at(hub)(readAnnotation(repository.id, a.commit.id)))
        assert.deepStrictEqual([healed.value.reviewedBy, healed.value.testRuns], [["bob"], testRunsMax])
      })
  )

  it.effect("outlives the index, and is available while there is no index", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun()
      const said = yield* say(hub, repository, a.commit.id, { reviewedBy: ["bob"], testRuns: 5 })
      const rebuilt = yield* startHub({ store: hub.store })
      assert.deepStrictEqual(yield* served(rebuilt, repository, a), said)
      assert.deepStrictEqual(yield* served(rebuilt, repository, b), { reviewedBy: ["carol"], testRuns: 2 })
      const alone = yield* startHub({ store: hub.store, index: failingIndex(yield* memoryIndex, () => true) })
      assert.deepStrictEqual(yield* served(alone, repository, a), said)
      yield* assertRowsTellTheTruth(rebuilt, repository.id)
    })
  )
})

describe("a push whose commit has more remarks", () => {
  it.effect("is joined, and leaves the existing record", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun()
      const before = yield* storedHash(hub, repository, b.commit.id)
      const again = [a, saying(b, { reviewed_by: ["dave", "carol"], test_runs: 1 })]
      const answer = yield* pushSteps(hub, repository, "again", again)
      assert.strictEqual(answer.commits, 0)
      assert.deepStrictEqual(yield* served(hub, repository, b), { reviewedBy: ["carol", "dave"], testRuns: 2 })
      assert.strictEqual(yield* storedHash(hub, repository, b.commit.id), before)
      const rebuilt = yield* startHub({ store: hub.store })
      assert.deepStrictEqual(yield* served(rebuilt, repository, b), { reviewedBy: ["carol", "dave"], testRuns: 2 })
    })
  )

  it.effect("writes nothing when it adds nothing new", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun()
      yield* pushSteps(hub, repository, "again", [a, saying(b, { reviewed_by: [], test_runs: 1 })])
      assert.isTrue(Option.isNone(yield* at(hub)(readAnnotation(repository.id, b.commit.id))))
    })
  )

  it.effect("never fails for what only a record may contain", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun()
      const wild = saying(a, {
        reviewed_by: [...Array.from({ length: 1500 }, (_, n) => `r${n}`), "x".repeat(5000), "r1"],
        test_runs: -3
      })
      yield* pushSteps(hub, repository, "again", [wild])
      assert.strictEqual((yield* served(hub, repository, a)).reviewedBy.length, 1000)
    })
  )

  it.effect("ignores what a record contains beyond the limits of an annotation", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const repository = yield* newRepository(hub)
      const long = "x".repeat(5000)
      const wordy = saying(a, { reviewed_by: [long, "ada"] })
      yield* pushSteps(hub, repository, "main", [wordy])
      yield* say(hub, repository, a.commit.id, { reviewedBy: ["bob"], testRuns: 1 })
      assert.deepStrictEqual(yield* served(hub, repository, wordy), { reviewedBy: ["ada", "bob", long], testRuns: 1 })
    })
  )
})
