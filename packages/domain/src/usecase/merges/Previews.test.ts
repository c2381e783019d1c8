import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Layer, Result } from "effect"
import { expected } from "../../base/expected.ts"
import { AttributesRefused } from "../../merge/Attributes.ts"
import { sha256 } from "../../object/Digest.ts"
import { CommitId, RepositoryId } from "../../object/Id.ts"
import { HubBusy } from "../admission/Admission.ts"
import { ungoverned } from "./governance/governing.ts"
import { type Heads, layer, type PreviewedTree, Previews } from "./Previews.ts"

const commit = (name: string) => CommitId.make(sha256(name))
const repositoryOf = (digit: number) => RepositoryId.make(`00000000-0000-4000-8000-00000000000${digit}`)

const heads = (theirs: string, repository = 1): Heads => ({
  repository: repositoryOf(repository),
  ours: commit("main"),
  theirs: commit(theirs)
})

const tree = (path = "song.txt"): PreviewedTree => ({
  outcome: "conflicted",
  bases: [],
  conflicts: [{ path, kind: "both_modified", base: null, ours: null, theirs: null, cause: "changes" }],
  conflictCount: 1,
  snapshotId: null,
  warnings: [],
  governed: ungoverned
})

const preview = Effect.fnUntraced(function* <R>(of: Heads, compute: Effect.Effect<PreviewedTree, HubBusy, R>) {
  const previews = yield* Previews
  return yield* Effect.fromResult(yield* previews.of(of, Effect.map(compute, Result.succeed)))
})

/** A computation that is counted, and that ends when the gate opens. */
const gated = Effect.gen(function* () {
  const gate = yield* Deferred.make<void>()
  const counts = { started: 0, running: 0, most: 0 }
  const compute = Effect.gen(function* () {
    counts.started++
    counts.most = Math.max(counts.most, ++counts.running)
    yield* Deferred.await(gate)
    counts.running--
    return tree()
  })
  return { compute, counts, open: Deferred.succeed(gate, undefined) }
})

const forked = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.forkChild(effect, { startImmediately: true })
const kept = Effect.provide(Layer.fresh(layer))

describe("previews", () => {
  it.effect("of the same heads are computed once, at the same moment and later", () =>
    Effect.gen(function* () {
      const { compute, counts, open } = yield* gated
      const asked = yield* Effect.forEach(Array.from({ length: 50 }), () => forked(preview(heads("topic"), compute)))
      yield* open
      for (const fiber of asked) assert.deepStrictEqual(yield* Fiber.join(fiber), tree())
      assert.deepStrictEqual(yield* preview(heads("topic"), compute), tree())
      assert.strictEqual(counts.started, 1)
    }).pipe(kept)
  )

  it.effect("of one repository are computed one at a time, and of others beside them", () =>
    Effect.gen(function* () {
      const { compute, counts, open } = yield* gated
      const asked = ["a", "b", "c"].map((theirs) => preview(heads(theirs), compute))
      const fibers = yield* Effect.forEach([...asked, preview(heads("a", 2), compute)], forked)
      yield* Effect.yieldNow
      assert.strictEqual(counts.running, 2)
      yield* open
      for (const fiber of fibers) yield* Fiber.join(fiber)
      assert.deepStrictEqual([counts.started, counts.most], [4, 2])
    }).pipe(kept)
  )

  it.effect("go on when the caller who asked first leaves", () =>
    Effect.gen(function* () {
      const { compute, counts, open } = yield* gated
      const first = yield* forked(preview(heads("topic"), compute))
      const second = yield* forked(preview(heads("topic"), compute))
      yield* Effect.yieldNow
      yield* Fiber.interrupt(first)
      yield* open
      assert.deepStrictEqual(yield* Fiber.join(second), tree())
      assert.strictEqual(counts.started, 1)
    }).pipe(kept)
  )

  it.effect("of one repository that wait are a bounded number, and the rest is refused", () =>
    Effect.gen(function* () {
      const { compute, open } = yield* gated
      const fibers = yield* Effect.forEach(Array.from({ length: 8 }), (_, at) =>
        forked(preview(heads(`topic ${at}`), compute))
      )
      assert.instanceOf(yield* Effect.flip(preview(heads("one more"), compute)), HubBusy)
      const shared = yield* forked(preview(heads("topic 7"), compute))
      yield* open
      for (const fiber of [...fibers, shared]) yield* Fiber.join(fiber)
      assert.deepStrictEqual(yield* preview(heads("one more"), compute), tree())
    }).pipe(kept)
  )

  it.effect("that failed are computed again, and rules that were refused are not", () =>
    Effect.gen(function* () {
      let computed = 0
      const counted = <A, E>(effect: Effect.Effect<A, E>) =>
        Effect.andThen(
          Effect.sync(() => computed++),
          effect
        )
      const busy = counted(Effect.fail(new HubBusy()))
      for (let time = 0; time < 2; time++) yield* Effect.flip(preview(heads("topic"), busy))
      assert.strictEqual(computed, 2)
      const { of } = yield* Previews
      const refused = new AttributesRefused({ line: 1, column: 1, reason: "no" })
      for (let time = 0; time < 2; time++) yield* of(heads("rules"), counted(Effect.succeed(Result.fail(refused))))
      assert.strictEqual(computed, 3)
    }).pipe(kept)
  )

  it.effect("are kept within a number of bytes: the ones that were not asked for are dropped first", () =>
    Effect.gen(function* () {
      let computed = 0
      const large = Effect.sync(() => {
        computed++
        const conflict = expected(tree("p".repeat(1500)).conflicts[0], "a conflict")
        return { ...tree(), conflicts: Array.from({ length: 1000 }, () => conflict) }
      })
      yield* preview(heads("often"), large)
      yield* preview(heads("once"), large)
      for (let at = 0; at < 5; at++) {
        yield* preview(heads(`other ${at}`), large)
        yield* preview(heads("often"), large)
      }
      assert.strictEqual(computed, 7)
      yield* preview(heads("often"), large)
      assert.strictEqual(computed, 7)
      yield* preview(heads("once"), large)
      assert.strictEqual(computed, 8)
    }).pipe(kept)
  )
})
