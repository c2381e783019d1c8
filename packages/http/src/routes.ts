/** Every route of the hub and what answers it. */
import { RepositoryUnknown } from "@musehub/domain/usecase/access"
import { Effect, Layer } from "effect"
import { HttpRouter, HttpServerError, HttpServerRequest } from "effect/http"
import { createRepositoryRoute } from "./api/repositories.ts"
import { acceptedEncoding, answer } from "./Encoding.ts"
import { respond } from "./respond.ts"
import { fetch, negotiate } from "./wire/fetch.ts"
import { push } from "./wire/push.ts"
import { refs } from "./wire/refs.ts"
import { filter, presign, pushObjects } from "./wire/uploads.ts"

/** `GET /health`: 200 while the process serves; asks nothing of store or index. */
const health = Effect.map(HttpServerRequest.HttpServerRequest, ({ headers }) =>
  answer(acceptedEncoding(headers), { status: "ok" })
)

const unknownRoute = Effect.flatMap(HttpServerRequest.HttpServerRequest, ({ url }) =>
  Effect.fail(new RepositoryUnknown({ name: url.split("?", 1)[0] ?? "" }))
)

const isUnrouted = (error: unknown): boolean =>
  error instanceof HttpServerError.HttpServerError && error.reason._tag === "RouteNotFound"

/** A path that cannot be decoded matches no route, not even the last one. */
const undecodablePath = HttpRouter.middleware(
  (handler) => Effect.catch(handler, (error) => (isUnrouted(error) ? respond(unknownRoute) : Effect.fail(error))),
  { global: true }
)

export const routes = Layer.mergeAll(
  undecodablePath,
  HttpRouter.add("GET", "/health", respond(health)),
  HttpRouter.add("POST", "/api/v1/repos", respond(createRepositoryRoute)),
  HttpRouter.add("GET", "/:owner/:slug/refs", respond(refs)),
  HttpRouter.add("POST", "/:owner/:slug/filter-objects", respond(filter)),
  HttpRouter.add("POST", "/:owner/:slug/presign", respond(presign)),
  HttpRouter.add("POST", "/:owner/:slug/push/objects", respond(pushObjects)),
  HttpRouter.add("POST", "/:owner/:slug/push", respond(push)),
  HttpRouter.add("POST", "/:owner/:slug/negotiate", respond(negotiate)),
  HttpRouter.add("POST", "/:owner/:slug/fetch", respond(fetch)),
  HttpRouter.add("*", "/*", respond(unknownRoute))
)
