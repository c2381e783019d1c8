/**
 * How a command ends when it does not succeed: one table from the tag of every error that a command can fail with to
 * the line that the operator reads and the exit code that a script reads. A tag that is missing here does not
 * compile.
 */
import type { LegacyUnavailable } from "@musehub/adapter-legacy/LegacyRecords"
import type { AttributesRefused } from "@musehub/domain/merge/Attributes"
import type {
  AddressRefused,
  AnswerUnsound,
  BranchAbsent,
  Diverged,
  FileFailed,
  FolderBusy,
  FolderUnfit,
  LocalChanges,
  LocalDamage,
  PathRefused,
  RemoteRefused,
  RemoteUnknown,
  RemoteUnreachable
} from "@musehub/client/errors"
import type { RootContended, RootExists, RootMissing, RootOutcomeUnknown } from "@musehub/domain/invariant/Roots"
import type { ContentRefused, ObjectCorrupt, ObjectRefused } from "@musehub/domain/object/Refused"
import type { IndexUnavailable } from "@musehub/domain/port/index/IndexUnavailable"
import type { DocumentConflict, ObjectMissing, StoreUnavailable } from "@musehub/domain/port/ObjectStore"
import type { CursorRefused } from "@musehub/domain/port/Page"
import type { ConfigurationRefused } from "@musehub/domain/port/Plugin"
import type { BranchNameRefused } from "@musehub/domain/repository/Names"
import type { Forbidden, RepositoryUnknown, Unauthenticated } from "@musehub/domain/usecase/access/policy"
import type { CommitUnknown } from "@musehub/domain/usecase/graph/CommitUnknown"
import type { UserUnknown } from "@musehub/domain/usecase/people/showUser"
import type { RepositoryNameTaken } from "@musehub/domain/usecase/repositories/createRepository"
import type { TokenUnknown } from "@musehub/domain/usecase/people/tokens"
import type { DefaultBranchKept } from "@musehub/domain/usecase/branches/deleteBranch"
import type { NotInReflog } from "@musehub/domain/usecase/branches/restoreBranch"
import type {
  BranchClash,
  BranchExists,
  BranchProtected,
  BranchUnknown,
  HeadMoved
} from "@musehub/domain/repository/rule/branchRules"
import type {
  ProposalBranchGone,
  ProposalExists,
  ProposalNotOpen,
  ProposalRefused,
  ProposalUnknown
} from "@musehub/domain/usecase/proposals/errors"
import type {
  ApprovalsMissing,
  FastForwardImpossible,
  MergeConflicts,
  NothingToMerge,
  RebaseTooLarge,
  TargetContended
} from "@musehub/domain/usecase/merges/mergeErrors"
import type { RepositoryFull } from "@musehub/domain/repository/rule/repositoryLimits"
import type { GrantRefused } from "@musehub/domain/usecase/repositories/collaborators"
import type { MpackIncomplete } from "@musehub/domain/wire/mpack/Refused"
import { Schema } from "effect"
import type { HttpServerError } from "effect/http"
import { withReason } from "./reason.ts"

/** The object store does not keep the promises that the hub rests on. */
export class StoreUnfit extends Schema.TaggedError<StoreUnfit>()("StoreUnfit", {
  location: Schema.String,
  reasons: Schema.Array(Schema.String)
}) {
  override get message() {
    return `the object store at ${this.location} is not fit to serve from: ${this.reasons.join("; ")}`
  }
}

/** There is a user of this name already. */
export class UserExists extends Schema.TaggedError<UserExists>()("UserExists", { user: Schema.String }) {
  override get message() {
    return `there is already a user ${this.user}`
  }
}

/** A clone is not what it was when it was made. */
export class RepositoryDamaged extends Schema.TaggedError<RepositoryDamaged>()("RepositoryDamaged", {
  directory: Schema.String,
  faults: Schema.Number
}) {
  override get message() {
    return `the repository in ${this.directory} has ${this.faults} faults`
  }
}

/** Exit codes, for scripts. */
export const exitCodes = {
  ok: 0,
  /** What was asked for was refused, or the store is unfit. */
  refused: 1,
  /** The command line or a setting is wrong; nothing was done. */
  usage: 2,
  /** The store, the index or the port cannot be had; trying again may help. */
  unavailable: 3,
  /** A bug in the hub. */
  defect: 70,
  /** Stopped by a signal before it was done. */
  interrupted: 130
} as const

/** Every error that a command can fail with, apart from those of the command line itself. */
export type CommandError =
  | AddressRefused
  | AnswerUnsound
  | ApprovalsMissing
  | AttributesRefused
  | BranchAbsent
  | BranchClash
  | BranchExists
  | BranchNameRefused
  | BranchProtected
  | BranchUnknown
  | CommitUnknown
  | ConfigurationRefused
  | ContentRefused
  | CursorRefused
  | DefaultBranchKept
  | Diverged
  | DocumentConflict
  | FastForwardImpossible
  | FileFailed
  | FolderBusy
  | FolderUnfit
  | Forbidden
  | GrantRefused
  | HeadMoved
  | HttpServerError.ServeError
  | IndexUnavailable
  | LegacyUnavailable
  | LocalChanges
  | LocalDamage
  | MergeConflicts
  | MpackIncomplete
  | NotInReflog
  | NothingToMerge
  | ObjectCorrupt
  | ObjectMissing
  | ObjectRefused
  | PathRefused
  | ProposalBranchGone
  | ProposalExists
  | ProposalNotOpen
  | ProposalRefused
  | ProposalUnknown
  | RebaseTooLarge
  | RemoteRefused
  | RemoteUnknown
  | RemoteUnreachable
  | RepositoryDamaged
  | RepositoryFull
  | RepositoryNameTaken
  | RepositoryUnknown
  | RootContended
  | RootExists
  | RootMissing
  | RootOutcomeUnknown
  | StoreUnavailable
  | StoreUnfit
  | TargetContended
  | TokenUnknown
  | Unauthenticated
  | UserExists
  | UserUnknown

/** What the process says on stderr, in one line, and exits with. */
export interface Ending {
  readonly exitCode: number
  readonly message: string
}

const refused = (error: { readonly message: string }): Ending => ({
  exitCode: exitCodes.refused,
  message: error.message
})

const unavailable = (error: { readonly message: string; readonly cause?: unknown }): Ending => ({
  exitCode: exitCodes.unavailable,
  message: withReason(error.message, error.cause)
})

const table: { readonly [Tag in CommandError["_tag"]]: (error: Extract<CommandError, { _tag: Tag }>) => Ending } = {
  AddressRefused: (error) => ({ exitCode: exitCodes.usage, message: error.message }),
  AnswerUnsound: refused,
  ApprovalsMissing: refused,
  AttributesRefused: refused,
  BranchAbsent: refused,
  BranchClash: refused,
  BranchExists: refused,
  BranchNameRefused: refused,
  BranchProtected: refused,
  BranchUnknown: refused,
  CommitUnknown: refused,
  ConfigurationRefused: (error) => ({ exitCode: exitCodes.usage, message: error.message }),
  ContentRefused: refused,
  CursorRefused: refused,
  DefaultBranchKept: refused,
  Diverged: refused,
  DocumentConflict: (error) => ({
    exitCode: exitCodes.refused,
    message: `another process changed ${error.key} at the same time; run the command again`
  }),
  FastForwardImpossible: refused,
  FileFailed: (error) => ({ exitCode: exitCodes.refused, message: withReason(error.message, error.cause) }),
  FolderBusy: unavailable,
  FolderUnfit: refused,
  Forbidden: refused,
  GrantRefused: refused,
  HeadMoved: refused,
  IndexUnavailable: unavailable,
  LegacyUnavailable: unavailable,
  LocalChanges: refused,
  LocalDamage: refused,
  MergeConflicts: refused,
  MpackIncomplete: refused,
  NotInReflog: refused,
  NothingToMerge: refused,
  ObjectCorrupt: refused,
  ObjectMissing: refused,
  ObjectRefused: refused,
  PathRefused: refused,
  ProposalBranchGone: refused,
  ProposalExists: refused,
  ProposalNotOpen: refused,
  ProposalRefused: refused,
  ProposalUnknown: refused,
  RebaseTooLarge: refused,
  RemoteRefused: (error) => ({
    // Too many requests, or the hub's own trouble: later it may be different.
    exitCode: error.status === 429 || error.status >= 500 ? exitCodes.unavailable : exitCodes.refused,
    message: error.message
  }),
  RemoteUnknown: refused,
  RemoteUnreachable: unavailable,
  RepositoryDamaged: refused,
  RepositoryFull: refused,
  RepositoryNameTaken: refused,
  RepositoryUnknown: refused,
  RootContended: refused,
  RootExists: (error) => ({
    exitCode: exitCodes.refused,
    message: `there is already a repository with the id ${error.repository}`
  }),
  RootMissing: refused,
  RootOutcomeUnknown: unavailable,
  ServeError: (error) => ({
    exitCode: exitCodes.unavailable,
    message: withReason("the hub cannot listen", error.cause)
  }),
  StoreUnavailable: unavailable,
  StoreUnfit: refused,
  TargetContended: refused,
  TokenUnknown: refused,
  Unauthenticated: refused,
  UserExists: refused,
  UserUnknown: refused
}

/** Looks an error up. */
export const endingOf = <E extends CommandError>(error: E): Ending => {
  // The table is indexed by the error's own tag, which the compiler cannot follow through a union.
  const explain = table[error._tag] as (error: CommandError) => Ending
  return explain(error)
}
