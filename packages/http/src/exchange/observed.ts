/**
 * Gives each request an id, and measures it. A client's own id is not taken over: two clients could choose the same
 * one, and one that contains line breaks or escapes would reach the log.
 */
import { CurrentOrigin } from "@musehub/domain/port/Audit"
import { RandomId } from "@musehub/domain/port/RandomId"
import { Deriving } from "@musehub/domain/usecase/derive/Deriving"
import { Clock, Effect } from "effect"
import { HttpEffect, HttpServerRequest, HttpServerResponse } from "effect/http"
import { claimedSecret } from "../signIn/cookie.ts"
import { bearerHash, bearerOf } from "./bearer.ts"
import { problemAnswer } from "../problem/answer.ts"
import { workEnded } from "../problem/protocolProblems.ts"
import { inTurn } from "../fairness/inTurn.ts"
import { clientAddress } from "../proxy/Proxies.ts"
import { CurrentExchange, type Exchange } from "./Exchange.ts"
import { safeMethods } from "./safeMethods.ts"
import { countAnswered, countBegun } from "./metrics.ts"

/** Keeps browsers from treating an answer as another type than its Content-Type says. */
export const unsniffed = { "x-content-type-options": "nosniff" }

/** Says whether effect/http answers for a handler that was interrupted. No endpoint answers 503 without a body. */
const isOfInterruption = ({ body, status }: HttpServerResponse.HttpServerResponse): boolean =>
  status === 503 && body._tag === "Empty"

/** Handles a request under an id: its answer has it as `X-Request-Id`, and every line of the log as `requestId`. */
export const observed = Effect.fnUntraced(function* <E, R>(
  handled: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>
) {
  const { cookies, headers, method } = yield* HttpServerRequest.HttpServerRequest
  const token = headers["authorization"] === undefined ? claimedSecret(cookies) : bearerOf(headers)
  const address = yield* clientAddress
  const exchange: Exchange = {
    requestId: (yield* RandomId)(),
    address,
    bearer: token === undefined ? null : bearerHash(token),
    countedFor: null,
    token: null,
    user: null,
    repository: null,
    route: undefined,
    staysOpen: false
  }
  const clock = yield* Clock.Clock
  const begun = clock.currentTimeMillisUnsafe()
  let status = 0
  let isCounted = false
  const count = Effect.suspend(() => {
    if (isCounted) return Effect.void
    isCounted = true
    return countAnswered({ method, route: exchange.route, status, millis: clock.currentTimeMillisUnsafe() - begun })
  })
  yield* countBegun
  yield* HttpEffect.appendPreResponseHandler((_request, response) => {
    status = response.status
    const noted = Effect.logDebug(`${method} answered with ${status}`)
    return Effect.as(
      exchange.staysOpen ? Effect.andThen(noted, count) : noted,
      HttpServerResponse.setHeaders(isOfInterruption(response) ? problemAnswer(workEnded) : response, {
        "x-request-id": exchange.requestId,
        ...unsniffed
      })
    )
  })
  const { givingWayTo } = yield* Deriving
  return yield* inTurn(exchange, safeMethods.has(method) ? handled : givingWayTo(handled)).pipe(
    Effect.onExit(() => count),
    Effect.annotateLogs({ requestId: exchange.requestId }),
    Effect.provideService(CurrentOrigin, exchange),
    Effect.provideService(CurrentExchange, exchange)
  )
})
