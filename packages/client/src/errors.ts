/**
 * The errors of the client's operations. Control characters are removed from a hub's text before it becomes part of a
 * message, since messages end up on a terminal.
 */
import { type ErrorKind, errorKind } from "@musehub/domain/base/ErrorKind"
import { cut } from "@musehub/domain/base/text/cut"
import { Schema } from "effect"

/** The most paths that a message names. */
const namedMax = 10

/** Quotes an untrusted name: control characters become escapes, and a long name is cut. */
export const quoted = (text: string): string => JSON.stringify(cut(text, 300)).replaceAll(/[\u007f-\u009f]/g, "?")

/** The most characters of a hub's sentence. */
const sentenceLengthMax = 400

/** Returns a hub's sentence without control characters, cut if it is long. */
export const printable = (text: string): string =>
  cut(text.replaceAll(/[\p{Cc}\p{Cf}]+/gu, " ").trim(), sentenceLengthMax)

/** A file or folder on this machine cannot be read or written; `cause` is the system's error. */
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

/** A path that must not be written, or that crosses a symbolic link; `reason` completes the sentence "path … ". */
export class PathRefused extends Schema.TaggedError<PathRefused>()("PathRefused", {
  kind: errorKind("refused"),
  path: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `path ${quoted(this.path)} ${this.reason}`
  }
}

/** The folder does not fit the operation; `reason` completes the sentence "<folder> … ". */
export class FolderUnfit extends Schema.TaggedError<FolderUnfit>()("FolderUnfit", {
  kind: errorKind("refused"),
  directory: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `${this.directory} ${this.reason}`
  }
}

/** Another process is using the folder. */
export class FolderBusy extends Schema.TaggedError<FolderBusy>()("FolderBusy", {
  kind: errorKind("unavailable"),
  directory: Schema.String,
  pid: Schema.Number
}) {
  override get message() {
    return `process ${this.pid} is using ${this.directory}; wait for it to end`
  }
}

/** A file of the repository does not match its name. `path` is relative to the folder. */
export class LocalDamage extends Schema.TaggedError<LocalDamage>()("LocalDamage", {
  kind: errorKind("damaged"),
  path: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `${this.path} is damaged: ${this.reason}`
  }
}

/** The remote has no known address; `reason` is the whole sentence. */
export class RemoteUnknown extends Schema.TaggedError<RemoteUnknown>()("RemoteUnknown", {
  kind: errorKind("not found"),
  remote: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return this.reason
  }
}

/** An address that the client refuses, or refuses to send a token to; `reason` completes the sentence "<url> … ". */
export class AddressRefused extends Schema.TaggedError<AddressRefused>()("AddressRefused", {
  kind: errorKind("misconfigured"),
  url: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `${quoted(this.url)} ${this.reason}`
  }
}

/** The file with the tokens of the `muse` client cannot be used; `reason` completes the sentence "<path> … ". */
export class IdentityUnfit extends Schema.TaggedError<IdentityUnfit>()("IdentityUnfit", {
  kind: errorKind("misconfigured"),
  path: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `${quoted(this.path)} ${this.reason}`
  }
}

/** The hub is unreachable, or the connection broke off. A retry may help. */
export class RemoteUnreachable extends Schema.TaggedError<RemoteUnreachable>()("RemoteUnreachable", {
  kind: errorKind("unavailable"),
  url: Schema.String,
  cause: Schema.Defect()
}) {
  override get message() {
    return `no complete answer from ${this.url}`
  }
}

/** The hub broke off a transfer and said why. What arrived before is kept. */
export class RemoteBrokeOff extends Schema.TaggedError<RemoteBrokeOff>()("RemoteBrokeOff", {
  kind: errorKind("unavailable"),
  url: Schema.String,
  /** Type and id of the object that the hub could not read; empty if that is not why. */
  object: Schema.String,
  error: Schema.String,
  /** Whether the hub thinks that the same request may succeed soon. */
  isRetryable: Schema.Boolean,
  /** Under this id the hub's log has the cause. */
  requestId: Schema.String
}) {
  override get message() {
    const what = this.object === "" ? "broke off" : `could not read object ${this.object}`
    const reference = this.requestId === "" ? "" : ` (its request ${this.requestId})`
    return `the hub ${what}: ${this.error}${reference}; what arrived so far is kept, try again later`
  }
}

/** The hub answered with a problem (RFC 9457): its status, its `type` and its `detail`. */
export class RemoteRefused extends Schema.TaggedError<RemoteRefused>()("RemoteRefused", {
  url: Schema.String,
  status: Schema.Number,
  type: Schema.String,
  detail: Schema.String,
  /** How long the hub asks to wait (`Retry-After`); 0 if it does not. */
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

/** The hub's answer violates the protocol. No part of it was accepted unchecked. */
export class AnswerUnsound extends Schema.TaggedError<AnswerUnsound>()("AnswerUnsound", {
  kind: errorKind("malformed"),
  url: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `the answer of ${this.url} violates the protocol: ${this.reason}`
  }
}

/** The branch does not exist locally or on the hub; `reason` is the whole sentence. */
export class BranchAbsent extends Schema.TaggedError<BranchAbsent>()("BranchAbsent", {
  kind: errorKind("not found"),
  branch: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return this.reason
  }
}

/** Neither head is an ancestor of the other, so the branch cannot be fast-forwarded. */
export class Diverged extends Schema.TaggedError<Diverged>()("Diverged", {
  kind: errorKind("conflict"),
  branch: Schema.String,
  local: Schema.String,
  /** The branch of the hub, which may have another name. */
  remoteBranch: Schema.String,
  remote: Schema.String
}) {
  override get message() {
    const theirs = this.remoteBranch === this.branch ? "at" : `${quoted(this.remoteBranch)} at`
    return (
      `branch ${quoted(this.branch)} has diverged: it is at ${this.local} here and ${theirs} ${this.remote} on the ` +
      "hub, and it can only be moved forward; merge first (muse merge), or push with force"
    )
  }
}

/** Files would be lost; nothing was changed. `paths` are relative to the folder, each with the reason. */
export class LocalChanges extends Schema.TaggedError<LocalChanges>()("LocalChanges", {
  kind: errorKind("conflict"),
  paths: Schema.Array(Schema.Struct({ path: Schema.String, reason: Schema.String }))
}) {
  override get message() {
    const named = this.paths.slice(0, namedMax).map(({ path, reason }) => `${quoted(path)} (${reason})`)
    const more = this.paths.length > namedMax ? ` and ${this.paths.length - namedMax} more` : ""
    return (
      `changes in the working tree would be lost: ${named.join(", ")}${more}; commit, move or remove them and ` +
      "try again"
    )
  }
}
