/** The order of a stream's objects, in which every prefix that ends after a commit is a complete history. */
import type { BlobId, CommitId, SnapshotId } from "../../object/Id.ts"
import type { MpackEntry } from "./Format.ts"

/** The objects to send. */
export interface MpackPlan {
  /**
   * Parents before children. `introduces` names the blobs in the commit's snapshot that are in no parent's snapshot.
   */
  readonly commits: ReadonlyArray<{
    readonly id: CommitId
    readonly snapshotId: SnapshotId
    readonly introduces: ReadonlyArray<BlobId>
  }>
  /** The snapshots to send; the receiver has the others. */
  readonly snapshots: Iterable<SnapshotId>
  /** The blobs to send; the receiver has the others. */
  readonly blobs: Iterable<BlobId>
}

/**
 * Orders the objects of a plan without repeats: for each commit, the blobs that it introduces, its snapshot, then
 * itself. Blobs that no commit of the plan introduces may belong to any snapshot, so they come first. Snapshots of no
 * commit come last.
 */
export function* mpackOrder(plan: MpackPlan): Generator<MpackEntry, void, undefined> {
  const blobs = new Set(plan.blobs)
  const snapshots = new Set(plan.snapshots)
  const introduced = new Set<BlobId>()
  for (const commit of plan.commits) for (const id of commit.introduces) introduced.add(id)
  for (const id of blobs) if (!introduced.has(id)) yield { type: "blob", id }
  for (const commit of plan.commits) {
    for (const id of commit.introduces) if (blobs.delete(id)) yield { type: "blob", id }
    if (snapshots.delete(commit.snapshotId)) yield { type: "snapshot", id: commit.snapshotId }
    yield { type: "commit", id: commit.id }
  }
  for (const id of snapshots) yield { type: "snapshot", id }
}
