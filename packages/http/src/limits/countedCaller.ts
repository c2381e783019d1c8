/** For whom a request counts. */
import { Effect } from "effect"
import { CurrentExchange } from "../exchange/Exchange.ts"
import { identified } from "../signIn/visitor.ts"
import { CurrentLimiter } from "./Limiter.ts"

/**
 * Returns for whom the request counts: its token, if that is known to be valid, or its address. Where `hasLeft` says
 * that the address has nothing left, the token is looked up first: a valid one has a share of its own.
 */
export const countedCaller = Effect.fnUntraced(function* (hasLeft: (caller: string) => boolean) {
  const limiter = yield* CurrentLimiter
  const exchange = yield* CurrentExchange
  const caller = limiter.callerOf(exchange)
  if (exchange.bearer === null || caller === exchange.bearer || hasLeft(caller)) return caller
  // Without an answer the token has proved nothing.
  yield* Effect.ignore(identified)
  return limiter.callerOf(exchange)
})
