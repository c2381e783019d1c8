/** How many lines touches add and remove: the rows that the deriver `lines` makes. */
import { Context, type Effect } from "effect"
import type { RepositoryId } from "../../../object/Id.ts"
import type { IndexUnavailable } from "../IndexUnavailable.ts"
import type { UnderivedCommit } from "./DerivationIndex.ts"
import type { TouchPlace } from "./TouchIndex.ts"

/** What a touch changes, in lines, against the first parent. */
export interface TouchLines {
  /** Whether either version is binary, which has no lines. */
  readonly binary: boolean
  /** Undefined for a binary file, and for one that is too large or too different to be compared. */
  readonly added: number | undefined
  readonly removed: number | undefined
}

/** What a commit changes in a file, in lines. */
export interface PathLines extends TouchLines {
  readonly path: string
}

/** A touch, as it is asked for. */
export interface TouchOf extends TouchPlace {
  readonly path: string
}

/** The lines of what a commit touches, or of a part of that. */
export interface DerivedLines extends Pick<UnderivedCommit, "generation" | "id"> {
  readonly files: ReadonlyArray<PathLines>
  /** Whether that is all that was not recorded before. */
  readonly isWhole: boolean
}

export class LineIndex extends Context.Service<
  LineIndex,
  {
    /**
     * Records lines, and takes the commits that are whole off the work of the deriver. Does nothing for commits that
     * are done, or if another version of the deriver has been at work since.
     */
    readonly recordLines: (
      repository: RepositoryId,
      version: number,
      commits: ReadonlyArray<DerivedLines>
    ) => Effect.Effect<void, IndexUnavailable>
    /** Returns the lines of touches, in their order; undefined where none are recorded, or the row is damaged. */
    readonly linesOf: (
      repository: RepositoryId,
      touches: ReadonlyArray<TouchOf>
    ) => Effect.Effect<ReadonlyArray<TouchLines | undefined>, IndexUnavailable>
  }
>()("@musehub/domain/port/index/derived/LineIndex") {}
