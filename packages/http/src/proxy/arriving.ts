/**
 * Reads a request as its client sent it, whatever a proxy did on the way: the client's address, the path without the
 * base path of the public URL, and names with slashes as one segment.
 */
import { Effect } from "effect"
import { HttpMiddleware, HttpServerRequest, type HttpServerResponse } from "effect/http"
import { encodeSlashes } from "./encodeSlashes.ts"
import { forwarded, type ProxyOptions } from "./Proxies.ts"

/** Removes the base path, if the URL has it. */
const withoutBase = (url: string, base: string): string => {
  if (base === "" || !url.startsWith(base)) return url
  const rest = url.slice(base.length)
  if (rest.startsWith("/")) return rest
  return rest === "" || rest.startsWith("?") ? `/${rest}` : url
}

const basePathOf = ({ publicUrl }: ProxyOptions): string =>
  publicUrl === undefined ? "" : new URL(publicUrl).pathname.replace(/\/$/, "")

/** Makes the middleware that stands before all routes. */
export const arriving = (options: ProxyOptions) => {
  const base = basePathOf(options)
  const fromClient = HttpMiddleware.xForwardedHeaders(options)
  const read = (request: HttpServerRequest.HttpServerRequest) => {
    // A proxy that names a prefix has removed it. What looks like the base path is then the name of an owner.
    const isStripped = (forwarded(options, request)?.prefix ?? "") !== ""
    const path = isStripped ? request.url : withoutBase(request.url, base)
    const url = encodeSlashes(request.method, path)
    return url === request.url ? request : request.modify({ url })
  }
  return <E, R>(
    handler: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R | HttpServerRequest.HttpServerRequest>
  ) => fromClient(Effect.updateService(handler, HttpServerRequest.HttpServerRequest, read))
}
