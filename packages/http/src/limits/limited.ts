/**
 * Counts each request against its caller, says in the answer what is left (RateLimit header fields for HTTP, IETF draft
 * 10), and refuses what is over the limit.
 */
import { Clock, Effect } from "effect"
import { HttpEffect, HttpServerResponse } from "effect/http"
import { CurrentExchange } from "../exchange/Exchange.ts"
import { respond } from "../respond.ts"
import { countedCaller } from "./countedCaller.ts"
import { CurrentLimiter } from "./Limiter.ts"
import { TooManyRequests } from "./RateLimits.ts"

export const limited = <E, R>(handled: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>) =>
  Effect.gen(function* () {
    const limiter = yield* CurrentLimiter
    const exchange = yield* CurrentExchange
    const now = yield* Clock.currentTimeMillis
    const caller = yield* countedCaller((holder) => limiter.mayRequest(holder, now))
    const allowance = limiter.count(caller, now)
    if (allowance === null) return yield* handled
    exchange.countedFor = caller
    const { isTaken, rate, remaining, resetSeconds } = allowance
    const headers = {
      "ratelimit-policy": `"requests";q=${rate.requests};w=${rate.seconds}`,
      ratelimit: `"requests";r=${remaining};t=${resetSeconds}`
    }
    yield* HttpEffect.appendPreResponseHandler((_request, response) =>
      Effect.succeed(HttpServerResponse.setHeaders(response, headers))
    )
    const refused = new TooManyRequests({
      what: "you sent more requests than this hub allows",
      retryAfterSeconds: resetSeconds
    })
    return yield* isTaken ? handled : respond(Effect.fail(refused))
  })
