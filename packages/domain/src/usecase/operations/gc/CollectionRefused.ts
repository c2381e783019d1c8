/** Why garbage collection does not begin, by name, and what to do. */
import { Schema } from "effect"
import { errorKind } from "../../../base/ErrorKind.ts"

const RefusalName = Schema.Literals([
  "ProbeMissing",
  "ProbeFailed",
  "IndexEmpty",
  "IndexBehind",
  "IndexAstray",
  "IndexIncomplete",
  "RepositoryDamaged",
  "ShareImplausible",
  "PlanForeign"
])
export type RefusalName = typeof RefusalName.Type

/** Garbage collection does not begin, or leaves a repository alone. Nothing of it was deleted. */
export class CollectionRefused extends Schema.TaggedError<CollectionRefused>()("CollectionRefused", {
  kind: errorKind("refused"),
  name: RefusalName,
  what: Schema.String,
  remedy: Schema.String
}) {
  override get message() {
    return `${this.name}: ${this.what}; ${this.remedy}`
  }
}
