/**
 * The rows of history: the one way to a row of a blob, a snapshot or a commit, and it takes evidence alone. Only
 * `invariant/recordHistory` imports this port; the import check keeps every other caller out.
 */
import { Context, type Effect } from "effect"
import type { BlobId, RepositoryId, SnapshotId } from "../../object/Id.ts"
import type { Stored } from "../Stored.ts"
import type { IndexUnavailable } from "./IndexUnavailable.ts"

/** A commit to record: the evidence, and what was derived from its neighbours. */
export interface CommitEntry {
  readonly stored: Stored<"commit">
  /** 1 for a commit without parents, else one more than the greatest among its parents. */
  readonly generation: number
  /** Blobs in its snapshot that are in no parent's snapshot. */
  readonly introduces: ReadonlyArray<BlobId>
}

/** Objects to record together; all or none become visible. Recording what is already there changes nothing. */
export interface RecordBatch {
  readonly repository: RepositoryId
  readonly blobs: ReadonlyArray<Stored<"blob">>
  readonly snapshots: ReadonlyArray<Stored<"snapshot">>
  readonly commits: ReadonlyArray<CommitEntry>
  /**
   * Snapshots of this batch whose manifest is worth keeping beside the row (heads, which the next push builds on). It
   * lets no other go, since the root that makes them heads comes only later; `manifests` says what does.
   */
  readonly cachedManifests: ReadonlySet<SnapshotId>
}

export class RowWriter extends Context.Service<
  RowWriter,
  {
    /** Records objects in one transaction, at a cost of statements that does not grow with their number. */
    readonly record: (batch: RecordBatch) => Effect.Effect<void, IndexUnavailable>
  }
>()("@musehub/domain/port/index/RowWriter") {}
