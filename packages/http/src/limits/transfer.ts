/** Bounds the pushes and clones of a caller at a time. */
import { Effect } from "effect"
import { countedCaller } from "./countedCaller.ts"
import { CurrentLimiter } from "./Limiter.ts"
import { TooManyRequests } from "./RateLimits.ts"

/** Runs an endpoint that keeps the hub busy: the caller's number of them is bounded until their answers are sent. */
export const transfer = <A, E, R>(endpoint: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const limiter = yield* CurrentLimiter
    const caller = yield* countedCaller((holder) => limiter.mayBegin(holder))
    const begun = yield* Effect.acquireRelease(
      Effect.sync(() => limiter.begin(caller)),
      (isRunning) => Effect.sync(() => (isRunning ? limiter.end(caller) : undefined))
    )
    if (!begun) {
      return yield* new TooManyRequests({
        what: "you have more pushes and clones running than this hub allows at a time",
        retryAfterSeconds: 1
      })
    }
    return yield* endpoint
  })
