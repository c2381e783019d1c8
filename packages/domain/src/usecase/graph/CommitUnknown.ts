import { Schema } from "effect"

/** No commit of this id is in the repository. */
export class CommitUnknown extends Schema.TaggedError<CommitUnknown>()("CommitUnknown", { commit: Schema.String }) {
  override get message() {
    return `there is no commit ${this.commit.slice(0, 100)} in this repository`
  }
}
