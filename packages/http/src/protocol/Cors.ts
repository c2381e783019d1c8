/**
 * The pages of other origins that may call the hub from a browser (the CORS protocol of the Fetch standard). Calls are
 * authorized by bearer tokens, which a browser never adds by itself, so no credentials are allowed.
 */
import { Context, Effect } from "effect"
import { HttpMiddleware, HttpServerRequest, HttpServerResponse } from "effect/http"

/** The allowed origins, such as `https://example.org`; `*` allows all, an empty list none. */
export class CorsOrigins extends Context.Service<CorsOrigins, ReadonlyArray<string>>()(
  "@musehub/http/protocol/CorsOrigins"
) {}

/** The time for which a browser may keep the answer to a preflight. */
const maxAgeSeconds = 3600

const policy = (origins: ReadonlyArray<string>, allowedMethods: ReadonlyArray<string>) =>
  HttpMiddleware.cors({
    // An empty list means every origin here.
    allowedOrigins: origins.includes("*") ? [] : (origin) => origins.includes(origin),
    allowedMethods,
    exposedHeaders: ["*"],
    maxAge: maxAgeSeconds
  })

/** Answers OPTIONS, with the preflight of an allowed origin. */
export const optionsAnswer = Effect.fnUntraced(function* (methods: ReadonlyArray<string>) {
  const origins = yield* CorsOrigins
  const plain = Effect.succeed(HttpServerResponse.empty({ status: 204 }))
  const answer = yield* origins.length === 0 ? plain : policy(origins, methods)(plain)
  return HttpServerResponse.setHeader(answer, "allow", methods.join(", "))
})

/** Lets pages of the allowed origins read the answers. */
export const readable = <E, R>(handler: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>) =>
  Effect.gen(function* () {
    const origins = yield* CorsOrigins
    const { method } = yield* HttpServerRequest.HttpServerRequest
    return yield* origins.length === 0 || method === "OPTIONS" ? handler : policy(origins, [])(handler)
  })
