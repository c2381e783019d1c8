/** The error of a request whose answer is too large for the client. */
import { Schema } from "effect"
import { errorKind } from "../base/ErrorKind.ts"

/** The answer would be larger than the client can receive. Sending a part of it would silently lose data. */
export class AnswerTooLarge extends Schema.TaggedError<AnswerTooLarge>()("AnswerTooLarge", {
  kind: errorKind("limit"),
  bytes: Schema.Int,
  limitBytes: Schema.Int,
  /** What the caller can do instead. */
  remedy: Schema.String
}) {
  override get message() {
    return (
      `the answer would be about ${this.bytes} bytes, and the client reads at most ${this.limitBytes} in one answer; ` +
      this.remedy
    )
  }
}
