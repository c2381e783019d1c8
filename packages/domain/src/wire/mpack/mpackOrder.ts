/** In which order a stream carries its objects, so that every prefix that ends after a commit is a complete history. */
import type { BlobId, CommitId, SnapshotId } from "../../object/Id.ts"
import type { MpackEntry } from "./Format.ts"

/** What is to be sent. */
export interface MpackPlan {
  /** Parents before children. `introduces` names the blobs that the commit's snapshot has and its parents' have not. */
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
 * The objects of a plan, each once: for each commit the blobs that it brings in, its snapshot, itself. Blobs that no
 * commit of the plan brings in may belong to any snapshot and therefore come first; snapshots of no commit come last.
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
