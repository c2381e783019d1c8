/**
 * Checks rows from the driver before anything is made of them. That costs a twentieth of the statement, also for
 * hundreds of thousands of rows.
 */
import type { CommitNode } from "@musehub/domain/history/CommitNode"
import { eachInSlices } from "@musehub/domain/base/Slices"
import { CommitId, SnapshotId } from "@musehub/domain/object/Id"
import { Effect, Schema } from "effect"
import type { SqlError } from "effect/sql/SqlError"

/** The rows that are decoded before other work has its turn. */
const rowsAtOnce = 2000
/** The ids of one statement. For fewer, the planner would still read the whole of a large repository. */
export const idsAtOnce = 20_000

const portionsOf = <A>(items: ReadonlyArray<A>, size: number): ReadonlyArray<ReadonlyArray<A>> =>
  items.length <= size
    ? [items]
    : Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size))

/** Runs a statement and decodes each of its rows. */
export const decoded = <Row extends Schema.Constraint>(row: Row) => {
  const decode = Schema.decodeUnknownEffect(Schema.Array(row))
  return (statement: Effect.Effect<ReadonlyArray<unknown>, SqlError>) =>
    Effect.flatMap(statement, (rows) =>
      rows.length <= rowsAtOnce
        ? decode(rows)
        : Effect.map(
            Effect.forEach(portionsOf(rows, rowsAtOnce), (portion) => Effect.andThen(Effect.yieldNow, decode(portion))),
            (parts) => parts.flat()
          )
    )
}

/**
 * Reads about ids that may be hundreds of thousands: a statement for each portion of them, whose rows `take` gets
 * before the next one is asked. So neither a statement nor the rows in memory grow with the number of ids.
 */
export const inPortions = <Id, Row, E>(
  ids: ReadonlyArray<Id>,
  read: (portion: ReadonlyArray<Id>) => Effect.Effect<ReadonlyArray<Row>, E>,
  take: (row: Row) => void
): Effect.Effect<void, E> =>
  Effect.forEach(
    portionsOf(ids, idsAtOnce),
    (portion) => Effect.flatMap(read(portion), (rows) => eachInSlices(rows, take)),
    { discard: true }
  )

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
