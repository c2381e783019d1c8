/** Answers with a stream, which is sent after its request was handled. */
import { type Context, Effect, Stream } from "effect"
import { HttpServerResponse } from "effect/http"

/** Returns an answer whose content keeps the services that it is read through. */
export const streamed = <E, R>(
  content: Stream.Stream<Uint8Array, E, R>,
  options: HttpServerResponse.Options
): Effect.Effect<HttpServerResponse.HttpServerResponse, never, R> =>
  Effect.contextWith((services: Context.Context<R>) =>
    Effect.succeed(HttpServerResponse.stream(Stream.provideContext(content, services), options))
  )
