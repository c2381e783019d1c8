/** Why a ref names no commit: a branch, the id of a commit, a release, or `tags/` and a label. */
import { Schema } from "effect"
import { errorKind } from "../base/ErrorKind.ts"
import { cut } from "../base/text/cut.ts"
import { CommitId } from "../object/Id.ts"

const quoted = (text: string): string => JSON.stringify(cut(text, 300))

/** Nothing in the repository has this name. */
export class RefUnknown extends Schema.TaggedError<RefUnknown>()("RefUnknown", {
  kind: errorKind("not found"),
  ref: Schema.String,
  /** What else the name means. */
  remedy: Schema.optionalKey(Schema.String),
  /** The first branches by name. */
  branches: Schema.Array(Schema.String),
  /** How many branches there are. */
  total: Schema.Int
}) {
  static readonly details = ["ref", "branches", "total"] as const
  override get message() {
    const named = this.branches.map(quoted).join(", ")
    const more = this.total - this.branches.length
    const present =
      this.total === 0
        ? "the repository has no commits yet"
        : `there are the branches ${named}${more > 0 ? ` and ${more} more` : ""}`
    const remedy = this.remedy === undefined ? "" : `; ${this.remedy}`
    return `there is no branch ${quoted(this.ref)} here, and no release or tag of that name${remedy}; ${present}`
  }
}

/** Several commits have this label. */
export class RefAmbiguous extends Schema.TaggedError<RefAmbiguous>()("RefAmbiguous", {
  kind: errorKind("conflict"),
  ref: Schema.String,
  /** The first commits with the label. */
  commits: Schema.Array(CommitId)
}) {
  static readonly details = ["ref", "commits"] as const
  override get message() {
    return `${quoted(this.ref)} is on several commits; name one of them by its id: ${this.commits.join(", ")}`
  }
}
