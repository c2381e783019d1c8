/**
 * Gives each request an id. A client's own id is not taken over: two clients could choose the same one, and one that
 * contains line breaks or escapes would reach the log.
 */
import { RandomId } from "@musehub/domain/port/RandomId"
import { Effect } from "effect"
import { HttpEffect, HttpServerRequest, HttpServerResponse } from "effect/http"
import { CurrentExchange } from "./Exchange.ts"

/** Handles a request under an id: its answer has it as `X-Request-Id`, and every line of the log as `requestId`. */
export const observed = Effect.fnUntraced(function* <E, R>(
  handled: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>
) {
  const { method } = yield* HttpServerRequest.HttpServerRequest
  const requestId = (yield* RandomId)()
  yield* HttpEffect.appendPreResponseHandler((_request, response) =>
    Effect.as(
      Effect.logDebug(`${method} answered with ${response.status}`),
      HttpServerResponse.setHeader(response, "x-request-id", requestId)
    )
  )
  return yield* handled.pipe(Effect.annotateLogs({ requestId }), Effect.provideService(CurrentExchange, { requestId }))
})
