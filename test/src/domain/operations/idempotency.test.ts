/**
 * Calls under an idempotency key: while a key's record exists, its work runs once, whatever arrives together, fails,
 * crashes or is sent again; the same answer is returned each time, and one user's keys do not affect another's.
 */
import { assert, describe, it } from "@effect/vitest"
import { sha256 } from "@musehub/domain/object/Digest"
import { UserName } from "@musehub/domain/repository/Names"
import {
  type Answer,
  AnswerNotKept,
  answerOnce,
  KeyInUse,
  KeyReused
} from "@musehub/domain/usecase/requests/answerOnce"
import { Context, Data, Deferred, Effect, Exit, Fiber, Result } from "effect"
import { TestClock } from "effect/testing"
import { checkingTooEarly } from "../../support/brokenStore.ts"
import { injecting, random, scripted } from "../../support/faultyStore.ts"
import { interposed, type Store } from "../../support/interposedStore.ts"
import { forSeeds } from "../../support/seeded.ts"
import { whileTimePasses } from "../../support/time.ts"
import { at, startHub, type TestHub } from "../support/hubSamples.ts"
import { memoryIndex, memoryStore, fencedRootsOver } from "../support/rootSamples.ts"

class WorkFailed extends Data.TaggedError("WorkFailed")<{}> {}

const requests = /^hub\/requests\//

interface Call {
  readonly user?: string
  readonly key?: string
  /** The request. */
  readonly request?: string
}

const call = <E>(hub: TestHub, work: Effect.Effect<Answer, E>, { user = "ada", key = "k", request = "r" }: Call = {}) =>
  at(hub)(answerOnce({ user: UserName.make(user), key, request: sha256(request) }, work))

/** Work that counts its runs: the first answers 1, the second 2. */
const counting = () => {
  const state = { runs: 0 }
  const work = Effect.sync((): Answer => ({ status: 201, body: String((state.runs += 1)) }))
  return { state, work }
}

/** A store that loses writes of a call's record after the first, which claims the key. */
const losing = (store: Store, writes: number): Store =>
  interposed(
    store,
    injecting(
      scripted(
        Array.from({ length: writes }, (_, lost) => ({
          operation: "documents.write",
          path: requests,
          nth: lost + 2,
          fault: { failBefore: true }
        }))
      )
    )
  )

describe("a call under an idempotency key", () => {
  it.effect("works once, and gives the same answer when it is sent again", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const { state, work } = counting()
      assert.deepStrictEqual(yield* call(hub, work), { answer: { status: 201, body: "1" }, replayed: false })
      assert.deepStrictEqual(yield* call(hub, work), { answer: { status: 201, body: "1" }, replayed: true })
      yield* TestClock.adjust("30 days")
      assert.isTrue((yield* call(hub, work)).replayed)
      assert.strictEqual(state.runs, 1)
    })
  )

  it.effect("is refused when the key was used for another request", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const { state, work } = counting()
      yield* call(hub, work)
      const refused = yield* Effect.flip(call(hub, work, { request: "another" }))
      assert.instanceOf(refused, KeyReused)
      assert.match(refused.message, /"k" was used for another request/)
      assert.strictEqual(state.runs, 1)
    })
  )

  it.effect("is independent of the same key of another user, and of another key", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const { state, work } = counting()
      yield* call(hub, work)
      assert.isFalse((yield* call(hub, work, { user: "bob" })).replayed)
      assert.isFalse((yield* call(hub, work, { key: "K" })).replayed)
      assert.strictEqual(state.runs, 3)
    })
  )

  it.effect("is refused with a time to retry while the first one is under way", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const go = yield* Deferred.make<Answer>()
      const started = yield* Deferred.make<void>()
      const first = yield* Effect.forkChild(
        call(hub, Effect.andThen(Deferred.succeed(started, undefined), Deferred.await(go)))
      )
      yield* Deferred.await(started)
      yield* TestClock.adjust("4 minutes")
      const waiting = yield* Effect.flip(call(hub, Effect.die(new Error("must not run"))))
      assert.instanceOf(waiting, KeyInUse)
      assert.isAbove(waiting instanceof KeyInUse ? waiting.retryAfterSeconds : 0, 0)
      yield* Deferred.succeed(go, { status: 200, body: "done" })
      assert.isFalse((yield* Fiber.join(first)).replayed)
      assert.strictEqual((yield* call(hub, Effect.die(new Error("must not run")))).answer.body, "done")
    })
  )

  it.effect("releases the key when it fails", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const { state, work } = counting()
      const ends: ReadonlyArray<Effect.Effect<Answer, WorkFailed>> = [
        Effect.fail(new WorkFailed()),
        Effect.die(new Error("a defect"))
      ]
      for (const end of ends) assert.isTrue(Exit.isFailure(yield* Effect.exit(call(hub, end))))
      assert.isFalse((yield* call(hub, work, { request: "another" })).replayed)
      assert.isTrue((yield* call(hub, work, { request: "another" })).replayed)
      assert.strictEqual(state.runs, 1)
    })
  )

  it.effect("counts as crashed after five minutes without an answer, and the next one works", () =>
    Effect.gen(function* () {
      const store = yield* memoryStore
      // The second write, which would store the answer, is lost each time.
      const dying = yield* startHub({ store: losing(store, 1000) })
      const { state, work } = counting()
      yield* whileTimePasses(call(dying, work))
      const hub = yield* startHub({ store })
      yield* TestClock.adjust("4 minutes")
      assert.instanceOf(yield* Effect.flip(call(hub, work)), KeyInUse)
      assert.instanceOf(yield* Effect.flip(call(hub, work, { request: "another" })), KeyReused)
      yield* TestClock.adjust("61 seconds")
      assert.deepStrictEqual(yield* call(hub, work), { answer: { status: 201, body: "2" }, replayed: false })
      assert.isTrue((yield* call(hub, work)).replayed)
      assert.strictEqual(state.runs, 2)
    })
  )

  it.effect("has its answer kept once a store is back that was away when it came", () =>
    Effect.gen(function* () {
      const hub = yield* startHub({ store: losing(yield* memoryStore, 6) })
      const { state, work } = counting()
      yield* whileTimePasses(call(hub, work))
      assert.instanceOf(yield* Effect.flip(call(hub, work)), KeyInUse)
      yield* TestClock.adjust("3 seconds")
      assert.deepStrictEqual(yield* call(hub, work), { answer: { status: 201, body: "1" }, replayed: true })
      assert.strictEqual(state.runs, 1)
    })
  )

  for (const fault of [{ failBefore: true }, { failAfter: true }]) {
    it.effect(`claims its key although the write of the claim met a fault (${Object.keys(fault).join()})`, () =>
      Effect.gen(function* () {
        const faults = scripted([{ operation: "documents.write", path: requests, nth: 1, fault }])
        const hub = yield* startHub({ store: interposed(yield* memoryStore, injecting(faults)) })
        const { state, work } = counting()
        assert.isFalse((yield* whileTimePasses(call(hub, work))).replayed)
        assert.isTrue((yield* call(hub, work)).replayed)
        assert.strictEqual(state.runs, 1)
      })
    )
  }

  it.effect("completes when its client disconnects, and keeps the answer", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const { state, work } = counting()
      const started = yield* Deferred.make<void>()
      const slow = Deferred.succeed(started, undefined).pipe(
        Effect.andThen(Effect.sleep("10 seconds")),
        Effect.andThen(work)
      )
      const first = yield* Effect.forkChild(call(hub, slow))
      yield* Deferred.await(started)
      const hangUp = yield* Effect.forkChild(Fiber.interrupt(first))
      yield* TestClock.adjust("11 seconds")
      yield* Fiber.join(hangUp)
      assert.deepStrictEqual(yield* call(hub, work), { answer: { status: 201, body: "1" }, replayed: true })
      assert.strictEqual(state.runs, 1)
    })
  )

  it.effect("keeps answers of up to 64 KiB; for a larger one it records that it was given", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const answer = (bytes: number): Effect.Effect<Answer> =>
        // Two bytes each: the limit counts bytes.
        Effect.succeed({ status: 201, body: "é".repeat(bytes / 2) })
      yield* call(hub, answer(64 * 1024))
      assert.isTrue((yield* call(hub, answer(64 * 1024))).replayed)
      assert.isFalse((yield* call(hub, answer(64 * 1024 + 2), { key: "large" })).replayed)
      const again = yield* Effect.flip(call(hub, answer(64 * 1024 + 2), { key: "large" }))
      assert.instanceOf(again, AnswerNotKept)
      assert.match(again.message, /answered with 201 before/)
    })
  )

  it.effect("works once on a store that ignores conditions, under the lock that replaces them", () =>
    Effect.gen(function* () {
      const honest = yield* memoryStore
      const store = checkingTooEarly(honest)
      const index = yield* memoryIndex
      const hub = yield* startHub({ store, index })
      const fencing = yield* fencedRootsOver(store, { fence: "database", index })
      const fenced: TestHub = { ...hub, services: Context.merge(hub.services, fencing) }
      const { state, work } = counting()
      yield* whileTimePasses(
        Effect.forEach(Array.from({ length: 12 }), () => Effect.result(call(fenced, work)), {
          concurrency: "unbounded"
        })
      )
      assert.strictEqual(state.runs, 1)
    })
  )

  it.effect("never works twice, whatever arrives together, fails or is sent again", () =>
    forSeeds(60, (seed) =>
      Effect.gen(function* () {
        const store = yield* memoryStore
        const faults = random(seed, {
          "documents.write": { failBefore: 0.1, failAfter: 0.1, turnsMax: 4 },
          other: { failBefore: 0.05, turnsMax: 4 }
        })
        const processes = [
          yield* startHub({ store: interposed(store, injecting(faults)) }),
          yield* startHub({ store: interposed(store, injecting(faults)) })
        ]
        const keys = ["one", "two"].map((key) => ({ key, running: 0, answers: [] as Array<string> }))
        const given = new Map<string, Set<string>>()
        const send = Effect.gen(function* () {
          yield* Effect.sleep(seed.below(30))
          const state = seed.pick(keys)
          const fails = seed.chance(0.4)
          const turns = seed.below(6)
          const work = Effect.gen(function* () {
            state.running += 1
            assert.strictEqual(state.running, 1, "two calls work at once")
            for (let turn = 0; turn < turns; turn++) yield* Effect.yieldNow
            state.running -= 1
            if (fails) return yield* new WorkFailed()
            const answer = { status: 201, body: `${state.key} ${state.answers.length}` }
            state.answers.push(answer.body)
            return answer
          })
          const outcome = yield* Effect.result(call(seed.pick(processes), work, { key: state.key }))
          if (Result.isFailure(outcome)) {
            assert.include(["KeyInUse", "StoreUnavailable", "WorkFailed"], outcome.failure._tag)
            return
          }
          const bodies = given.get(state.key) ?? new Set()
          given.set(state.key, bodies.add(outcome.success.answer.body))
        })
        yield* whileTimePasses(
          Effect.forEach(Array.from({ length: 40 }), () => send, { concurrency: 12, discard: true })
        )
        for (const { key, answers } of keys) {
          assert.isAtMost(answers.length, 1, key)
          assert.isAtMost(given.get(key)?.size ?? 0, 1, key)
        }
      })
    )
  )
})
