/**
 * Answers with a stream, which is sent after its request was handled. A failure can no longer be a problem then: the
 * connection is closed before the promised end, and the log says why.
 */
import { Cause, type Context, Effect, Stream } from "effect"
import { HttpServerRequest, HttpServerResponse } from "effect/http"
import { CurrentExchange } from "./exchange/Exchange.ts"

/** Logs why the answer to the present request ends early. Returns the request's id. */
export const logCut = Effect.fnUntraced(function* (cause: Cause.Cause<unknown>) {
  const { method, url } = yield* HttpServerRequest.HttpServerRequest
  const { requestId } = yield* CurrentExchange
  const [path = url] = url.split("?", 1)
  yield* Effect.logError(`request ${requestId}: the answer to ${method} ${path} ends early`, cause)
  return requestId
})

/** Returns an answer whose content keeps the services that it is read through. A client that leaves is not logged. */
export const streamed = <E, R>(
  content: Stream.Stream<Uint8Array, E, R>,
  options: HttpServerResponse.Options
): Effect.Effect<HttpServerResponse.HttpServerResponse, never, R | HttpServerRequest.HttpServerRequest> =>
  Effect.contextWith((services: Context.Context<R | HttpServerRequest.HttpServerRequest>) => {
    const logged = Stream.tapCause(content, (cause) => (Cause.hasInterruptsOnly(cause) ? Effect.void : logCut(cause)))
    return Effect.succeed(HttpServerResponse.stream(Stream.provideContext(logged, services), options))
  })
