/**
 * Maps each error of a command to the line for the operator and the exit code for scripts. The table is keyed by tag: a
 * missing tag does not compile.
 */
import { type ErrorKind, errorKind } from "@musehub/domain/base/ErrorKind"
import { Schema } from "effect"
import { withReason } from "./reason.ts"

/** The object store lacks properties that the hub needs. */
export class StoreUnfit extends Schema.TaggedError<StoreUnfit>()("StoreUnfit", {
  kind: errorKind("refused"),
  location: Schema.String,
  reasons: Schema.Array(Schema.String)
}) {
  override get message() {
    return `the object store at ${this.location} is not fit to serve from: ${this.reasons.join("; ")}`
  }
}

/** The user name is taken. */
export class UserExists extends Schema.TaggedError<UserExists>()("UserExists", {
  kind: errorKind("conflict"),
  user: Schema.String
}) {
  override get message() {
    return `there is already a user ${this.user}`
  }
}

/** A clone is damaged. */
export class RepositoryDamaged extends Schema.TaggedError<RepositoryDamaged>()("RepositoryDamaged", {
  kind: errorKind("damaged"),
  directory: Schema.String,
  faults: Schema.Number
}) {
  override get message() {
    return `the repository in ${this.directory} has ${this.faults} faults`
  }
}

/** The store lacks something that it should have. */
export class StoreIncomplete extends Schema.TaggedError<StoreIncomplete>()("StoreIncomplete", {
  kind: errorKind("damaged"),
  losses: Schema.Number
}) {
  override get message() {
    const losses = this.losses === 1 ? "1 loss" : `${this.losses} losses`
    return `the index is complete but for what the object store lost: ${losses}`
  }
}

/** Something of the legacy hub stays behind, or moved in both hubs. */
export class AdoptionIncomplete extends Schema.TaggedError<AdoptionIncomplete>()("AdoptionIncomplete", {
  kind: errorKind("damaged"),
  rows: Schema.Number
}) {
  override get message() {
    const rows = this.rows === 1 ? "1 row" : `${this.rows} rows`
    return `all is taken over but ${rows} of the legacy hub, each of which is named with the reason`
  }
}

/** The hub is damaged. */
export class HubDamaged extends Schema.TaggedError<HubDamaged>()("HubDamaged", {
  kind: errorKind("damaged"),
  faults: Schema.Number
}) {
  override get message() {
    return this.faults === 1 ? "the hub has 1 fault" : `the hub has ${this.faults} faults`
  }
}

/** Rows of the index are not what a rebuild from the store gives. */
export class IndexDiffers extends Schema.TaggedError<IndexDiffers>()("IndexDiffers", {
  kind: errorKind("damaged"),
  differences: Schema.Number
}) {
  override get message() {
    return `the index differs from the object store in ${this.differences === 1 ? "1 row" : `${this.differences} rows`}`
  }
}

/** A drill shows that the hub would not come back as it is. */
export class DrillFailed extends Schema.TaggedError<DrillFailed>()("DrillFailed", {
  kind: errorKind("damaged"),
  findings: Schema.Number
}) {
  override get message() {
    const findings = this.findings === 1 ? "1 finding" : `${this.findings} findings`
    return `the drill has ${findings}, listed above: mend them before the database is lost`
  }
}

/** The file of a plan of garbage collection cannot be used. */
export class PlanUnusable extends Schema.TaggedError<PlanUnusable>()("PlanUnusable", {
  kind: errorKind("misconfigured"),
  file: Schema.String,
  what: Schema.String,
  cause: Schema.Defect()
}) {
  override get message() {
    return `the plan ${JSON.stringify(this.file)} ${this.what}`
  }
}

/** Garbage collection could not judge some repositories, and says nothing of them. */
export class RepositoriesLeft extends Schema.TaggedError<RepositoriesLeft>()("RepositoriesLeft", {
  kind: errorKind("damaged"),
  repositories: Schema.Number
}) {
  override get message() {
    const count = this.repositories === 1 ? "1 repository" : `${this.repositories} repositories`
    return `the plan leaves out ${count} that cannot be judged, as listed above`
  }
}

/** What reads stdout takes no more of an object. */
export class OutputRefused extends Schema.TaggedError<OutputRefused>()("OutputRefused", {
  kind: errorKind("refused"),
  cause: Schema.Defect()
}) {
  override get message() {
    return "the object cannot be written to stdout"
  }
}

/** The hub cannot listen on the configured address. */
export class ListenFailed extends Schema.TaggedError<ListenFailed>()("ListenFailed", {
  kind: errorKind("unavailable"),
  /** The flags or variables of the address. */
  setting: Schema.String,
  cause: Schema.Defect()
}) {
  override get message() {
    return `${this.setting}: the hub cannot listen`
  }
}

/** What a setting names cannot be opened. `what` says what was tried, and `cause` is the driver's error. */
export class OpeningFailed extends Schema.TaggedError<OpeningFailed>()("OpeningFailed", {
  setting: Schema.String,
  what: Schema.String,
  mayPass: Schema.Boolean,
  cause: Schema.Defect()
}) {
  get kind() {
    return this.mayPass ? "unavailable" : "out of order"
  }
  override get message() {
    return `${this.setting}: ${this.what}`
  }
}

/** Exit codes, for scripts. */
export const exitCodes = {
  ok: 0,
  /** The request was refused, or the store is unfit. */
  refused: 1,
  /** The command line or a setting is wrong; nothing was done. */
  usage: 2,
  /** The store, the index or the port is unavailable; a retry may help. */
  unavailable: 3,
  /** A bug in the hub. */
  defect: 70,
  /** Interrupted by a signal. */
  interrupted: 130
} as const

const exitCodeOf: { readonly [K in ErrorKind]: number } = {
  malformed: exitCodes.refused,
  cut: exitCodes.refused,
  throttled: exitCodes.unavailable,
  busy: exitCodes.unavailable,
  late: exitCodes.refused,
  limit: exitCodes.refused,
  unsupported: exitCodes.refused,
  outside: exitCodes.refused,
  unauthenticated: exitCodes.refused,
  forbidden: exitCodes.refused,
  "not found": exitCodes.refused,
  moved: exitCodes.refused,
  conflict: exitCodes.refused,
  refused: exitCodes.refused,
  damaged: exitCodes.refused,
  misconfigured: exitCodes.usage,
  unavailable: exitCodes.unavailable,
  "out of order": exitCodes.unavailable
}

/** An error of a command, except those of the command line itself. */
export interface CommandError {
  readonly _tag: string
  readonly message: string
  readonly kind: ErrorKind
  readonly cause?: unknown
}

/** The line for stderr and the exit code of the process. */
export interface Ending {
  readonly exitCode: number
  readonly message: string
}

export const endingOf = ({ cause, kind, message }: CommandError): Ending => ({
  exitCode: exitCodeOf[kind],
  message: withReason(message, cause)
})
