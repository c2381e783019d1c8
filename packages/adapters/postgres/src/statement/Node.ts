/**
 * Commits as nodes of the graph. Such rows come by the ten thousand and hold only what evidence brought in, so they are
 * taken at their word: decoding them by schema costs more than the statement.
 */
import type { CommitId, SnapshotId } from "@musehub/domain/object/Id"
import type { CommitNode } from "@musehub/domain/port/IndexStore"

export interface NodeRow {
  readonly id: CommitId
  readonly parents: ReadonlyArray<CommitId>
  readonly generation: number
  readonly snapshot_id: SnapshotId
  readonly stored_bytes: number
}

export const nodeOf = (row: NodeRow): CommitNode => ({
  id: row.id,
  parents: row.parents,
  generation: row.generation,
  snapshotId: row.snapshot_id,
  storedBytes: row.stored_bytes
})
