/**
 * Limits of one repository. The root names everything that is counted here and is written whole at every change, so it
 * must stay small.
 */
import { Effect, Schema } from "effect"
import { errorKind } from "../../base/ErrorKind.ts"

/** The maximum of each kind. */
export const repositoryLimits = {
  branches: 10_000,
  "branch protections": 1000,
  collaborators: 1000,
  releases: 1000,
  tags: 2000
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
