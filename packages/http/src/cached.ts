/** Cacheable answers: conditional requests (RFC 9110, section 13) and cache lifetimes. */
import type { OpenRepository } from "@musehub/domain/usecase/access/openRepository"
import { Effect } from "effect"
import { HttpEffect, HttpServerRequest, HttpServerResponse } from "effect/http"

/** Returns who may store an answer. Shared caches may store answers of public repositories only. */
const keeper = ({ root }: OpenRepository): string => root.value.repository.visibility

/** The Cache-Control of content that an id identifies, which never changes. */
export const forever = (open: OpenRepository): string => `${keeper(open)}, max-age=31536000, immutable`

/** The Cache-Control of content that may change: a cache revalidates it each time. */
export const revalidated = (open: OpenRepository): string => `${keeper(open)}, no-cache`

const opaque = (etag: string): string => etag.trim().replace(/^W\//, "")

const isHad = (condition: string | undefined, etag: string): boolean =>
  condition !== undefined &&
  (condition.trim() === "*" || condition.split(",").some((each) => opaque(each) === opaque(etag)))

/** Answers with the content, or with 304 if the client's ETag matches. Both have the ETag and the Cache-Control. */
export const cached = Effect.fnUntraced(function* <A, E, R>(
  state: { readonly etag: string; readonly control: string },
  fresh: Effect.Effect<A, E, R>
) {
  const request = yield* HttpServerRequest.HttpServerRequest
  const headers = { etag: state.etag, "cache-control": state.control }
  if (isHad(request.headers["if-none-match"], state.etag)) return HttpServerResponse.empty({ status: 304, headers })
  const answer = yield* fresh
  // Set last, when nothing can fail any more: a problem must not be cached.
  yield* HttpEffect.appendPreResponseHandler((_request, response) =>
    Effect.succeed(HttpServerResponse.setHeaders(response, headers))
  )
  return answer
})
