/** Answers that a caller may keep: conditional requests (RFC 9110, section 13) and how long they stay good. */
import type { OpenRepository } from "@musehub/domain/usecase/access/openRepository"
import { Effect } from "effect"
import { HttpEffect, HttpServerRequest, HttpServerResponse } from "effect/http"

/** Who may keep what: caches that people share keep only what everybody may see. */
const keeper = ({ root }: OpenRepository): string => root.value.repository.visibility

/** For what an id stands for: it never becomes anything else. */
export const forever = (open: OpenRepository): string => `${keeper(open)}, max-age=31536000, immutable`

/** For what may change: to be asked for again each time, and sent again only then. */
export const revalidated = (open: OpenRepository): string => `${keeper(open)}, no-cache`

const opaque = (etag: string): string => etag.trim().replace(/^W\//, "")

const isHad = (condition: string | undefined, etag: string): boolean =>
  condition !== undefined &&
  (condition.trim() === "*" || condition.split(",").some((each) => opaque(each) === opaque(etag)))

/** Gives what is there, or 304 where the caller has it already; either says what it is and how long it stays good. */
export const cached = Effect.fnUntraced(function* <A, E, R>(
  state: { readonly etag: string; readonly control: string },
  fresh: Effect.Effect<A, E, R>
) {
  const request = yield* HttpServerRequest.HttpServerRequest
  const headers = { etag: state.etag, "cache-control": state.control }
  if (isHad(request.headers["if-none-match"], state.etag)) return HttpServerResponse.empty({ status: 304, headers })
  const answer = yield* fresh
  // Only once nothing can fail any more: a problem must not be kept.
  yield* HttpEffect.appendPreResponseHandler((_request, response) =>
    Effect.succeed(HttpServerResponse.setHeaders(response, headers))
  )
  return answer
})
