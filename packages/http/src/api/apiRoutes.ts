/**
 * The REST API as routes, with its OpenAPI document at `/openapi.json` and pages to read it at `/docs`. The pages are
 * Swagger UI, which Effect carries whole, so they need no other host; their policy forbids the browser to ask one.
 */
import { Effect, Layer } from "effect"
import { HttpRouter, HttpServerResponse } from "effect/http"
import { HttpApiBuilder, HttpApiSwagger } from "effect/http-api"
import { Api } from "./Api.ts"
import { branches } from "./branches.ts"
import { collaborators } from "./collaborators.ts"
import { commits } from "./commits.ts"
import { problemMiddleware } from "./middleware/problemMiddleware.ts"
import { proposals } from "./proposals.ts"
import { releases } from "./releases.ts"
import { repositories } from "./repositories.ts"
import { tags } from "./tags.ts"
import { user } from "./user.ts"

/** Longest parameter in a path, in characters after decoding: a file's path may be one. */
export const pathParameterLengthMax = 8192

/** Scripts and styles are in the page itself, pictures in its styles; requests go to the hub alone. */
const policy = [
  "default-src 'none'",
  "script-src 'unsafe-inline'",
  "style-src 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src data:",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'"
].join("; ")

const contained = HttpRouter.middleware((page) =>
  Effect.map(
    page,
    HttpServerResponse.setHeaders({ "content-security-policy": policy, "x-content-type-options": "nosniff" })
  )
).layer

const handlers = Layer.mergeAll(repositories, branches, commits, tags, releases, proposals, collaborators, user)

export const apiRoutes = Layer.merge(
  HttpApiBuilder.layer(Api, { openapiPath: "/openapi.json" }).pipe(
    Layer.provide(handlers),
    Layer.provide(problemMiddleware)
  ),
  HttpApiSwagger.layer(Api, { path: "/docs" }).pipe(Layer.provide(contained))
)
