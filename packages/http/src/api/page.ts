/** Pages of lists, with opaque cursors and a Link header for the next page (RFC 8288). */
import { CursorRefused, type Page, type PageRequest } from "@musehub/domain/port/Page"
import { Effect, Option } from "effect"
import { HttpEffect, HttpServerRequest, HttpServerResponse } from "effect/http"
import { knownUrl } from "../proxy/Proxies.ts"
import { limitDefault, type PageQuery } from "./contract/page.ts"

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** Returns the page that a query requests. */
export const pageRequest = Effect.fnUntraced(function* ({ cursor, limit = limitDefault }: PageQuery) {
  if (cursor === undefined) return { limit } satisfies PageRequest
  const after = yield* Effect.try({
    try: () => strict.decode(Buffer.from(cursor, "base64url")),
    catch: () => new CursorRefused({ reason: "is not from an earlier answer" })
  })
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
  const nextCursor = Option.getOrNull(Option.map(next, (after) => Buffer.from(after).toString("base64url")))
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
