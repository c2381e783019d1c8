/**
 * One table from every error of the domain to an HTTP status, and one shape for every error body: an RFC 9457 problem
 * with the human sentence first, since the client prints the first 400 characters as they come.
 */
import type { CommitUnknown } from "@musehub/domain/usecase/graph/CommitUnknown"
import type { UserUnknown } from "@musehub/domain/usecase/people/showUser"
import type { Encodable } from "@musehub/msgpack/Encoder"
import type { BranchNameRefused } from "@musehub/domain/repository/Names"
import type { ContentRefused, IdMismatch, ObjectCorrupt, ObjectRefused } from "@musehub/domain/object/Refused"
import type { NotJson } from "@musehub/domain/object/CanonicalJson"
import type { ObjectMissing, StoreUnavailable } from "@musehub/domain/port/ObjectStore"
import type { IndexUnavailable } from "@musehub/domain/port/index/IndexUnavailable"
import type { MoveError, RootExists } from "@musehub/domain/invariant/Roots"
import type { Forbidden, RepositoryUnknown, Unauthenticated } from "@musehub/domain/usecase/access/policy"
import type { BundleRefused } from "@musehub/domain/usecase/push/checkBundle"
import type { AnnotationRefused } from "@musehub/domain/repository/Annotation"
import type {
  BranchClash,
  BranchExists,
  BranchProtected,
  BranchUnknown,
  HeadMoved,
  NonFastForward
} from "@musehub/domain/repository/rule/branchRules"
import type { ObjectsMissing } from "@musehub/domain/usecase/push/ObjectsMissing"
import type { RepositoryNameTaken } from "@musehub/domain/usecase/repositories/createRepository"
import type { WantUnknown } from "@musehub/domain/usecase/fetch/planFetch"
import type { ObjectUnknown } from "@musehub/domain/usecase/fetch/readObject"
import type { DocumentConflict } from "@musehub/domain/port/ObjectStore"
import type { CursorRefused } from "@musehub/domain/port/Page"
import type { MpackRefused, MpackVersionUnknown } from "@musehub/domain/wire/mpack/Refused"
import type { MsgpackRefused } from "@musehub/msgpack/Value"
import type { AnswerTooLarge } from "@musehub/domain/wire/AnswerTooLarge"
import type { RequestRefused } from "@musehub/domain/wire/RequestRefused"
import type { AnswerNotKept, KeyInUse, KeyReused } from "@musehub/domain/usecase/requests/answerOnce"
import type { NothingToCommit } from "@musehub/domain/usecase/commits/commitFiles"
import type { FileUnknown } from "@musehub/domain/usecase/commits/readCommits"
import type { ChangesRefused } from "@musehub/domain/usecase/commits/fileChanges"
import type { TokenUnknown } from "@musehub/domain/usecase/people/tokens"
import type { GrantRefused } from "@musehub/domain/usecase/repositories/collaborators"
import type { DefaultBranchKept } from "@musehub/domain/usecase/branches/deleteBranch"
import type { NotInReflog } from "@musehub/domain/usecase/branches/restoreBranch"
import type { RepositoryFull } from "@musehub/domain/repository/rule/repositoryLimits"
import type {
  ApprovalsMissing,
  FastForwardImpossible,
  MergeConflicts,
  NothingToMerge,
  RebaseTooLarge,
  TargetContended
} from "@musehub/domain/usecase/merges/mergeErrors"
import type {
  ProposalBranchGone,
  ProposalExists,
  ProposalNotOpen,
  ProposalRefused,
  ProposalUnknown
} from "@musehub/domain/usecase/proposals/errors"
import type { AttributesRefused } from "@musehub/domain/merge/Attributes"
import type {
  ReleaseExists,
  ReleaseRefused,
  ReleasesTooLarge,
  ReleaseUnknown,
  TagConflict,
  TagRefused,
  TagUnknown
} from "@musehub/domain/usecase/tags/errors"
import type { BodyBrokeOff, BodyTooLarge } from "./Body.ts"
import type { RangeUnsatisfiable } from "./wire/byteRange.ts"

/** Every error that a request can end with. */
export type Failure =
  | AnnotationRefused
  | AnswerNotKept
  | AnswerTooLarge
  | ApprovalsMissing
  | AttributesRefused
  | BodyBrokeOff
  | BodyTooLarge
  | BranchClash
  | BranchExists
  | BranchNameRefused
  | BranchProtected
  | BranchUnknown
  | BundleRefused
  | ChangesRefused
  | CommitUnknown
  | ContentRefused
  | CursorRefused
  | DefaultBranchKept
  | DocumentConflict
  | FastForwardImpossible
  | FileUnknown
  | Forbidden
  | GrantRefused
  | HeadMoved
  | IdMismatch
  | IndexUnavailable
  | KeyInUse
  | KeyReused
  | MergeConflicts
  | MoveError
  | MpackRefused
  | MpackVersionUnknown
  | MsgpackRefused
  | NonFastForward
  | NotInReflog
  | NotJson
  | NothingToCommit
  | NothingToMerge
  | ObjectCorrupt
  | ObjectMissing
  | ObjectRefused
  | ObjectsMissing
  | ObjectUnknown
  | ProposalBranchGone
  | ProposalExists
  | ProposalNotOpen
  | ProposalRefused
  | ProposalUnknown
  | RangeUnsatisfiable
  | RebaseTooLarge
  | ReleaseExists
  | ReleaseRefused
  | ReleaseUnknown
  | ReleasesTooLarge
  | RepositoryFull
  | RepositoryNameTaken
  | RepositoryUnknown
  | RequestRefused
  | RootExists
  | StoreUnavailable
  | TagConflict
  | TagRefused
  | TagUnknown
  | TargetContended
  | TokenUnknown
  | Unauthenticated
  | UserUnknown
  | WantUnknown

type Tag = Failure["_tag"]

/**
 * 409 is only for a true non-fast-forward or a lost race: the client prints "has diverged" for it, whatever the body
 * says.
 */
const statuses: { readonly [T in Tag]: number } = {
  AnnotationRefused: 422,
  AnswerNotKept: 409,
  AnswerTooLarge: 413,
  ApprovalsMissing: 409,
  AttributesRefused: 422,
  BodyBrokeOff: 400,
  BodyTooLarge: 413,
  BranchClash: 422,
  BranchExists: 409,
  BranchNameRefused: 422,
  BranchProtected: 403,
  BranchUnknown: 404,
  BundleRefused: 422,
  ChangesRefused: 422,
  CommitUnknown: 404,
  ContentRefused: 422,
  CursorRefused: 400,
  DefaultBranchKept: 409,
  DocumentConflict: 409,
  FastForwardImpossible: 409,
  FileUnknown: 404,
  Forbidden: 403,
  GrantRefused: 422,
  HeadMoved: 409,
  IdMismatch: 422,
  IndexUnavailable: 503,
  KeyInUse: 409,
  KeyReused: 422,
  MergeConflicts: 409,
  MpackRefused: 400,
  MpackVersionUnknown: 415,
  MsgpackRefused: 400,
  NonFastForward: 409,
  NotInReflog: 422,
  NotJson: 400,
  NothingToCommit: 422,
  NothingToMerge: 409,
  ObjectCorrupt: 500,
  ObjectMissing: 500,
  ObjectRefused: 422,
  ObjectsMissing: 422,
  ObjectUnknown: 404,
  ProposalBranchGone: 409,
  ProposalExists: 409,
  ProposalNotOpen: 409,
  ProposalRefused: 422,
  ProposalUnknown: 404,
  RangeUnsatisfiable: 416,
  RebaseTooLarge: 422,
  ReleaseExists: 409,
  ReleaseRefused: 422,
  ReleaseUnknown: 404,
  ReleasesTooLarge: 413,
  RepositoryFull: 422,
  RepositoryNameTaken: 409,
  RepositoryUnknown: 404,
  RequestRefused: 400,
  RootContended: 409,
  RootExists: 409,
  RootMissing: 404,
  RootOutcomeUnknown: 503,
  StoreUnavailable: 503,
  TagConflict: 409,
  TagRefused: 422,
  TagUnknown: 404,
  TargetContended: 409,
  TokenUnknown: 404,
  Unauthenticated: 401,
  UserUnknown: 404,
  WantUnknown: 404
}

/** The data of an error that helps whoever handles it; the rest (causes, internal keys) stays inside. */
const details = (failure: Failure): { readonly [key: string]: Encodable } => {
  switch (failure._tag) {
    case "IdMismatch":
      return { objectType: failure.type, given: failure.given, computed: failure.computed }
    case "ObjectsMissing":
    case "ObjectUnknown":
      return { objectType: failure.type, missing: failure.ids, total: failure.total }
    case "WantUnknown":
      return { missing: failure.ids, total: failure.total }
    case "MpackRefused":
      return { offset: failure.offset }
    case "MpackVersionUnknown":
      return { spoken: failure.spoken }
    case "NonFastForward":
      return { branch: failure.branch, head: failure.head }
    case "HeadMoved":
      return { branch: failure.branch, expected: failure.expected, actual: failure.actual }
    case "ChangesRefused":
      return { path: failure.path }
    case "BranchClash":
      return { branch: failure.branch, existing: failure.existing }
    case "BodyTooLarge":
    case "ReleasesTooLarge":
      return { limitBytes: failure.limitBytes }
    case "MergeConflicts":
      return {
        conflicts: failure.conflicts,
        total: failure.total,
        ...(failure.commit === undefined ? {} : { commit: failure.commit })
      }
    case "ApprovalsMissing":
      return { needed: failure.needed, given: failure.given, changesRequestedBy: failure.changesRequestedBy }
    case "ProposalExists":
      return { number: failure.number }
    case "ProposalNotOpen":
      return { number: failure.number, state: failure.state }
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

const statusOf = (failure: Failure): number => {
  switch (failure._tag) {
    // Over a limit is 413 also where the decoder noticed it first.
    case "MpackRefused":
    case "MsgpackRefused":
    case "RequestRefused":
      return failure.kind === "limit" ? 413 : statuses[failure._tag]
    // What waits for an operator is a 500: a 502 or 503 makes clients send the request again and again.
    case "IndexUnavailable":
    case "StoreUnavailable":
      return failure.isRetryable ? statuses[failure._tag] : 500
    default:
      return statuses[failure._tag]
  }
}

/** The sentence for people: of what fails inside, one without keys and causes. */
const detailOf = (failure: Failure): string => ("publicMessage" in failure ? failure.publicMessage : failure.message)

/** The problem that stands for a failure. */
export const problemOf = (failure: Failure): Problem => {
  const status = statusOf(failure)
  const headers: Record<string, string> = {}
  if (status === 503) headers["retry-after"] = String(retryAfterSeconds)
  if (failure._tag === "RangeUnsatisfiable") headers["content-range"] = `bytes */${failure.size}`
  if (failure._tag === "KeyInUse") headers["retry-after"] = String(failure.retryAfterSeconds)
  if (status === 401) headers["www-authenticate"] = 'Bearer realm="musehub"'
  return {
    status,
    headers,
    body: { detail: detailOf(failure), status, type: typeOf(failure._tag), ...details(failure) }
  }
}

/** A defect. The client gets the id of the request; the cause is logged under it. */
export const defectProblem = (requestId: string): Problem => ({
  status: 500,
  headers: {},
  body: { detail: `something went wrong inside the hub; request ${requestId}`, status: 500, type: typeOf("Defect") }
})
