import { Schema } from "effect"
import { errorKind } from "../../base/ErrorKind.ts"
import { cut } from "../../base/text/cut.ts"

/** There is no intel of this kind. */
export class IntelKindUnknown extends Schema.TaggedError<IntelKindUnknown>()("IntelKindUnknown", {
  kind: errorKind("not found"),
  asked: Schema.String,
  /** Those that there are. */
  kinds: Schema.Array(Schema.String)
}) {
  static readonly details = ["asked", "kinds"] as const
  override get message() {
    const asked = JSON.stringify(cut(this.asked, 100))
    return `there is no intel of the kind ${asked}; ask for one of ${this.kinds.join(", ")}`
  }
}
