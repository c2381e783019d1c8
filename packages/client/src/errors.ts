/**
 * How an operation of the client ends when it does not succeed. Text that a hub sent is cleaned of control characters
 * before it becomes part of a message, since messages end up on a terminal.
 */
import { type ErrorKind, errorKind } from "@musehub/domain/base/ErrorKind"
import { Schema } from "effect"

/** Most paths that a message names. */
const namedMax = 10

/** Quotes a name from outside: control characters become escapes, and it is cut. */
export const quoted = (text: string): string => JSON.stringify(text.slice(0, 300)).replaceAll(/[\u007f-\u009f]/g, "?")

/** A file or folder on this machine could not be read or written; `cause` is what the system said. */
export class FileFailed extends Schema.TaggedError<FileFailed>()("FileFailed", {
  kind: errorKind("refused"),
  operation: Schema.String,
  path: Schema.String,
  cause: Schema.Defect()
}) {
  override get message() {
    return `cannot ${this.operation} ${quoted(this.path)}`
  }
}

/** A path that must not be written, or that leads past a symbolic link; `reason` completes the sentence "path … ". */
export class PathRefused extends Schema.TaggedError<PathRefused>()("PathRefused", {
  kind: errorKind("refused"),
  path: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `path ${quoted(this.path)} ${this.reason}`
  }
}

/** The folder is not what the operation needs; `reason` completes the sentence "<folder> … ". */
export class FolderUnfit extends Schema.TaggedError<FolderUnfit>()("FolderUnfit", {
  kind: errorKind("refused"),
  directory: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `${this.directory} ${this.reason}`
  }
}

/** Another process works on the folder. */
export class FolderBusy extends Schema.TaggedError<FolderBusy>()("FolderBusy", {
  kind: errorKind("unavailable"),
  directory: Schema.String,
  pid: Schema.Number
}) {
  override get message() {
    return `process ${this.pid} is at work in ${this.directory}; wait for it to end`
  }
}

/** A file of the repository does not hold what its name says. `path` is relative to the folder. */
export class LocalDamage extends Schema.TaggedError<LocalDamage>()("LocalDamage", {
  kind: errorKind("damaged"),
  path: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `${this.path} is damaged: ${this.reason}`
  }
}

/** Nobody told where the hub is; `reason` is the whole sentence. */
export class RemoteUnknown extends Schema.TaggedError<RemoteUnknown>()("RemoteUnknown", {
  kind: errorKind("not found"),
  remote: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return this.reason
  }
}

/** An address that the client does not talk to, or not with a token; `reason` completes the sentence "<url> … ". */
export class AddressRefused extends Schema.TaggedError<AddressRefused>()("AddressRefused", {
  kind: errorKind("misconfigured"),
  url: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `${quoted(this.url)} ${this.reason}`
  }
}

/** The hub could not be reached, or the connection broke off. Trying again may help. */
export class RemoteUnreachable extends Schema.TaggedError<RemoteUnreachable>()("RemoteUnreachable", {
  kind: errorKind("unavailable"),
  url: Schema.String,
  cause: Schema.Defect()
}) {
  override get message() {
    return `no complete answer from ${this.url}`
  }
}

/** The hub answered with a problem (RFC 9457): its status, its `type` and its sentence. */
export class RemoteRefused extends Schema.TaggedError<RemoteRefused>()("RemoteRefused", {
  url: Schema.String,
  status: Schema.Number,
  type: Schema.String,
  detail: Schema.String,
  /** For how long the hub asks to be left alone; 0 when it does not. */
  retryAfterMillis: Schema.Number
}) {
  /** Too many requests, or the hub's own trouble: later it may be different. */
  get kind(): ErrorKind {
    return this.status === 429 || this.status >= 500 ? "unavailable" : "refused"
  }
  override get message() {
    return `${this.url} answered ${this.status}: ${this.detail}`
  }
}

/** What the hub sent is not what the protocol says, so nothing of it was believed that could not be checked. */
export class AnswerUnsound extends Schema.TaggedError<AnswerUnsound>()("AnswerUnsound", {
  kind: errorKind("malformed"),
  url: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `the answer of ${this.url} is not sound: ${this.reason}`
  }
}

/** There is no such branch, here or there; `reason` is the whole sentence. */
export class BranchAbsent extends Schema.TaggedError<BranchAbsent>()("BranchAbsent", {
  kind: errorKind("not found"),
  branch: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return this.reason
  }
}

/** Neither head leads to the other, so that the branch cannot simply move forward. */
export class Diverged extends Schema.TaggedError<Diverged>()("Diverged", {
  kind: errorKind("conflict"),
  branch: Schema.String,
  local: Schema.String,
  remote: Schema.String
}) {
  override get message() {
    return (
      `branch ${quoted(this.branch)} has diverged: it is at ${this.local} here and at ${this.remote} on the ` +
      "hub, and it can only be moved forward; merge first (muse merge), or push with force"
    )
  }
}

/** Files would be lost. Nothing was touched. `paths` are relative to the folder, each with what stands in the way. */
export class LocalChanges extends Schema.TaggedError<LocalChanges>()("LocalChanges", {
  kind: errorKind("conflict"),
  paths: Schema.Array(Schema.Struct({ path: Schema.String, reason: Schema.String }))
}) {
  override get message() {
    const named = this.paths.slice(0, namedMax).map(({ path, reason }) => `${quoted(path)} (${reason})`)
    const more = this.paths.length > namedMax ? ` and ${this.paths.length - namedMax} more` : ""
    return (
      `the working tree holds what would be lost: ${named.join(", ")}${more}; commit, move or remove it and ` +
      "try again"
    )
  }
}
