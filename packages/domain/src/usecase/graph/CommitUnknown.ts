import { Schema } from "effect"
import { errorKind } from "../../base/ErrorKind.ts"
import { cut } from "../../base/text/cut.ts"

/** The repository has no commit with this id. */
export class CommitUnknown extends Schema.TaggedError<CommitUnknown>()("CommitUnknown", {
  kind: errorKind("not found"),
  commit: Schema.String,
  /** What else the text means. */
  remedy: Schema.optionalKey(Schema.String)
}) {
  override get message() {
    const remedy = this.remedy === undefined ? "" : `; ${this.remedy}`
    return `there is no commit ${cut(this.commit, 100)} in this repository${remedy}`
  }
}
