/**
 * Answers with a stream, which is sent after its request was handled. A failure can no longer be a problem then: the
 * connection is closed before the promised end, and the log says why. So an object is read up to its first bytes before
 * its answer begins.
 */
import type { ObjectUnread } from "@musehub/domain/usecase/access/ObjectUnread"
import { Cause, type Context, Effect, Pull, Stream } from "effect"
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

/** Reads the first bytes of an object, within the request's scope, and returns a stream of all of them. */
const begun = Effect.fnUntraced(function* <R>(content: Stream.Stream<Uint8Array, ObjectUnread, R>) {
  const pull = yield* Stream.toPull(content)
  const first = yield* Pull.catchDone(pull, () => Effect.succeed([]))
  const rest = first.length === 0 ? Stream.empty : Stream.fromPull(Effect.succeed(pull))
  return Stream.concat(Stream.fromIterable(first), rest)
})

/** Returns an answer with an object's bytes. Fails as the object does if not even its first bytes can be read. */
export const streamedObject = Effect.fnUntraced(function* <R>(
  content: Stream.Stream<Uint8Array, ObjectUnread, R>,
  options: HttpServerResponse.Options
) {
  const { method } = yield* HttpServerRequest.HttpServerRequest
  if (method === "HEAD") return yield* streamed(content, options)
  return yield* streamed(yield* Effect.mapError(begun(content), ({ readError }) => readError), options)
})
