/**
 * Maps an error to its answer: one status for each kind, and one shape of the body, an RFC 9457 problem. The sentence
 * for people comes first, since the client prints the first 400 characters of the body.
 */
import type { ErrorKind } from "@musehub/domain/base/ErrorKind"
import type { Encodable } from "@musehub/msgpack/Encoder"
import { supportedEncodings } from "../contentEncoding.ts"
import { type Failure, type FailureClass, failures } from "./failures.ts"

/**
 * 409 is only for a non-fast-forward, a lost race or a conflicting state: the client prints "has diverged" for it,
 * whatever the body says. A failure that needs an operator is a 500: after a 502 or 503, clients repeat the request.
 */
export const statuses = {
  malformed: 400,
  cut: 400,
  unauthenticated: 401,
  forbidden: 403,
  "not found": 404,
  moved: 404,
  late: 408,
  conflict: 409,
  limit: 413,
  unsupported: 415,
  outside: 416,
  refused: 422,
  throttled: 429,
  damaged: 500,
  "out of order": 500,
  busy: 503,
  unavailable: 503
} as const satisfies { readonly [K in ErrorKind]?: number }

/** The media type of problems in JSON. */
export const problemMediaType = "application/problem+json"

export interface Problem {
  readonly status: number
  readonly headers: { readonly [name: string]: string }
  readonly body: { readonly [key: string]: Encodable }
}

/** The seconds after which a client may retry when the hub is busy, or the store or the index is unavailable. */
export const retryAfterSeconds = 5

/** `HeadMoved` as `head-moved`. */
type Kebab<Name extends string> = Name extends `${infer First}${infer Rest}`
  ? `${Lowercase<First>}${Rest extends Uncapitalize<Rest> ? "" : "-"}${Kebab<Rest>}`
  : ""

const kebab = <Name extends string>(name: Name) =>
  name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, "-").toLowerCase() as Kebab<Name>

/** The `type` of a problem. */
export type TypeOf<Tag extends string> = `urn:musehub:problem:${Kebab<Tag>}`

export const typeOf = <Tag extends string>(tag: Tag): TypeOf<Tag> => `urn:musehub:problem:${kebab(tag)}`

/** Returns the sentence for people. For internal failures it omits keys and causes. */
const sentenceOf = (failure: Failure): string => {
  switch (failure.kind) {
    case "damaged":
    case "out of order":
    case "unavailable":
      return failure.publicMessage
    default:
      return "publicMessage" in failure ? failure.publicMessage : failure.message
  }
}

/** Returns the name of an error's field in the body, where `type` is the problem's own. */
export const memberOf = (field: string): string => (field === "type" ? "objectType" : field)

/** Returns the fields of the error that a client may see. */
const detailsOf = (failure: Failure): { readonly [member: string]: Encodable } => {
  const { details = [] }: FailureClass = failures[failure._tag]
  const members = details.map(
    (field) => [memberOf(field), Reflect.get(failure, field) as Encodable | undefined] as const
  )
  return Object.fromEntries(members.filter((member): member is readonly [string, Encodable] => member[1] !== undefined))
}

/** Returns the problem of a failure. */
export const problemOf = (failure: Failure): Problem => {
  const status = statuses[failure.kind]
  const headers: Record<string, string> = {}
  if (status === 503) headers["retry-after"] = String(retryAfterSeconds)
  if (failure._tag === "RangeUnsatisfiable") headers["content-range"] = `bytes */${failure.size}`
  if (failure._tag === "EncodingUnsupported") headers["accept-encoding"] = supportedEncodings
  if (failure._tag === "TooManyRequests") headers["retry-after"] = String(failure.retryAfterSeconds)
  if (failure._tag === "KeyInUse") headers["retry-after"] = String(failure.retryAfterSeconds)
  if (status === 401) headers["www-authenticate"] = 'Bearer realm="musehub"'
  const body = { detail: sentenceOf(failure), status, type: typeOf(failure._tag), ...detailsOf(failure) }
  return { status, headers, body }
}

/** The tag of a defect's problem. */
export const defectTag = "Defect"

/** Returns the problem of a defect. The client gets the request id; the cause is logged under it. */
export const defectProblem = (requestId: string): Problem => ({
  status: 500,
  headers: {},
  body: { detail: `the hub had an internal error; request ${requestId}`, status: 500, type: typeOf(defectTag) }
})
