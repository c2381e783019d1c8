/**
 * The routes of the REST API, with its OpenAPI document at `/openapi.json` and documentation pages at `/docs`. The
 * pages are Swagger UI, which Effect bundles, so they need no other host; their content security policy forbids
 * requests to one.
 */
import { Effect, Layer } from "effect"
import { HttpRouter, HttpServerResponse } from "effect/http"
import { HttpApiBuilder, HttpApiSwagger, OpenApi } from "effect/http-api"
import { knownUrl } from "../proxy/Proxies.ts"
import { Api } from "./Api.ts"
import { branches } from "./branches.ts"
import { collaborators } from "./collaborators.ts"
import { commits } from "./commits.ts"
import { domains } from "./domains.ts"
import { problemMiddleware } from "./middleware/problemMiddleware.ts"
import { proposals } from "./proposals.ts"
import { releases } from "./releases.ts"
import { repositories } from "./repositories.ts"
import { tags } from "./tags.ts"
import { user } from "./user.ts"

/** The maximum length of a path parameter, in characters after decoding: it may be the path of a file. */
export const pathParameterLengthMax = 8192

/** Scripts and styles are inline, images are in the styles, and requests go to the hub only. */
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

const handlers = Layer.mergeAll(
  repositories,
  branches,
  commits,
  tags,
  releases,
  proposals,
  collaborators,
  user,
  domains
)

/** The OpenAPI document, which names the public URL as its server where it is known. */
const document = Effect.map(knownUrl, (url) => {
  const generated = OpenApi.fromApi(Api)
  return HttpServerResponse.jsonUnsafe(url === undefined ? generated : { ...generated, servers: [{ url }] })
})

export const apiRoutes = Layer.mergeAll(
  HttpApiBuilder.layer(Api).pipe(Layer.provide(handlers), Layer.provide(problemMiddleware)),
  HttpRouter.add("GET", "/openapi.json", document),
  HttpApiSwagger.layer(Api, { path: "/docs" }).pipe(Layer.provide(contained))
)
