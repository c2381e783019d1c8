/**
 * The migrations that bring a database to the schema at start. Processes that start together on one database wait for
 * each other, so a migration runs once. A database with a migration of a newer hub is refused as it is. One whose
 * tables were dropped gets them anew: the index fills itself from the store.
 */
import { PgMigrator } from "@effect/sql-pg"
import { FormatTooNew } from "@musehub/domain/port/FormatTooNew"
import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { derived } from "./schema/derived.ts"
import { documentStates } from "./schema/documentStates.ts"
import { domains } from "./schema/domains.ts"
import { forgetRepository } from "./schema/forgetRepository.ts"
import { hub } from "./schema/hub.ts"
import { keptManifests } from "./schema/keptManifests.ts"
import { objects } from "./schema/objects.ts"
import { packs } from "./schema/packs.ts"
import { people } from "./schema/people.ts"
import { proposals } from "./schema/proposals.ts"
import { reflectRoot } from "./schema/reflectRoot.ts"
import { remarks } from "./schema/remarks.ts"
import { repositories } from "./schema/repositories.ts"
import { usage } from "./schema/usage.ts"
import { textArray } from "./Parameters.ts"
import { decoded } from "./statement/Rows.ts"

const schema = Effect.all(
  [
    repositories,
    objects,
    people,
    domains,
    proposals,
    remarks,
    packs,
    keptManifests,
    reflectRoot,
    forgetRepository,
    documentStates,
    hub,
    usage,
    derived
  ],
  { discard: true }
)

const loader = PgMigrator.fromRecord({ "0001_schema": schema })

/** The tables that the migrations make. */
const tables: ReadonlyArray<string> = [
  "repositories",
  "grants",
  "blobs",
  "snapshots",
  "commits",
  "introductions",
  "users",
  "tokens",
  "domains",
  "proposals",
  "remarks",
  "packs",
  "staged_blobs",
  "document_states",
  "hub",
  "stored_bytes",
  "kept_answers",
  "derivers",
  "underived",
  "derivations",
  "touches",
  "folder_touches",
  "touch_lines",
  "blob_symbols",
  "symbol_events",
  "marks"
]

/** An advisory lock that nothing else in the database uses; the letters "musehub" in ASCII. */
const migrationLock = 0x6d757365687562n

/** The table of the migrations that a database has. */
export const table = "musehub_migrations"

const appliedRows = decoded(Schema.Struct({ id: Schema.Int }))

/** Returns the ids of the migrations that the database has. */
const appliedIds = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const found = yield* sql`SELECT 1 WHERE to_regclass(${table}) IS NOT NULL`
  if (found.length === 0) return []
  return (yield* appliedRows(sql`SELECT migration_id AS id FROM ${sql(table)}`)).map(({ id }) => id)
})

/** Refuses a database with a migration that this hub does not know. The migrator itself would take it for complete. */
const refuseUnknown = Effect.fnUntraced(function* (applied: ReadonlyArray<number>, location: string) {
  const known = (yield* loader).map(([id]) => id)
  if (applied.every((id) => known.includes(id))) return
  yield* new FormatTooNew({ service: "index", location, found: Math.max(...applied), known: Math.max(...known) })
})

const lackingRows = decoded(Schema.Struct({ name: Schema.String }))

/** Returns the tables that a migrated database lacks. */
const lacking = Effect.fnUntraced(function* (applied: ReadonlyArray<number>) {
  const sql = yield* SqlClient.SqlClient
  if (applied.length === 0) return []
  return yield* lackingRows(
    sql`SELECT name FROM unnest(${textArray(tables)}::text[]) AS name WHERE to_regclass(name) IS NULL`
  )
})

/**
 * Forgets the migrations of a database that lacks some of their tables, with the tables that are left: rows beside
 * others that are gone would pass for complete.
 */
const startAnew = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  for (const name of tables) yield* sql`DROP TABLE IF EXISTS ${sql(name)} CASCADE`
  yield* sql`DELETE FROM ${sql(table)}`
})

/**
 * Makes the table of the migrations. The migrator would go on after a failure to make it, and fail with what Postgres
 * says to every later statement of the transaction.
 */
const makeTable = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    CREATE TABLE IF NOT EXISTS ${sql(table)} (
      migration_id integer PRIMARY KEY, created_at timestamptz NOT NULL DEFAULT now(), name text NOT NULL
    )`
})

/** Brings the schema up to date; messages name `location`. All pending migrations are applied, or none. */
export const migrate = Effect.fnUntraced(function* (location: string) {
  const sql = yield* SqlClient.SqlClient
  const state = Effect.gen(function* () {
    const applied = yield* appliedIds
    yield* refuseUnknown(applied, location)
    return { isWhole: (yield* lacking(applied)).length === 0, isComplete: applied.length === (yield* loader).length }
  })
  const { isComplete, isWhole } = yield* state
  // Without a write, so that a database that can only be read is opened too.
  if (isComplete && isWhole) return
  // The migrator's own table lock would make the second process fail; this one makes it wait.
  // Either takes the time that it needs.
  yield* sql`SET LOCAL statement_timeout = 0`.pipe(
    Effect.andThen(sql`SELECT pg_advisory_xact_lock(${migrationLock})`),
    Effect.andThen(state),
    Effect.tap((present) => (present.isWhole ? Effect.void : startAnew)),
    Effect.andThen(makeTable),
    Effect.andThen(PgMigrator.make({})({ loader, table })),
    sql.withTransaction
  )
})
