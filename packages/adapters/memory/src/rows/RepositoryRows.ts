/** The rows of one repository in memory. */
import type { CommitNode } from "@musehub/domain/history/CommitNode"
import type { BlobId, CommitId, Sha256, SnapshotId } from "@musehub/domain/object/Id"
import type { Manifest } from "@musehub/domain/object/Manifest"
import type { ObjectRow } from "@musehub/domain/port/index/ObjectIndex"
import type { CommitEntry } from "@musehub/domain/port/index/RowWriter"
import type { Remarks } from "@musehub/domain/repository/Annotation"
import type { PackRef } from "@musehub/domain/repository/PackRef"
import type { Proposal, ProposalNumber } from "@musehub/domain/repository/Proposal"

export interface SnapshotState {
  row: ObjectRow
  manifest: Manifest | undefined
  /** When the manifest was last kept: a greater number is later. */
  kept: number
}

export interface CommitState {
  readonly entry: CommitEntry
  row: ObjectRow
}

/** The rows of one repository. Maps keep the order of recording. */
export interface RepositoryRows {
  readonly blobs: Map<BlobId, ObjectRow>
  readonly snapshots: Map<SnapshotId, SnapshotState>
  readonly commits: Map<CommitId, CommitState>
  readonly introducers: Map<BlobId, Set<CommitId>>
  readonly commitsOf: Map<SnapshotId, Set<CommitId>>
  readonly remarks: Map<CommitId, Remarks>
  readonly proposals: Map<ProposalNumber, Proposal>
  readonly packs: Set<Sha256>
  /** The blobs of packs that no root names yet, and their packs. */
  readonly staged: Map<BlobId, { readonly ref: PackRef; readonly size: number }>
}

export const noRows = (): RepositoryRows => ({
  blobs: new Map(),
  snapshots: new Map(),
  commits: new Map(),
  introducers: new Map(),
  commitsOf: new Map(),
  remarks: new Map(),
  proposals: new Map(),
  packs: new Set(),
  staged: new Map()
})

export const nodeOf = ({ snapshots }: RepositoryRows, { stored, generation }: CommitEntry): CommitNode => ({
  id: stored.id,
  parents: stored.value.parents,
  generation,
  snapshotId: stored.value.snapshotId,
  storedBytes: stored.size + (snapshots.get(stored.value.snapshotId)?.row.size ?? 0)
})

export const rowsOfType = (of: RepositoryRows, type: "blob" | "snapshot" | "commit"): ReadonlyArray<ObjectRow> =>
  type === "blob"
    ? [...of.blobs.values()]
    : type === "snapshot"
      ? Array.from(of.snapshots.values(), ({ row }) => row)
      : Array.from(of.commits.values(), ({ row }) => row)

/** Sums sizes up, in bytes. */
export const sizesOf = (sized: Iterable<{ readonly size: number }>): number => {
  let sum = 0
  for (const { size } of sized) sum += size
  return sum
}

/** Counts the bytes of all that is recorded of a repository. */
export const recordedBytes = (of: RepositoryRows): number =>
  (["blob", "snapshot", "commit"] as const).reduce((sum, type) => sum + sizesOf(rowsOfType(of, type)), 0)
