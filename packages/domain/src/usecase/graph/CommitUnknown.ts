import { Schema } from "effect"
import { errorKind } from "../../base/ErrorKind.ts"

/** The repository has no commit with this id. */
export class CommitUnknown extends Schema.TaggedError<CommitUnknown>()("CommitUnknown", {
  kind: errorKind("not found"),
  commit: Schema.String
}) {
  override get message() {
    return `there is no commit ${this.commit.slice(0, 100)} in this repository`
  }
}
