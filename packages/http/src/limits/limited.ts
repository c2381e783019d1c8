/**
 * Counts each request against its caller, says in the answer what is left (RateLimit header fields for HTTP, IETF draft
 * 10), and refuses what is over the limit.
 */
import { Effect } from "effect"
import { HttpEffect, type HttpServerRequest, HttpServerResponse } from "effect/http"
import { respond } from "../respond.ts"
import { countRequest, requestsRefused } from "./RateLimits.ts"

export const limited = <E, R>(
  handled: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>
): Effect.Effect<HttpServerResponse.HttpServerResponse, E, R | HttpServerRequest.HttpServerRequest> =>
  Effect.gen(function* () {
    const allowance = yield* countRequest
    if (allowance === null) return yield* handled
    const { isTaken, rate, remaining, resetSeconds } = allowance
    const headers = {
      "ratelimit-policy": `"requests";q=${rate.requests};w=${rate.seconds}`,
      ratelimit: `"requests";r=${remaining};t=${resetSeconds}`
    }
    yield* HttpEffect.appendPreResponseHandler((_request, response) =>
      Effect.succeed(HttpServerResponse.setHeaders(response, headers))
    )
    return yield* isTaken ? handled : respond(Effect.fail(requestsRefused(allowance)))
  })
