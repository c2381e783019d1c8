/** The commit graph: ancestry, what commits bring in, and what was said about them. */
import { Context, type Effect } from "effect"
import type { CommitNode } from "../../history/CommitNode.ts"
import type { Introduction } from "../../history/introductions.ts"
import type { BlobId, CommitId, RepositoryId, SnapshotId } from "../../object/Id.ts"
import type { Annotation, Remarks } from "../../repository/Annotation.ts"
import type { StoredDocument } from "../Stored.ts"
import type { IndexUnavailable } from "./IndexUnavailable.ts"

export class CommitIndex extends Context.Service<
  CommitIndex,
  {
    /**
     * Reachable commits among `from` and their ancestors, nearest first, at most `limit` of them. A walk that needs
     * more asks again from where this answer ends. Unknown ids in `from` are passed over.
     */
    readonly ancestry: (
      repository: RepositoryId,
      from: ReadonlyArray<CommitId>,
      limit: number
    ) => Effect.Effect<ReadonlyArray<CommitNode>, IndexUnavailable>
    /** The blobs that these commits introduce, each once. */
    readonly introducedBy: (
      repository: RepositoryId,
      commits: ReadonlyArray<CommitId>
    ) => Effect.Effect<ReadonlyMap<BlobId, Introduction>, IndexUnavailable>
    /** For each blob the reachable commits that introduce it. */
    readonly introducersOf: (
      repository: RepositoryId,
      blobs: ReadonlyArray<BlobId>
    ) => Effect.Effect<ReadonlyMap<BlobId, ReadonlyArray<CommitId>>, IndexUnavailable>
    /** For each snapshot the reachable commits that have it. */
    readonly commitsOfSnapshots: (
      repository: RepositoryId,
      snapshots: ReadonlyArray<SnapshotId>
    ) => Effect.Effect<ReadonlyMap<SnapshotId, ReadonlyArray<CommitId>>, IndexUnavailable>
    /** The most recently recorded reachable commits' ids, newest first. */
    readonly recentCommits: (
      repository: RepositoryId,
      limit: number
    ) => Effect.Effect<ReadonlyArray<CommitId>, IndexUnavailable>
    /** Joins the annotation into what is recorded for its commit. */
    readonly recordAnnotation: (annotation: StoredDocument<Annotation>) => Effect.Effect<void, IndexUnavailable>
    /**
     * What was said about these recorded commits, in one statement: their own stored records (`remarksOf`) joined with
     * their annotations. Commits about which nothing was said are left out.
     */
    readonly remarks: (
      repository: RepositoryId,
      commits: ReadonlyArray<CommitId>
    ) => Effect.Effect<ReadonlyMap<CommitId, Remarks>, IndexUnavailable>
  }
>()("@musehub/domain/port/index/CommitIndex") {}
