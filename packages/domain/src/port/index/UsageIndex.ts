/** What each user takes of the hub, for quotas: figures that cost little to read. */
import { Context, type Effect } from "effect"
import type { RepositoryId } from "../../object/Id.ts"
import type { DocumentName, UserName } from "../../repository/Names.ts"
import type { IndexUnavailable } from "./IndexUnavailable.ts"

/** What a user has. */
export interface Usage {
  readonly repositories: number
  /** Tokens that are neither revoked nor expired. */
  readonly tokens: number
  /** Answers that are kept under idempotency keys. */
  readonly keptAnswers: number
  /** The stored bytes of the recorded objects in the user's repositories, and of the staged blobs. */
  readonly bytes: number
}

/** An answer that is kept under an idempotency key. */
export interface KeptAnswer {
  readonly user: UserName
  readonly document: DocumentName
  /** When it was last claimed: ISO 8601, UTC. */
  readonly at: string
}

export class UsageIndex extends Context.Service<
  UsageIndex,
  {
    /** Counts what the user has, with tokens that are valid at the time (ISO 8601, UTC). */
    readonly usageOf: (user: UserName, at: string) => Effect.Effect<Usage, IndexUnavailable>
    /** Returns the stored bytes of the recorded objects of a repository, and of the staged blobs. */
    readonly storedBytes: (repository: RepositoryId) => Effect.Effect<number, IndexUnavailable>
    /** Records a kept answer, or the later time of one that was recorded before. */
    readonly recordKeptAnswer: (answer: KeptAnswer) => Effect.Effect<void, IndexUnavailable>
    /** Returns at most `limit` of a user's kept answers that were claimed before a time, oldest first. */
    readonly keptAnswersBefore: (
      user: UserName,
      before: string,
      limit: number
    ) => Effect.Effect<ReadonlyArray<DocumentName>, IndexUnavailable>
    readonly forgetKeptAnswers: (documents: ReadonlyArray<DocumentName>) => Effect.Effect<void, IndexUnavailable>
  }
>()("@musehub/domain/port/index/UsageIndex") {}
