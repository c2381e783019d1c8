import type { ReadableContent } from "@musehub/domain/usecase/access/blobContent"
import { Effect } from "effect"
import { HttpServerRequest } from "effect/http"
import { requestedRange } from "./byteRange.ts"
import { streamedObject } from "./streamed.ts"

export interface RangedOptions {
  readonly etag: string
  readonly contentType: string
  readonly headers: { readonly [name: string]: string }
}

/**
 * Answers with an object's bytes: 200 and all of them, or 206 and the one range that is requested. All of them are
 * checked while they are sent, and break off before their end if they are damaged.
 */
export const rangedObject = Effect.fnUntraced(function* (
  { part, size, whole }: ReadableContent,
  { contentType, etag, headers }: RangedOptions
) {
  const request = yield* HttpServerRequest.HttpServerRequest
  // Range applies to GET only.
  const range = request.method === "GET" ? yield* requestedRange(request.headers, { etag, size }) : undefined
  return yield* streamedObject(range === undefined ? whole : part(range), {
    status: range === undefined ? 200 : 206,
    contentType,
    contentLength: range === undefined ? size : range.end - range.start,
    headers: {
      ...headers,
      "accept-ranges": "bytes",
      ...(range === undefined ? {} : { "content-range": `bytes ${range.start}-${range.end - 1}/${size}` })
    }
  })
})
