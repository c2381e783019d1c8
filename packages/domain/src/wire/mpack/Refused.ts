/** Errors of reading and writing an mpack stream. */
import { Schema } from "effect"
import { errorKind } from "../../base/ErrorKind.ts"
import { MpackAbort, mpackVersions } from "./Format.ts"

/**
 * The bytes are not an mpack stream that this hub accepts. `offset` counts from the start of the stream to the faulty
 * header, object or trailer; everything before it was checked and handed out. The kind `limit` means more than is
 * allowed of something that may be valid. `cut` means that the stream ended too early; the client may ask for the rest.
 * `abort` is there if the sender said why.
 */
export class MpackRefused extends Schema.TaggedError<MpackRefused>()("MpackRefused", {
  offset: Schema.Number,
  reason: Schema.String,
  kind: Schema.Literals(["malformed", "limit", "cut"]),
  abort: Schema.optionalKey(MpackAbort)
}) {
  static readonly details = ["offset"] as const
  override get message() {
    return `mpack refused at byte ${this.offset}: ${this.reason}`
  }
}

/** The header names a version that this hub does not support. Its other fields were not read. */
export class MpackVersionUnknown extends Schema.TaggedError<MpackVersionUnknown>()("MpackVersionUnknown", {
  kind: errorKind("unsupported"),
  version: Schema.Number,
  spoken: Schema.Array(Schema.Number)
}) {
  static of(version: number) {
    return new MpackVersionUnknown({ version, spoken: mpackVersions })
  }
  static readonly details = ["spoken"] as const
  override get message() {
    return `mpack version ${this.version} is not supported; supported: ${this.spoken.join(", ")}`
  }
}

/** The objects to write do not match what was promised before: the header's counts, or the size of an object. */
export class MpackIncomplete extends Schema.TaggedError<MpackIncomplete>()("MpackIncomplete", {
  kind: errorKind("malformed"),
  reason: Schema.String
}) {
  override get message() {
    return `the mpack stream cannot be completed: ${this.reason}`
  }
}
