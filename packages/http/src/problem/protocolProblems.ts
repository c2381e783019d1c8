/** The problems of requests that no endpoint answers. */
import { cut } from "@musehub/domain/base/text/cut"
import { maxHeaderSize } from "node:http"
import { type Problem, retryAfterSeconds, typeOf } from "./Problem.ts"

const problem = (tag: string, status: number, detail: string, headers: Problem["headers"] = {}): Problem => ({
  status,
  headers,
  body: { detail, status, type: typeOf(tag) }
})

/** The most characters of a path that a message repeats. */
const pathLengthMax = 200

/** Returns the path of a URL, without the query, which may hold secrets. */
const shown = (url: string): string => cut(url.split("?", 1)[0] ?? "", pathLengthMax)

export const endpointUnknown = (method: string, url: string): Problem =>
  problem("EndpointUnknown", 404, `there is no such endpoint: ${method} ${shown(url)}; /docs lists the REST API`)

/** `allowed` is the content of the Allow header. */
export const methodNotAllowed = (method: string, url: string, allowed: string): Problem =>
  problem("MethodNotAllowed", 405, `${shown(url)} does not take ${method}; it takes ${allowed}`, { allow: allowed })

export const urlTooLong = (limit: number): Problem =>
  problem("UrlTooLong", 414, `the URL is longer than the ${limit} characters that are allowed`)

export const hostMissing: Problem = problem("HostMissing", 400, "the request has no Host header; HTTP/1.1 requires one")

export const expectationUnknown: Problem = problem(
  "ExpectationUnknown",
  417,
  "the Expect header asks for something else than 100-continue; send the request without it"
)

/** The problem of a request whose handler was interrupted, and not because its client left. */
export const workEnded = problem(
  "WorkEnded",
  503,
  "the hub ended its work on this request, as it does when it stops; send it again in a few seconds",
  { "retry-after": String(retryAfterSeconds) }
)

const requestUnreadable = problem("RequestUnreadable", 400, "the request is not valid HTTP/1.1")

/** The problems of what Node's parser refuses, by the code of its error. */
const unparsed: { readonly [code: string]: Problem } = {
  HPE_HEADER_OVERFLOW: problem(
    "HeadersTooLarge",
    431,
    `the request line and the headers are larger than the ${maxHeaderSize} bytes that are allowed`
  ),
  HPE_CHUNK_EXTENSIONS_OVERFLOW: problem(
    "ChunkExtensionsTooLarge",
    413,
    "the extensions of the body's chunks are too large; send chunks without extensions"
  ),
  ERR_HTTP_REQUEST_TIMEOUT: problem("RequestTimeout", 408, "the request did not arrive in time; send it again")
}

/** Returns the problem of a request that Node's parser refuses. */
export const unparsedProblem = ({ code = "" }: NodeJS.ErrnoException): Problem => unparsed[code] ?? requestUnreadable
