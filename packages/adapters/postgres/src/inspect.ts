/**
 * Finds out what a database can do for the hub, before the hub relies on it: whether it holds every character, is new
 * enough, may be written, and lets this user make its tables. A reason names the statement that helps.
 */
import type { IndexReport } from "@musehub/domain/hub/IndexReport"
import { Clock, Effect, Schema } from "effect"
import type { SqlClient } from "effect/sql"
import { needsNewConnection, sqlState } from "./Errors.ts"
import { table } from "./migrate.ts"
import { decoded } from "./statement/Rows.ts"

/** The oldest server that the tests run on. */
const versionMin = 15

const inspected = decoded(
  Schema.Struct({
    version: Schema.String,
    major: Schema.Int,
    encoding: Schema.String,
    database: Schema.String,
    role: Schema.String,
    schema: Schema.NullOr(Schema.String),
    may_create: Schema.Boolean,
    is_set_up: Schema.Boolean,
    may_use: Schema.Boolean,
    read_only: Schema.Boolean,
    encrypted: Schema.Boolean
  })
)

export type Inspected = Effect.Success<ReturnType<typeof inspected>>[number]

/** Names of the server, as its statements quote them. */
const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** Returns why the hub cannot use the database. */
export const reasonsOf = (found: Inspected): ReadonlyArray<string> => {
  const [database, role, schema] = [found.database, found.role, found.schema ?? "public"].map(quoted)
  return [
    ...(found.major < versionMin
      ? [`it is PostgreSQL ${found.version}, and the hub needs ${versionMin} or newer`]
      : []),
    ...(found.encoding === "UTF8"
      ? []
      : [
          `its encoding is ${found.encoding}, which cannot hold every name and message; make another one: ` +
            `CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0`
        ]),
    ...(found.is_set_up || found.may_create || found.read_only
      ? []
      : [
          found.schema === null
            ? `user ${role} has no schema to make tables in: CREATE SCHEMA AUTHORIZATION ${role}`
            : `user ${role} may not make tables in schema ${schema}: GRANT USAGE, CREATE ON SCHEMA ${schema} TO ${role}`
        ]),
    ...(found.is_set_up && !found.may_use
      ? [
          `user ${role} may not use the tables in schema ${schema}, which another one made: ` +
            `REASSIGN OWNED BY … TO ${role}, in database ${database}`
        ]
      : [])
  ]
}

const readOnly = "25006"

/**
 * Tries a write that changes nothing. A connection of a time when the database was read-only would say that it still
 * is: the failure replaces it, and the second try asks a new one.
 */
const takesWrites = (sql: SqlClient.SqlClient) =>
  sql`UPDATE ${sql(table)} SET name = name WHERE false`.pipe(
    Effect.retry({ times: 1, while: needsNewConnection }),
    Effect.as(true),
    Effect.catchIf(
      (error) => sqlState(error) === readOnly,
      () => Effect.succeed(false)
    )
  )

/** Inspects the database. Whether a pooler stands before it is known from how connections are made. */
export const inspect = Effect.fnUntraced(function* (sql: SqlClient.SqlClient, location: string, pooled: boolean) {
  const [found] = yield* inspected(
    sql`
    SELECT
      current_setting('server_version') AS version,
      current_setting('server_version_num')::integer / 10000 AS major,
      current_setting('server_encoding') AS encoding,
      current_database()::text AS database,
      current_user::text AS role,
      current_schema()::text AS schema,
      coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS may_create,
      t.oid IS NOT NULL AS is_set_up,
      t.oid IS NOT NULL AND pg_has_role(t.relowner, 'USAGE') AS may_use,
      current_setting('transaction_read_only')::boolean AS read_only,
      coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false) AS encrypted
    FROM (SELECT) AS one
    LEFT JOIN pg_class t ON t.oid = to_regclass(${table})`.unprepared
  )
  if (found === undefined) return yield* Effect.die(new Error("the inspection of the database has no row"))
  const reasons = reasonsOf(found)
  const report: IndexReport = {
    at: new Date(yield* Clock.currentTimeMillis).toISOString(),
    location,
    server: `PostgreSQL ${found.version}`,
    encoding: found.encoding,
    writable: !found.read_only || (found.is_set_up && (yield* takesWrites(sql))),
    pooled,
    encrypted: found.encrypted,
    fit: reasons.length === 0,
    reasons
  }
  return report
})
