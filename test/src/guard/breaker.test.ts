/** The circuit breaker on a clock of the test's own. */
import { assert, describe, it } from "@effect/vitest"
import { type Breaker, makeBreaker, type NoAnswer } from "@musehub/adapter-guard/Breaker"
import { Data, Duration, Effect, Exit, Fiber } from "effect"
import { TestClock } from "effect/testing"

class Unavailable extends Data.TaggedError("Unavailable")<{
  readonly operation: string
  readonly isRetryable: boolean
  readonly cause?: NoAnswer
}> {}

const deadlines = {
  silenceMax: Duration.seconds(5),
  briefMax: Duration.seconds(1),
  callMax: Duration.seconds(30)
}

/** A service that answers or not, as the test says, and counts the questions of the breaker. */
const service = Effect.gen(function* () {
  let answers = true
  let asked = 0
  const breaker = yield* makeBreaker<Unavailable>({
    ...deadlines,
    service: "the service",
    ask: Effect.suspend(() => {
      asked += 1
      return answers ? Effect.void : Effect.never
    }),
    unavailable: (operation, cause) => new Unavailable({ operation, isRetryable: true, cause })
  })
  return {
    breaker,
    asked: () => asked,
    freeze: () => {
      answers = false
    },
    thaw: () => {
      answers = true
    }
  }
})

const hang = Effect.never as Effect.Effect<string>
const start = <A, E>(effect: Effect.Effect<A, E>) => Effect.forkChild(effect, { startImmediately: true })
const isOver = (fiber: Fiber.Fiber<unknown, unknown>) => fiber.pollUnsafe() !== undefined

const assertGivenUp = (exit: Exit.Exit<unknown, Unavailable> | undefined, message: RegExp) => {
  const error = exit === undefined ? undefined : Exit.findErrorOption(exit)
  assert.isTrue(error?._tag === "Some", String(exit))
  if (error?._tag === "Some") assert.match(error.value.cause?.message ?? "", message)
}

const lose = Effect.fnUntraced(function* (breaker: Breaker<Unavailable>) {
  const call = yield* start(breaker.run("first", hang))
  yield* TestClock.adjust("5100 millis")
  return call
})

describe("a breaker", () => {
  it.effect("passes answers and failures on", () =>
    Effect.gen(function* () {
      const { asked, breaker } = yield* service
      assert.strictEqual(yield* breaker.run("call", Effect.succeed("answer")), "answer")
      const later = yield* start(breaker.run("call", Effect.delay(Effect.succeed("later"), 1)))
      yield* TestClock.adjust(1)
      assert.strictEqual(yield* Fiber.join(later), "later")
      assert.strictEqual(yield* Effect.flip(breaker.run("call", Effect.fail("refused" as const))), "refused")
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(asked(), 0, "nothing is asked of a service that answers")
    })
  )

  it.effect("fails the calls that wait, and later ones at once, when nothing was answered for the deadline", () =>
    Effect.gen(function* () {
      const { breaker, freeze } = yield* service
      freeze()
      const first = yield* start(breaker.run("first", hang))
      yield* TestClock.adjust("4 seconds")
      const second = yield* start(breaker.run("second", hang))
      assert.isFalse(isOver(first))
      yield* TestClock.adjust("1100 millis")
      assertGivenUp(first.pollUnsafe(), /answered nothing for 5s/)
      assertGivenUp(second.pollUnsafe(), /answered nothing for 5s/)
      let reached = false
      const third = yield* Effect.exit(
        breaker.run(
          "third",
          Effect.sync(() => void (reached = true))
        )
      )
      assertGivenUp(third, /fail at once/)
      assert.isFalse(reached)
    })
  )

  it.effect("takes calls again within seconds after the service is back, without a caller that tries", () =>
    Effect.gen(function* () {
      const { breaker, freeze, thaw } = yield* service
      freeze()
      yield* lose(breaker)
      yield* TestClock.adjust("1 minute")
      assertGivenUp(yield* Effect.exit(breaker.run("call", Effect.void)), /fail at once/)
      thaw()
      yield* TestClock.adjust("3 seconds")
      assert.strictEqual(yield* breaker.run("call", Effect.succeed("answer")), "answer")
    })
  )

  it.effect("lets a slow call go on while the service answers questions, up to the limit of a call", () =>
    Effect.gen(function* () {
      const { asked, breaker } = yield* service
      const slow = yield* start(breaker.run("slow", Effect.delay(Effect.succeed("done"), "20 seconds")))
      const stuck = yield* start(breaker.run("stuck", hang))
      yield* TestClock.adjust("20 seconds")
      assert.strictEqual(yield* Fiber.join(slow), "done")
      assert.isFalse(isOver(stuck))
      assert.isAbove(asked(), 5)
      yield* TestClock.adjust("10100 millis")
      assertGivenUp(stuck.pollUnsafe(), /did not answer this call in time/)
      assert.strictEqual(yield* breaker.run("call", Effect.succeed("answer")), "answer")
    })
  )

  it.effect(
    "keeps a call short that its caller can do without, and refuses the next one while nothing is answered",
    () =>
      Effect.gen(function* () {
        const { breaker, freeze } = yield* service
        freeze()
        const brief = yield* start(breaker.run("brief", hang, { isBrief: true }))
        const other = yield* start(breaker.run("other", hang))
        yield* TestClock.adjust("1100 millis")
        assertGivenUp(brief.pollUnsafe(), /in time/)
        assertGivenUp(yield* Effect.exit(breaker.run("next", hang, { isBrief: true })), /answered nothing/)
        assert.isFalse(isOver(other))
      })
  )

  it.effect("lets such a call go on as well while the service answers", () =>
    Effect.gen(function* () {
      const { breaker } = yield* service
      const brief = yield* start(
        breaker.run("brief", Effect.delay(Effect.succeed("done"), "10 seconds"), { isBrief: true })
      )
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual(yield* Fiber.join(brief), "done")
    })
  )

  it.effect("counts a fault that may pass as no answer, and finds out by asking", () =>
    Effect.gen(function* () {
      const { asked, breaker, freeze, thaw } = yield* service
      const full = Effect.fail(new Unavailable({ operation: "put", isRetryable: true }))
      yield* Effect.exit(breaker.run("put", full))
      yield* TestClock.adjust("1 second")
      assert.strictEqual(asked(), 1)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(asked(), 1)
      freeze()
      for (let second = 0; second < 6; second += 1) {
        yield* Effect.exit(breaker.run("put", full))
        yield* TestClock.adjust("1 second")
      }
      assertGivenUp(yield* Effect.exit(breaker.run("put", full)), /fail at once/)
      thaw()
      yield* TestClock.adjust("3 seconds")
      assert.isUndefined((yield* Effect.flip(breaker.run("put", full))).cause)
    })
  )

  it.effect("lets the caller go on when a call cannot be interrupted", () =>
    Effect.gen(function* () {
      const { breaker, freeze } = yield* service
      freeze()
      const call = yield* start(breaker.run("call", Effect.uninterruptible(hang)))
      yield* TestClock.adjust("5100 millis")
      assertGivenUp(call.pollUnsafe(), /answered nothing/)
    })
  )

  it.effect("gives up a call in a region of its caller that cannot be interrupted", () =>
    Effect.gen(function* () {
      const { breaker, freeze } = yield* service
      freeze()
      let interrupted = false
      const call = Effect.onInterrupt(hang, () => Effect.sync(() => void (interrupted = true)))
      const caller = yield* start(Effect.uninterruptible(breaker.run("call", call)))
      yield* TestClock.adjust("5100 millis")
      assertGivenUp(caller.pollUnsafe(), /answered nothing/)
      assert.isTrue(interrupted)
    })
  )

  it.effect("interrupts the call of a caller that leaves, and does not take that for an answer", () =>
    Effect.gen(function* () {
      const { asked, breaker, freeze } = yield* service
      freeze()
      let interrupted = false
      const call = Effect.onInterrupt(hang, () => Effect.sync(() => void (interrupted = true)))
      const caller = yield* start(breaker.run("call", call))
      yield* Fiber.interrupt(caller)
      assert.isTrue(interrupted)
      yield* TestClock.adjust("6 seconds")
      assert.isAbove(asked(), 0)
      assertGivenUp(yield* Effect.exit(breaker.run("call", Effect.void)), /fail at once/)
    })
  )

  it.effect("fails a call that the service ended, instead of ending its caller", () =>
    Effect.gen(function* () {
      const { breaker } = yield* service
      assertGivenUp(yield* Effect.exit(breaker.run("call", Effect.interrupt)), /ended this call/)
      const waiting = yield* start(breaker.run("call", Effect.andThen(Effect.sleep(1), Effect.interrupt)))
      yield* TestClock.adjust(1)
      assertGivenUp(waiting.pollUnsafe(), /ended this call/)
      yield* breaker.finish(Effect.interrupt)
    })
  )

  it.effect("does what a call leaves to do on a lost service too, without holding the caller", () =>
    Effect.gen(function* () {
      const { breaker, freeze } = yield* service
      freeze()
      yield* lose(breaker)
      let done = false
      const work = Effect.sync(() => void (done = true))
      yield* breaker.finish(Effect.andThen(Effect.yieldNow, Effect.andThen(work, hang)))
      yield* TestClock.adjust(1)
      assert.isTrue(done)
    })
  )
})
