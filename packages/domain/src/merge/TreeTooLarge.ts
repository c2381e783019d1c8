import { Schema } from "effect"
import { errorKind } from "../base/ErrorKind.ts"

/** The merged tree would be larger than any tree may be (docs/wire.md, section 11), or the two trees together are. */
export class TreeTooLarge extends Schema.TaggedError<TreeTooLarge>()("TreeTooLarge", {
  kind: errorKind("refused"),
  /** What is too large, and what to do. */
  reason: Schema.String
}) {
  override get message() {
    return `the branches cannot be merged here: ${this.reason}`
  }
}
