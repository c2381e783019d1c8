/** Pages of lists, with sealed cursors and a Link header for the next page (RFC 8288). */
import type { Page, PageRequest } from "@musehub/domain/port/Page"
import { Effect, Option } from "effect"
import { HttpEffect, HttpServerRequest, HttpServerResponse } from "effect/http"
import { Cursors } from "../cursor/Cursors.ts"
import { knownUrl } from "../proxy/Proxies.ts"
import { limitDefault, type PageQuery } from "./contract/page.ts"

/** Returns the page that a query requests. */
export const pageRequest = Effect.fnUntraced(function* ({ cursor, limit = limitDefault }: PageQuery) {
  if (cursor === undefined) return { limit } satisfies PageRequest
  const cursors = yield* Cursors
  const after = yield* cursors.open(cursor)
  return { after, limit } satisfies PageRequest
})

/** Returns the path and query of this request with another cursor. */
const addressOf = (url: string, cursor: string): string => {
  const [path = "", query = ""] = url.split("?", 2)
  const parameters = new URLSearchParams(query)
  parameters.set("cursor", cursor)
  return `${path}?${parameters}`
}

/** Returns a page in the shape of the contract. The Link header names the next page. */
export const paged = Effect.fnUntraced(function* <A, B>({ items, next }: Page<A>, view: (item: A) => B) {
  const cursors = yield* Cursors
  const nextCursor = Option.isNone(next) ? null : yield* cursors.seal(next.value)
  if (nextCursor !== null) {
    const { url } = yield* HttpServerRequest.HttpServerRequest
    // A path alone is enough where the public URL is not known.
    const link = `<${(yield* knownUrl) ?? ""}${addressOf(url, nextCursor)}>; rel="next"`
    yield* HttpEffect.appendPreResponseHandler((_request, response) =>
      Effect.succeed(HttpServerResponse.setHeader(response, "link", link))
    )
  }
  return { items: items.map(view), nextCursor }
})
