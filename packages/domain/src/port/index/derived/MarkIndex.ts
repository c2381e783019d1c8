/** What identities follow and star: the rows that the deriver `marks` makes. */
import { Context, type Effect, type Option } from "effect"
import type { RepositoryId, Sha256 } from "../../../object/Id.ts"
import type { IndexUnavailable } from "../IndexUnavailable.ts"

/** That an identity follows a handle, or stars a repository by its full name. */
export interface Mark {
  readonly kind: "follows" | "stars"
  readonly of: string
}

/** Returns a text that no other mark has. */
export const markText = ({ kind, of }: Mark): string => `${kind} ${of}`

/** Returns the handle that is followed, or that owns what is starred. */
export const markedHandle = ({ of }: Mark): string => of.split("/", 1).join("")

/** What the documents of an identity mark, at the head of the default branch of a root. */
export interface DerivedMarks {
  readonly rootSha256: Sha256
  readonly marks: ReadonlyArray<Mark>
}

export class MarkIndex extends Context.Service<
  MarkIndex,
  {
    /** Returns the root that is reflected of an identity with work; none for one without, or that was put off. */
    readonly identityToRead: (repository: RepositoryId) => Effect.Effect<Option.Option<Sha256>, IndexUnavailable>
    /**
     * Records the marks of an identity in place of those before, and takes it off the work. Does nothing if it has no
     * work, if another root is reflected by now, or if another version of the deriver has been at work since.
     */
    readonly recordMarks: (
      repository: RepositoryId,
      version: number,
      derived: DerivedMarks
    ) => Effect.Effect<void, IndexUnavailable>
    /** Passes over an identity until its root moves, or `resumeDerivation`: it cannot be read. It stays pending. */
    readonly putOffIdentity: (repository: RepositoryId) => Effect.Effect<void, IndexUnavailable>
    /**
     * Counts the handles whose identity is public and has a mark, without the handle that is marked. A row that is
     * damaged does not count.
     */
    readonly countMarks: (mark: Mark) => Effect.Effect<number, IndexUnavailable>
  }
>()("@musehub/domain/port/index/derived/MarkIndex") {}
