/**
 * One table from every error of the domain to an HTTP status, and one shape for every error body: an RFC 9457 problem
 * with the human sentence first, since the client prints the first 400 characters as they come.
 */
import type { Encodable } from "@musehub/domain/wire/msgpack/Encoder"
import type { BranchNameRefused } from "@musehub/domain/repository/Names"
import type { ContentRefused } from "@musehub/domain/object/CanonicalObject"
import type { IdMismatch, ObjectCorrupt, ObjectRefused } from "@musehub/domain/object/Refused"
import type { NotJson } from "@musehub/domain/object/CanonicalJson"
import type { ObjectMissing, StoreUnavailable } from "@musehub/domain/port/ObjectStore"
import type { IndexUnavailable } from "@musehub/domain/port/IndexStore"
import type { MoveError, RootExists } from "@musehub/domain/invariant/Roots"
import type { Forbidden, RepositoryUnknown, Unauthenticated } from "@musehub/domain/usecase/access"
import type { BundleRefused } from "@musehub/domain/usecase/checkBundle"
import type { BranchClash, NonFastForward } from "@musehub/domain/usecase/push"
import type { ObjectsMissing } from "@musehub/domain/usecase/missing"
import type { RepositoryNameTaken } from "@musehub/domain/usecase/createRepository"
import type { WantUnknown } from "@musehub/domain/usecase/planFetch"
import type { DocumentConflict } from "@musehub/domain/port/ObjectStore"
import type { MsgpackRefused } from "@musehub/domain/wire/msgpack/Value"
import type { RequestRefused } from "@musehub/domain/wire/RequestRefused"
import type { AnswerTooLarge, BodyBrokeOff, BodyTooLarge } from "./Body.ts"

/** Every error that a request can end with. */
export type Failure =
  | AnswerTooLarge
  | BodyBrokeOff
  | BodyTooLarge
  | BranchClash
  | BranchNameRefused
  | BundleRefused
  | ContentRefused
  | DocumentConflict
  | Forbidden
  | IdMismatch
  | IndexUnavailable
  | MoveError
  | MsgpackRefused
  | NonFastForward
  | NotJson
  | ObjectCorrupt
  | ObjectMissing
  | ObjectRefused
  | ObjectsMissing
  | RepositoryNameTaken
  | RepositoryUnknown
  | RequestRefused
  | RootExists
  | StoreUnavailable
  | Unauthenticated
  | WantUnknown

type Tag = Failure["_tag"]

/**
 * 409 is only for a true non-fast-forward or a lost race: the client prints "has diverged" for it, whatever the body
 * says.
 */
const statuses: { readonly [T in Tag]: number } = {
  AnswerTooLarge: 413,
  BodyBrokeOff: 400,
  BodyTooLarge: 413,
  BranchClash: 422,
  BranchNameRefused: 422,
  BundleRefused: 422,
  ContentRefused: 422,
  DocumentConflict: 409,
  Forbidden: 403,
  IdMismatch: 422,
  IndexUnavailable: 503,
  MsgpackRefused: 400,
  NonFastForward: 409,
  NotJson: 400,
  ObjectCorrupt: 500,
  ObjectMissing: 500,
  ObjectRefused: 422,
  ObjectsMissing: 422,
  RepositoryNameTaken: 409,
  RepositoryUnknown: 404,
  RequestRefused: 400,
  RootContended: 409,
  RootExists: 409,
  RootMissing: 404,
  RootOutcomeUnknown: 503,
  StoreUnavailable: 503,
  Unauthenticated: 401,
  WantUnknown: 404
}

/** The data of an error that helps whoever handles it; the rest (causes, internal keys) stays inside. */
const details = (failure: Failure): { readonly [key: string]: Encodable } => {
  switch (failure._tag) {
    case "IdMismatch":
      return { objectType: failure.type, given: failure.given, computed: failure.computed }
    case "ObjectsMissing":
      return { objectType: failure.type, missing: failure.ids, total: failure.total }
    case "WantUnknown":
      return { missing: failure.ids, total: failure.total }
    case "NonFastForward":
      return { branch: failure.branch, head: failure.head }
    case "BranchClash":
      return { branch: failure.branch, existing: failure.existing }
    case "BodyTooLarge":
      return { limitBytes: failure.limitBytes }
    default:
      return {}
  }
}

export interface Problem {
  readonly status: number
  readonly headers: { readonly [name: string]: string }
  readonly body: { readonly [key: string]: Encodable }
}

/** Seconds after which a client may try again when the store or the index is away. */
const retryAfterSeconds = 5

const typeOf = (tag: string): string =>
  `urn:musehub:problem:${tag.replaceAll(/(?<=[a-z])(?=[A-Z])/g, "-").toLowerCase()}`

/** Over a limit is 413 also where the decoder noticed it first. */
const statusOf = (failure: Failure): number =>
  (failure._tag === "MsgpackRefused" || failure._tag === "RequestRefused") && failure.kind === "limit"
    ? 413
    : statuses[failure._tag]

export const problemOf = (failure: Failure): Problem => {
  const status = statusOf(failure)
  const headers: Record<string, string> = {}
  if (status === 503) headers["retry-after"] = String(retryAfterSeconds)
  if (status === 401) headers["www-authenticate"] = 'Bearer realm="musehub"'
  return { status, headers, body: { detail: failure.message, status, type: typeOf(failure._tag), ...details(failure) } }
}

/** A bug: no detail leaves the house, only an id to find it by. */
export const defectProblem = (requestId: string): Problem => ({
  status: 500,
  headers: {},
  body: {
    detail: `something went wrong inside the hub; request ${requestId}`,
    status: 500,
    type: typeOf("Defect"),
    requestId
  }
})
