/**
 * A legacy hub in its PostgreSQL database (docs/wire.md, section 9) and its files. Sessions are read-only, so this
 * package cannot change a row. JSON and times are read as text: the driver's parser or a `Date` would lose 64-bit
 * integers and microseconds, and with them the id.
 */
import { PgClient, PgConnection } from "@effect/sql-pg"
import type { LegacyFiles } from "@musehub/domain/port/legacy/LegacyFiles"
import { LegacyHub } from "@musehub/domain/port/legacy/LegacyHub"
import { LegacyRecords, type LegacyUnavailable } from "@musehub/domain/port/legacy/LegacyRecords"
import type { ConfigurationRefused } from "@musehub/domain/port/Plugin"
import { Context, Effect, Layer, Schema } from "effect"
import { Reactivity } from "effect/reactivity"
import type { SqlError } from "effect/sql/SqlError"
import { holding } from "./holding.ts"
import { makeHub, requireHub } from "./makeHub.ts"
import { makeRecords, manifestColumnsAmong } from "./makeRecords.ts"
import { messageBytesMax, rowsOf, unavailable } from "./statements.ts"

export interface LegacyTarget {
  /** Finds out how the server takes connections. */
  readonly connect: () => Effect.Effect<PgConnection.Config, ConfigurationRefused | SqlError>
  /** Host, port and database, for messages. */
  readonly location: string
  /** The size of the pool of connections. */
  readonly maxConnections: number
  /** The bytes of blobs. */
  readonly files: LegacyFiles
}

const statementMillisMax = 30_000

const ColumnRow = Schema.Struct({ name: Schema.String })

/** Opens the database. Fails if it cannot be read, or is not a legacy hub's. */
export const layer = (
  target: LegacyTarget
): Layer.Layer<LegacyHub | LegacyRecords, ConfigurationRefused | LegacyUnavailable> =>
  Layer.effectContext(
    Effect.gen(function* () {
      const { config, sql } = yield* Effect.gen(function* () {
        const given = yield* target.connect()
        const config: PgConnection.Config = {
          ...given,
          applicationName: given.applicationName ?? "musehub legacy",
          maxMessageSize: messageBytesMax,
          startupParameters: { default_transaction_read_only: "on", statement_timeout: String(statementMillisMax) }
        }
        const sql = yield* PgClient.make({ ...config, maxConnections: target.maxConnections })
        yield* requireHub(sql)
        return { config, sql }
      }).pipe(Effect.catchTag("SqlError", (error) => Effect.fail(unavailable(`opening ${target.location}`)(error))))
      const client = { sql, location: target.location }
      const columns = yield* rowsOf(
        client,
        "reading the columns of musehub_snapshots",
        ColumnRow,
        sql`SELECT attname AS name FROM pg_attribute
            WHERE attrelid = 'musehub_snapshots'::regclass AND attnum > 0 AND NOT attisdropped`
      )
      const records = makeRecords(client, target.files, manifestColumnsAmong(new Set(columns.map(({ name }) => name))))
      return Context.make(LegacyRecords, records).pipe(
        Context.add(LegacyHub, makeHub(client, holding(config, target.location)))
      )
    })
  ).pipe(Layer.provide(Reactivity.layer))
