/** How an mpack stream is refused, on its way in and on its way out. */
import { Schema } from "effect"
import { errorKind } from "../../base/ErrorKind.ts"
import { mpackVersions } from "./Format.ts"

/**
 * The bytes are not an mpack stream that this hub accepts. `offset` counts from the start of the stream to the header,
 * object or trailer at fault; everything before it was checked and handed out. `limit` means that it may be sound but
 * is more than is allowed, `cut` that the stream ended too early and may be asked for again from what has arrived.
 */
export class MpackRefused extends Schema.TaggedError<MpackRefused>()("MpackRefused", {
  offset: Schema.Number,
  reason: Schema.String,
  kind: Schema.Literals(["malformed", "limit", "cut"])
}) {
  static readonly details = ["offset"] as const
  override get message() {
    return `mpack refused at byte ${this.offset}: ${this.reason}`
  }
}

/** The header names a version that this hub does not speak. Its other fields were not looked at. */
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
    return `mpack version ${this.version} is not spoken here; spoken: ${this.spoken.join(", ")}`
  }
}

/**
 * What was to be written does not agree with what was promised before: the counts of the header, the size of an object.
 */
export class MpackIncomplete extends Schema.TaggedError<MpackIncomplete>()("MpackIncomplete", {
  kind: errorKind("malformed"),
  reason: Schema.String
}) {
  override get message() {
    return `the mpack stream cannot be completed: ${this.reason}`
  }
}
