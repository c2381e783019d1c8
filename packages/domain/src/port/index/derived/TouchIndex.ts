/** Which commits touch a path: the rows that the deriver `touches` makes. */
import { Context, type Effect } from "effect"
import type { BlobId, CommitId, RepositoryId } from "../../../object/Id.ts"
import type { IndexUnavailable } from "../IndexUnavailable.ts"
import type { UnderivedCommit } from "./DerivationIndex.ts"

/** That a commit gives a file a blob that no parent of the commit has at this path; or takes the file away. */
export interface Touch {
  readonly path: string
  /** In the first parent; undefined if the file is not there. */
  readonly before: BlobId | undefined
  readonly after: BlobId | undefined
  /** Of a new file, the path of one with the same blob that the commit takes away. */
  readonly renamedFrom: string | undefined
}

/** What a commit touches. */
export interface TouchedPaths {
  readonly files: ReadonlyArray<Touch>
  /** The folders above these files, without the root. */
  readonly folders: ReadonlyArray<string>
}

/** Where a touch stands in a history. */
export interface TouchPlace {
  readonly generation: number
  readonly commit: CommitId
}

/** A commit and what it touches. */
export interface DerivedTouches extends Pick<UnderivedCommit, "generation" | "id">, TouchedPaths {}

/** A touch of a file, as part of its history. */
export interface FileTouch extends TouchPlace, Omit<Touch, "path"> {}

/** A path that one of several commits touches, and the position of that commit among them. */
export interface TouchedPath {
  readonly place: number
  readonly path: string
}

export interface LatestTouchesRequest {
  readonly repository: RepositoryId
  readonly files: ReadonlyArray<string>
  readonly folders: ReadonlyArray<string>
  /** The greatest generation to return. */
  readonly generation: number
  /** The most touches of each path. */
  readonly depth: number
}

/** Touches by path, newest first. Of a folder, only their places. */
export interface LatestTouches {
  readonly files: ReadonlyMap<string, ReadonlyArray<FileTouch>>
  readonly folders: ReadonlyMap<string, ReadonlyArray<TouchPlace>>
}

/** How many rows an answer has at most. The last commit of an answer that is full may have more. */
export interface CommitRowLimits {
  /** Of each commit. */
  readonly each: number
  /** Of all commits. */
  readonly all: number
}

export class TouchIndex extends Context.Service<
  TouchIndex,
  {
    /**
     * Records what commits touch, and takes them off the work of the deriver. Does nothing for commits that are done,
     * or if another version of the deriver has been at work since.
     */
    readonly recordTouches: (
      repository: RepositoryId,
      version: number,
      commits: ReadonlyArray<DerivedTouches>
    ) => Effect.Effect<void, IndexUnavailable>
    /** Returns touches of a file, by descending generation and then id, those after `after`. */
    readonly touchesOf: (
      repository: RepositoryId,
      path: string,
      page: { readonly after?: TouchPlace | undefined; readonly limit: number }
    ) => Effect.Effect<ReadonlyArray<FileTouch>, IndexUnavailable>
    /** Returns paths that each of these commits touches, in the order of the commits. */
    readonly touchedBy: (
      repository: RepositoryId,
      commits: ReadonlyArray<TouchPlace>,
      limits: CommitRowLimits
    ) => Effect.Effect<ReadonlyArray<TouchedPath>, IndexUnavailable>
    /** Returns the latest touches of files and folders. Leaves out those without any. */
    readonly latestTouches: (request: LatestTouchesRequest) => Effect.Effect<LatestTouches, IndexUnavailable>
  }
>()("@musehub/domain/port/index/derived/TouchIndex") {}
