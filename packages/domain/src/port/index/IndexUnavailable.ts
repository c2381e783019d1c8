import { Schema } from "effect"
import { publicSentence, UnavailableReason } from "../UnavailableReason.ts"

/**
 * The index could not be reached, or a statement failed; `reason` says which. Nothing of the failed call is visible.
 */
export class IndexUnavailable extends Schema.TaggedError<IndexUnavailable>()("IndexUnavailable", {
  operation: Schema.String,
  reason: UnavailableReason
}) {
  static readonly kinds = ["unavailable", "out of order"] as const
  override readonly cause = this.reason
  get kind() {
    return this.reason.kind
  }
  override get message() {
    return `the index failed at ${this.operation}`
  }
  get publicMessage() {
    return publicSentence("the index", this.reason)
  }
  /** Returns whether the same call may succeed later. */
  get isRetryable() {
    return this.reason.isRetryable
  }
}
