/**
 * Checks rows from the driver before anything is made of them. That costs a twentieth of the statement, also for
 * hundreds of thousands of rows.
 */
import type { CommitNode } from "@musehub/domain/history/CommitNode"
import { CommitId, SnapshotId } from "@musehub/domain/object/Id"
import { Effect, Schema } from "effect"
import type { SqlError } from "effect/sql/SqlError"

/** Runs a statement and decodes each of its rows. */
export const decoded = <Row extends Schema.Constraint>(row: Row) => {
  const decode = Schema.decodeUnknownEffect(Schema.Array(row))
  return (statement: Effect.Effect<ReadonlyArray<unknown>, SqlError>) => Effect.flatMap(statement, decode)
}

/** A commit as a node of the graph. */
export const NodeRow = Schema.Struct({
  id: CommitId,
  parents: Schema.Array(CommitId),
  generation: Schema.Int,
  snapshot_id: SnapshotId,
  stored_bytes: Schema.Int
})

export const nodeOf = (row: typeof NodeRow.Type): CommitNode => ({
  id: row.id,
  parents: row.parents,
  generation: row.generation,
  snapshotId: row.snapshot_id,
  storedBytes: row.stored_bytes
})
