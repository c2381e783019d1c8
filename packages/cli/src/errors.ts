/**
 * How a command ends when it does not succeed: one table from the tag of every error that a command can fail with to
 * the line that the operator reads and the exit code that a script reads. A tag that is missing here does not
 * compile.
 */
import type { RootExists, RootOutcomeUnknown } from "@musehub/domain/invariant/Roots"
import type { ContentRefused } from "@musehub/domain/object/CanonicalObject"
import type { ObjectCorrupt, ObjectRefused } from "@musehub/domain/object/Refused"
import type { IndexUnavailable } from "@musehub/domain/port/IndexStore"
import type { DocumentConflict, ObjectMissing, StoreUnavailable } from "@musehub/domain/port/ObjectStore"
import type { ConfigurationRefused } from "@musehub/domain/port/Plugin"
import type { BranchNameRefused } from "@musehub/domain/repository/Names"
import type { Forbidden, RepositoryUnknown } from "@musehub/domain/usecase/access"
import type { RepositoryNameTaken } from "@musehub/domain/usecase/createRepository"
import type { TokenUnknown } from "@musehub/domain/usecase/tokens"
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
  | BranchNameRefused
  | ConfigurationRefused
  | ContentRefused
  | DocumentConflict
  | Forbidden
  | IndexUnavailable
  | ObjectCorrupt
  | ObjectMissing
  | ObjectRefused
  | RepositoryNameTaken
  | RepositoryUnknown
  | RootExists
  | RootOutcomeUnknown
  | HttpServerError.ServeError
  | StoreUnavailable
  | StoreUnfit
  | TokenUnknown

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
  BranchNameRefused: refused,
  ConfigurationRefused: (error) => ({ exitCode: exitCodes.usage, message: error.message }),
  ContentRefused: refused,
  DocumentConflict: (error) => ({
    exitCode: exitCodes.refused,
    message: `another process changed ${error.key} at the same time; run the command again`
  }),
  Forbidden: refused,
  IndexUnavailable: unavailable,
  ObjectCorrupt: refused,
  ObjectMissing: refused,
  ObjectRefused: refused,
  RepositoryNameTaken: refused,
  RepositoryUnknown: refused,
  RootExists: (error) => ({
    exitCode: exitCodes.refused,
    message: `there is already a repository with the id ${error.repository}`
  }),
  RootOutcomeUnknown: unavailable,
  ServeError: (error) => ({
    exitCode: exitCodes.unavailable,
    message: withReason("the hub cannot listen", error.cause)
  }),
  StoreUnavailable: unavailable,
  StoreUnfit: refused,
  TokenUnknown: refused
}

/** Looks an error up. */
export const endingOf = <E extends CommandError>(error: E): Ending => {
  // The table is indexed by the error's own tag, which the compiler cannot follow through a union.
  const explain = table[error._tag] as (error: CommandError) => Ending
  return explain(error)
}
