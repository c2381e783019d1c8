/**
 * The rows of history: the one way to write a row of a blob, a snapshot or a commit. It takes only evidence. Only
 * `invariant/recordHistory` imports this port, which the import check enforces.
 */
import { Context, type Effect } from "effect"
import type { BlobId, RepositoryId, SnapshotId } from "../../object/Id.ts"
import type { Stored } from "../Stored.ts"
import type { IndexUnavailable } from "./IndexUnavailable.ts"

/** A commit to record: its evidence and data derived from its neighbours. */
export interface CommitEntry {
  readonly stored: Stored<"commit">
  /** 1 for a commit without parents, else one more than its parents' greatest. */
  readonly generation: number
  /** Blobs in its snapshot that are in no parent's snapshot. */
  readonly introduces: ReadonlyArray<BlobId>
}

/** Objects to record together; all or none become visible. Recording an existing object again changes nothing. */
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
}

export class RowWriter extends Context.Service<
  RowWriter,
  {
    /** Records objects in one transaction. The number of statements does not grow with the number of objects. */
    readonly record: (batch: RecordBatch) => Effect.Effect<void, IndexUnavailable>
  }
>()("@musehub/domain/port/index/RowWriter") {}
