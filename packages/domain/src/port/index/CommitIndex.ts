/** The commit graph: ancestry, introduced blobs and remarks. */
import { Context, type Effect } from "effect"
import type { CommitNode } from "../../history/CommitNode.ts"
import type { Introduction } from "../../history/introductions.ts"
import type { BlobId, CommitId, RepositoryId, SnapshotId } from "../../object/Id.ts"
import type { Annotation, Remarks } from "../../repository/Annotation.ts"
import type { Page, PageRequest } from "../Page.ts"
import type { StoredDocument } from "../Stored.ts"
import type { IndexUnavailable } from "./IndexUnavailable.ts"

export class CommitIndex extends Context.Service<
  CommitIndex,
  {
    /**
     * Returns the recorded commits among `from` and their ancestors, nearest first, at most `limit` of them. A walk
     * that needs more continues from the end of this answer. Skips unknown ids.
     */
    readonly ancestry: (
      repository: RepositoryId,
      from: ReadonlyArray<CommitId>,
      limit: number
    ) => Effect.Effect<ReadonlyArray<CommitNode>, IndexUnavailable>
    /** Returns the blobs that these commits introduce, without repeats. */
    readonly introducedBy: (
      repository: RepositoryId,
      commits: ReadonlyArray<CommitId>
    ) => Effect.Effect<ReadonlyMap<BlobId, Introduction>, IndexUnavailable>
    /** Returns for each blob the commits that introduce it. */
    readonly introducersOf: (
      repository: RepositoryId,
      blobs: ReadonlyArray<BlobId>
    ) => Effect.Effect<ReadonlyMap<BlobId, ReadonlyArray<CommitId>>, IndexUnavailable>
    /**
     * Goes through the blobs with a row in ascending order of id, as many a page as its limit, and lists those that no
     * commit introduces. A page may have none of them and yet not be the last.
     */
    readonly unintroducedBlobs: (
      repository: RepositoryId,
      page: PageRequest
    ) => Effect.Effect<Page<BlobId>, IndexUnavailable>
    /** Returns for each snapshot the commits that have it. */
    readonly commitsOfSnapshots: (
      repository: RepositoryId,
      snapshots: ReadonlyArray<SnapshotId>
    ) => Effect.Effect<ReadonlyMap<SnapshotId, ReadonlyArray<CommitId>>, IndexUnavailable>
    /** Returns the ids of the most recently recorded commits, newest first. */
    readonly recentCommits: (
      repository: RepositoryId,
      limit: number
    ) => Effect.Effect<ReadonlyArray<CommitId>, IndexUnavailable>
    /** Joins the annotation into the recorded one of its commit. */
    readonly recordAnnotation: (annotation: StoredDocument<Annotation>) => Effect.Effect<void, IndexUnavailable>
    /**
     * Returns the remarks on these recorded commits: their stored records (`remarksOf`) joined with their annotations.
     * Leaves out commits without remarks.
     */
    readonly remarks: (
      repository: RepositoryId,
      commits: ReadonlyArray<CommitId>
    ) => Effect.Effect<ReadonlyMap<CommitId, Remarks>, IndexUnavailable>
  }
>()("@musehub/domain/port/index/CommitIndex") {}
