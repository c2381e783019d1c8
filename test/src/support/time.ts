/** Virtual time that passes by itself, for code that sleeps between its tries. */
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"

/** Runs an effect while the test clock advances, as fast as the work allows. */
export const whileTimePasses = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(effect)
    while (fiber.pollUnsafe() === undefined) {
      yield* Effect.yieldNow
      yield* TestClock.adjust("1 millis")
    }
    return yield* Fiber.join(fiber)
  })
