/**
 * Lets derivers wait while the hub handles requests that change something, since a caller waits for those. Requests
 * without end do not stop deriving: it goes on for a short time now and then.
 */
import { Clock, Effect, Latch } from "effect"

/** The longest time that derivers wait, and how long they go on after it. */
const waitMillisMax = 1000
const workMillis = 100

export class GivingWay {
  #requests = 0
  /** Until when derivers do not wait, whatever is handled. */
  #workUntil = -Infinity
  readonly #quiet = Latch.makeUnsafe(true)

  /** Handles a request to which derivers give way. */
  readonly to = <A, E, R>(request: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.acquireUseRelease(
      Effect.sync(() => {
        this.#requests += 1
        this.#quiet.closeUnsafe()
      }),
      () => request,
      () =>
        Effect.sync(() => {
          this.#requests -= 1
          if (this.#requests === 0) this.#quiet.openUnsafe()
        })
    )

  /** Waits until a deriver may go on. */
  readonly turn: Effect.Effect<void> = Effect.gen({ self: this }, function* () {
    if (this.#requests === 0 || (yield* Clock.currentTimeMillis) < this.#workUntil) return
    yield* Effect.timeoutOption(this.#quiet.await, waitMillisMax)
    this.#workUntil = (yield* Clock.currentTimeMillis) + workMillis
  })
}
