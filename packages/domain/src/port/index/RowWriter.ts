/**
 * The rows that follow a root: the one way to write a row of a blob, a snapshot or a commit, and to say which root the
 * rows of a repository reflect. It takes only evidence. Only `invariant/recordHistory` imports this port, which the
 * import check enforces.
 */
import { Context, type Effect } from "effect"
import type { BlobId, RepositoryId, Sha256, SnapshotId } from "../../object/Id.ts"
import type { Root } from "../../repository/Root.ts"
import type { Stored, StoredDocument, StoredPack } from "../Stored.ts"
import type { IndexUnavailable } from "./IndexUnavailable.ts"

/** A commit to record: its evidence and data derived from its neighbours. */
export interface CommitEntry {
  readonly stored: Stored<"commit">
  /** 1 for a commit without parents, else one more than its parents' greatest. */
  readonly generation: number
  /** Blobs in its snapshot that are in no parent's snapshot. */
  readonly introduces: ReadonlyArray<BlobId>
}

/** What is recorded together; all or none becomes visible. Recording an existing object again changes nothing. */
export interface RecordBatch {
  readonly repository: RepositoryId
  readonly blobs: ReadonlyArray<Stored<"blob">>
  readonly snapshots: ReadonlyArray<Stored<"snapshot">>
  readonly commits: ReadonlyArray<CommitEntry>
  /**
   * Snapshots of this batch whose manifest is kept with the row, since the next push builds on them. Keeping them here
   * evicts no others; `manifests` says what does.
   */
  readonly cachedManifests: ReadonlySet<SnapshotId>
  /**
   * Packs whose objects all have rows once these are recorded, so they are staged no longer. Recording a pack again
   * changes nothing.
   */
  readonly packs: ReadonlyArray<StoredPack>
  /** Packs that no root names any more, which are forgotten. */
  readonly dropped: ReadonlyArray<Sha256>
  /**
   * The root that the repository's rows reflect then; without one they reflect what they did. An index that already
   * reflects this or a later root keeps that one. The name of the root passes to its repository: the row of another one
   * that has it is forgotten, until that one is reflected again.
   */
  readonly root: StoredDocument<Root> | undefined
}

export class RowWriter extends Context.Service<
  RowWriter,
  {
    /** Records in one transaction. The number of statements does not grow with the number of objects. */
    readonly record: (batch: RecordBatch) => Effect.Effect<void, IndexUnavailable>
  }
>()("@musehub/domain/port/index/RowWriter") {}
