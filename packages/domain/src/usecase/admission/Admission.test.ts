import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"
import { CurrentOrigin, type Origin } from "../../port/Audit.ts"
import { type AdmissionLimits, admitted, layer } from "./Admission.ts"

const unknown: Origin = { requestId: null, address: "203.0.113.1", token: null, user: null }

const as = (origin: Partial<Origin>) => Effect.provideService(CurrentOrigin, { ...unknown, ...origin })

/** Runs an effect with as many places and as long a queue. */
const within =
  (limits: Partial<AdmissionLimits>) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.provide(effect, Layer.fresh(layer({ placesMax: 1, waitingMax: 8, waitMillisMax: 1000, ...limits })))

const forked = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.forkChild(effect, { startImmediately: true })

const occupied = forked(admitted("plan", Effect.never))
const quick = admitted("list", Effect.succeed("done"))

describe("admitted work", () => {
  it.effect("waits for a place, and is refused when its time is over", () =>
    Effect.gen(function* () {
      yield* occupied
      const waiting = yield* forked(Effect.flip(quick))
      yield* TestClock.adjust(999)
      assert.isUndefined(waiting.pollUnsafe())
      yield* TestClock.adjust(1)
      assert.strictEqual((yield* Fiber.join(waiting))._tag, "HubBusy")
    }).pipe(within({}))
  )

  it.effect("runs as soon as the work before it ends, fails or is interrupted", () =>
    Effect.gen(function* () {
      const running = yield* occupied
      const waiting = yield* forked(quick)
      yield* Fiber.interrupt(running)
      assert.strictEqual(yield* Fiber.join(waiting), "done")
      assert.strictEqual(yield* Effect.flip(admitted("plan", Effect.fail("failed"))), "failed")
      assert.strictEqual(yield* quick, "done")
    }).pipe(within({ waitingMax: 4 }))
  )

  it.effect("gives up its place in the queue when it is interrupted", () =>
    Effect.gen(function* () {
      yield* occupied
      const waiting = yield* forked(quick)
      assert.strictEqual((yield* Effect.flip(quick))._tag, "HubBusy")
      yield* Fiber.interrupt(waiting)
      const next = yield* forked(Effect.flip(quick))
      assert.isUndefined(next.pollUnsafe())
      yield* TestClock.adjust(1000)
      assert.strictEqual((yield* Fiber.join(next))._tag, "HubBusy")
    }).pipe(within({ waitingMax: 1 }))
  )

  it.effect("that is part of other admitted work runs in its place", () =>
    within({ waitingMax: 0 })(
      Effect.map(admitted("merge", admitted("preview", quick)), (answer) => assert.strictEqual(answer, "done"))
    )
  )

  it.effect("of one user is together for all their tokens and addresses, and of one address without a token", () =>
    Effect.gen(function* () {
      yield* as({ token: "one", user: "ada", address: "203.0.113.1" })(occupied)
      const again = Effect.flip(as({ token: "two", user: "ada", address: "203.0.113.2" })(quick))
      assert.strictEqual((yield* again)._tag, "HubBusy")
      assert.strictEqual(yield* as({ token: "three", user: "bob", address: "203.0.113.1" })(quick), "done")
      yield* as({ address: "203.0.113.3" })(occupied)
      assert.strictEqual((yield* Effect.flip(as({ address: "203.0.113.3" })(quick)))._tag, "HubBusy")
    }).pipe(within({ placesMax: 2, waitingMax: 0 }))
  )

  it.effect("has places without end where no layer limits it, as for the operator's commands", () =>
    Effect.gen(function* () {
      for (let count = 0; count < 100; count++) yield* occupied
      assert.strictEqual(yield* quick, "done")
    })
  )
})
