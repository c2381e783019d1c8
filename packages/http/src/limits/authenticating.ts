/** Bounds the tokens, sessions and links of an address that are looked up and turn out to be wrong. */
import { Clock, Effect } from "effect"
import { CurrentExchange } from "../exchange/Exchange.ts"
import { CurrentLimiter } from "./Limiter.ts"
import { TooManyRequests } from "./RateLimits.ts"

/** The refusals of what may have been guessed. */
const wrong: ReadonlySet<string> = new Set(["LinkRefused", "Unauthenticated"])

/**
 * Runs the authentication of a token by its hash. After too many failures of an address, tokens that are not known to
 * be valid are refused.
 */
export const authenticating = Effect.fnUntraced(function* <A, E extends { readonly _tag: string }, R>(
  bearer: string,
  authentication: Effect.Effect<A, E, R>
) {
  const limiter = yield* CurrentLimiter
  const exchange = yield* CurrentExchange
  const { address } = exchange
  const clock = yield* Clock.Clock
  const blocked = limiter.blockedSeconds(address, bearer, clock.currentTimeMillisUnsafe())
  if (blocked > 0) {
    return yield* new TooManyRequests({
      what: "this address sent too many tokens that are not valid",
      retryAfterSeconds: blocked
    })
  }
  const principal = yield* Effect.tapError(authentication, ({ _tag }) =>
    Effect.sync(() => {
      if (wrong.has(_tag)) limiter.failed(address, bearer, clock.currentTimeMillisUnsafe())
    })
  )
  limiter.succeeded(exchange, bearer, clock.currentTimeMillisUnsafe())
  return principal
})
