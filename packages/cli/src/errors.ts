/**
 * How a command ends when it does not succeed: the line that the operator reads, and the exit code that a script reads,
 * one for each kind of failure. A command that fails with an error of no kind does not compile.
 */
import { type ErrorKind, errorKind } from "@musehub/domain/base/ErrorKind"
import { Schema } from "effect"
import { withReason } from "./reason.ts"

/** The object store does not keep the promises that the hub rests on. */
export class StoreUnfit extends Schema.TaggedError<StoreUnfit>()("StoreUnfit", {
  kind: errorKind("refused"),
  location: Schema.String,
  reasons: Schema.Array(Schema.String)
}) {
  override get message() {
    return `the object store at ${this.location} is not fit to serve from: ${this.reasons.join("; ")}`
  }
}

/** There is a user of this name already. */
export class UserExists extends Schema.TaggedError<UserExists>()("UserExists", {
  kind: errorKind("conflict"),
  user: Schema.String
}) {
  override get message() {
    return `there is already a user ${this.user}`
  }
}

/** A clone is not what it was when it was made. */
export class RepositoryDamaged extends Schema.TaggedError<RepositoryDamaged>()("RepositoryDamaged", {
  kind: errorKind("damaged"),
  directory: Schema.String,
  faults: Schema.Number
}) {
  override get message() {
    return `the repository in ${this.directory} has ${this.faults} faults`
  }
}

/** The hub cannot listen where it was told to. */
export class ListenFailed extends Schema.TaggedError<ListenFailed>()("ListenFailed", {
  kind: errorKind("unavailable"),
  cause: Schema.Defect()
}) {
  override get message() {
    return "the hub cannot listen"
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

const exitCodeOf: { readonly [K in ErrorKind]: number } = {
  malformed: exitCodes.refused,
  cut: exitCodes.refused,
  limit: exitCodes.refused,
  unsupported: exitCodes.refused,
  outside: exitCodes.refused,
  unauthenticated: exitCodes.refused,
  forbidden: exitCodes.refused,
  "not found": exitCodes.refused,
  conflict: exitCodes.refused,
  refused: exitCodes.refused,
  damaged: exitCodes.refused,
  misconfigured: exitCodes.usage,
  unavailable: exitCodes.unavailable,
  "out of order": exitCodes.unavailable
}

/** What a command may fail with, apart from errors of the command line itself. */
export interface CommandError {
  readonly _tag: string
  readonly message: string
  readonly kind: ErrorKind
  readonly cause?: unknown
}

/** What the process says on stderr, in one line, and exits with. */
export interface Ending {
  readonly exitCode: number
  readonly message: string
}

export const endingOf = ({ cause, kind, message }: CommandError): Ending => ({
  exitCode: exitCodeOf[kind],
  message: withReason(message, cause)
})
