/** Retries requests that change nothing, with growing pauses and a limit on attempts without progress. */
import { Context, Effect, Random, Schedule } from "effect"
import { RemoteBrokeOff, RemoteRefused, RemoteUnreachable } from "../errors.ts"

export interface RetryPolicy {
  /** The most attempts in a row without progress. */
  readonly attemptsMax: number
  readonly pauseMillisMin: number
  readonly pauseMillisMax: number
}

export const CurrentRetryPolicy = Context.Reference<RetryPolicy>("@musehub/client/CurrentRetryPolicy", {
  defaultValue: () => ({ attemptsMax: 5, pauseMillisMin: 250, pauseMillisMax: 10_000 })
})

/** The statuses of hubs and proxies after which a retry may succeed. */
const transientStatuses: ReadonlySet<number> = new Set([429, 502, 503, 504])

/** Says whether the same request may succeed later. */
export const isTransient = (error: unknown): error is RemoteBrokeOff | RemoteRefused | RemoteUnreachable =>
  error instanceof RemoteUnreachable ||
  (error instanceof RemoteBrokeOff && error.isRetryable) ||
  (error instanceof RemoteRefused && transientStatuses.has(error.status))

const askedPause = (error: unknown): number => (error instanceof RemoteRefused ? error.retryAfterMillis : 0)

/**
 * Runs an effect until it succeeds, fails permanently, or has failed too often in a row. `gained` says whether the last
 * run made progress before it failed; then the count restarts.
 */
export const retrying = Effect.fnUntraced(function* <A, E, R>(
  run: Effect.Effect<A, E, R>,
  gained: () => boolean = () => false
) {
  const { attemptsMax, pauseMillisMin, pauseMillisMax } = yield* CurrentRetryPolicy
  let failures = 0
  const pauses = Schedule.forever.pipe(
    Schedule.setInputType<E>(),
    Schedule.modifyDelay(({ input }) =>
      Effect.map(Random.next, (random) => {
        const pause = Math.min(pauseMillisMax, pauseMillisMin * 2 ** (failures - 1))
        return Math.max(pause * (0.5 + random / 2), Math.min(askedPause(input), pauseMillisMax))
      })
    )
  )
  return yield* run.pipe(
    Effect.tapError(() => Effect.sync(() => (failures = gained() ? 1 : failures + 1))),
    Effect.retry({ schedule: pauses, while: (error) => isTransient(error) && failures < attemptsMax })
  )
})
