/**
 * Whether a pooler stands between the hub and Postgres. One in transaction mode gives each transaction another
 * connection of the server, on which a statement that was prepared before does not exist.
 */
import { PgConnection } from "@effect/sql-pg"
import { Effect } from "effect"

/** Returns whether the process id that a connection was told at its start is another than that of the server. */
export const isPooled = (config: PgConnection.Config) =>
  PgConnection.make(config).pipe(
    Effect.flatMap((connection) =>
      Effect.map(
        connection.query("SELECT pg_backend_pid() AS pid", [], false),
        ({ rows }) => rows[0]?.["pid"] !== connection.processId
      )
    ),
    Effect.scoped
  )
