/**
 * The documentation of the REST API: its OpenAPI document at `/openapi.json` and pages at `/docs`. The pages are
 * Swagger UI, which Effect bundles, so they need no other host; their content security policy forbids requests to one.
 */
import { sha256 } from "@musehub/domain/object/Digest"
import { Effect, Function, Layer } from "effect"
import { type HttpBody, HttpMiddleware, HttpPlatform, HttpRouter, HttpServerResponse } from "effect/http"
import { HttpApiSwagger, OpenApi } from "effect/http-api"
import { Api } from "./api/Api.ts"
import { cached } from "./cached.ts"
import { knownUrl } from "./proxy/Proxies.ts"

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
  Effect.map(page, HttpServerResponse.setHeader("content-security-policy", policy))
).layer

/** Returns the ETag of a body, which is weak, since all encodings of it share it. */
const etagOf = Function.memoize(({ body }: HttpBody.Uint8Array) => `W/"${sha256(body)}"`)

const varying = HttpServerResponse.setHeader("vary", "Accept-Encoding")

/** Compresses as the client accepts, and answers 304 to a client that has the content. A cache asks each time. */
const revalidated = HttpRouter.middleware(
  Effect.map(
    HttpPlatform.HttpPlatform,
    (platform) => (page) =>
      Effect.flatMap(page, (whole) =>
        whole.body._tag === "Uint8Array"
          ? Effect.map(
              cached({ etag: etagOf(whole.body), control: "public, no-cache" }, Effect.succeed(whole)),
              varying
            )
          : Effect.succeed(whole)
      ).pipe(HttpMiddleware.compression(), Effect.provideService(HttpPlatform.HttpPlatform, platform))
  )
).layer

/**
 * The OpenAPI document, which names the public URL as its server where it is known. It is made when the hub starts,
 * since that takes a tenth of a second.
 */
const documentRoute = Layer.unwrap(
  Effect.sync(() => {
    const generated = OpenApi.fromApi(Api)
    const document = Effect.map(knownUrl, (url) =>
      HttpServerResponse.jsonUnsafe(url === undefined ? generated : { ...generated, servers: [{ url }] })
    )
    return HttpRouter.add("GET", "/openapi.json", document)
  })
)

export const documentationRoutes = Layer.mergeAll(
  documentRoute,
  HttpApiSwagger.layer(Api, { path: "/docs" }).pipe(Layer.provide(contained))
).pipe(Layer.provide(revalidated))
