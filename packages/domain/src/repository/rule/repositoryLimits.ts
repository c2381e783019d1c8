/** Limits of one repository: how many there may be of what its root leads to. */
import { Effect, Schema } from "effect"
import { errorKind } from "../../base/ErrorKind.ts"

/** The maximum of each kind. */
export const repositoryLimits = {
  branches: 100_000,
  /** In the root itself, which is written whole at every change. */
  "branch protections": 1000,
  collaborators: 1000,
  /** The client reads all of them in one answer. */
  releases: 1000,
  tags: 100_000
} as const

export type Limited = keyof typeof repositoryLimits

/** The repository has reached a limit. */
export class RepositoryFull extends Schema.TaggedError<RepositoryFull>()("RepositoryFull", {
  kind: errorKind("refused"),
  /** In the plural: `tags`. */
  what: Schema.String,
  limit: Schema.Int
}) {
  override get message() {
    return `the repository can have ${this.limit} ${this.what} and no more; delete some first`
  }
}

/** Checks that a repository may have `count` of a kind. */
export const checkCount = (what: Limited, count: number): Effect.Effect<void, RepositoryFull> => {
  const limit = repositoryLimits[what]
  return count <= limit ? Effect.void : Effect.fail(new RepositoryFull({ what, limit }))
}
