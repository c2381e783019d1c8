import { Schema } from "effect"
import { errorKind } from "../../base/ErrorKind.ts"
import { cut } from "../../base/text/cut.ts"

/** There is no intel of this kind, or of this kind about what was asked. */
export class IntelKindUnknown extends Schema.TaggedError<IntelKindUnknown>()("IntelKindUnknown", {
  kind: errorKind("not found"),
  asked: Schema.String,
  /** What it should tell of; null if nothing was asked. */
  of: Schema.NullOr(Schema.String),
  /** Those that there are. */
  kinds: Schema.Array(Schema.String)
}) {
  static readonly details = ["asked", "of", "kinds"] as const
  override get message() {
    const asked = JSON.stringify(cut(this.asked, 100))
    const about = this.of === null ? "" : ` about ${this.of}`
    return `there is no intel of the kind ${asked}${about}; ask for one of ${this.kinds.join(", ")}`
  }
}
