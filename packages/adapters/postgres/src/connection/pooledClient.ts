/**
 * A client on a pool of connections. A connection outlives the reason for which its server refuses statements: the
 * server was made read-only, or is a replica since a failover. So after a fault that another connection may not have
 * (`FaultTable`), all connections of that time are replaced when they are next used, and each has a greatest age.
 */
import { PgClient, type PgConnection, PgPool } from "@effect/sql-pg"
import { Effect, type Scope, Stream } from "effect"
import type { Reactivity } from "effect/reactivity"
import { SqlClient, type SqlConnection } from "effect/sql"
import { SqlError, UnknownError } from "effect/sql/SqlError"
import { needsNewConnection } from "../Errors.ts"

/** Behind a virtual address a connection stays with the former primary, and reading alone does not show that. */
const connectionAgeMax = "10 minutes"

/** A server answers ROLLBACK to a COMMIT of a transaction in which a statement failed. */
const commit = (connection: SqlConnection.Connection) =>
  Effect.flatMap(connection.executeRaw("COMMIT", []), (result) =>
    (result as PgConnection.Result).command === "ROLLBACK"
      ? Effect.fail(
          new SqlError({
            reason: new UnknownError({ cause: new Error("the transaction was rolled back"), operation: "commit" })
          })
        )
      : Effect.void
  )

/** Runs statements on a connection, and tells `failed` of each failure. Rows are not transformed. */
const watched = (
  connection: PgConnection.PgConnection,
  failed: (error: SqlError) => Effect.Effect<void>
): SqlConnection.Connection => {
  const run = (sql: string, params: ReadonlyArray<unknown>, prepare: boolean) =>
    Effect.tapError(connection.query(sql, params, prepare), failed)
  const values = (sql: string, params: ReadonlyArray<unknown>, prepare: boolean) =>
    Effect.tapError(connection.queryValues(sql, params, prepare), failed)
  return {
    execute: (sql, params) => Effect.map(run(sql, params, true), ({ rows }) => rows),
    executeUnprepared: (sql, params) => Effect.map(run(sql, params, false), ({ rows }) => rows),
    executeRaw: (sql, params) => run(sql, params, true),
    executeValues: (sql, params) => values(sql, params, true),
    executeValuesUnprepared: (sql, params) => values(sql, params, false),
    executeStream: (sql, params) => Stream.tapError(connection.stream(sql, params), failed)
  }
}

/** Opens a pool and returns a client on it. */
export const pooledClient = Effect.fnUntraced(function* (
  config: PgPool.Config
): Effect.fn.Return<SqlClient.SqlClient, SqlError, Reactivity.Reactivity | Scope.Scope> {
  const pool = yield* PgPool.make({ ...config, connectionTTL: connectionAgeMax })
  const faultsBefore = new WeakMap<PgConnection.PgConnection, number>()
  let faults = 0
  const failed = (error: SqlError) =>
    Effect.sync(() => {
      if (needsNewConnection(error)) faults += 1
    })
  const checkout = Effect.gen(function* () {
    for (;;) {
      const connection = yield* pool.get
      const before = faultsBefore.get(connection) ?? faults
      faultsBefore.set(connection, before)
      if (before === faults) return connection
      yield* pool.invalidate(connection)
    }
  })
  return yield* SqlClient.make({
    driver: "pg",
    acquirer: Effect.map(checkout, (connection) => watched(connection, failed)),
    transactionAcquirer: Effect.flatMap(checkout, ({ pin }) => Effect.map(pin, (pinned) => watched(pinned, failed))),
    compiler: PgClient.makeCompiler(),
    prepareTransactionControls: config.prepare !== false,
    commit,
    releaseSavepoint: (name) => `RELEASE SAVEPOINT ${name}`,
    spanAttributes: [
      ["db.system.name", "postgresql"],
      ["db.namespace", config.database ?? "postgres"],
      ["server.address", config.host ?? "localhost"],
      ["server.port", config.port ?? 5432]
    ]
  })
})
