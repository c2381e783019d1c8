/**
 * Lets derivers wait while the hub handles requests that change something, since a caller waits for those. Requests
 * without end do not stop deriving: it goes on for a short time now and then.
 */
import { Clock, Effect, Latch, Option } from "effect"

/** The longest time that derivers wait, and how long they go on after it. */
const waitMillisMax = 1000
const workMillis = 100
/** Derivers give way for as long after a request began, so that bodies which hardly arrive do not hold them up. */
const requestMillisMax = 60_000

export class GivingWay {
  #requests = 0
  /** When the last of them began. */
  #begunAt = -Infinity
  /** Until when derivers do not wait, whatever is handled. */
  #workUntil = -Infinity
  readonly #quiet = Latch.makeUnsafe(true)

  /** Handles a request to which derivers give way. */
  readonly to = <A, E, R>(request: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.acquireUseRelease(
      Effect.map(Clock.currentTimeMillis, (now) => {
        this.#begunAt = now
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
    const now = yield* Clock.currentTimeMillis
    if (this.#requests === 0 || now < this.#workUntil || now - this.#begunAt > requestMillisMax) return
    const quiet = yield* Effect.timeoutOption(this.#quiet.await, waitMillisMax)
    if (Option.isNone(quiet)) this.#workUntil = (yield* Clock.currentTimeMillis) + workMillis
  })
}
