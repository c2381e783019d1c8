/**
 * The migrations that bring a database to the schema at start. Processes that start together on one database wait for
 * each other, so a migration runs once.
 */
import { PgMigrator } from "@effect/sql-pg"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { keptManifests } from "./schema/keptManifests.ts"
import { objects } from "./schema/objects.ts"
import { packs } from "./schema/packs.ts"
import { people } from "./schema/people.ts"
import { proposals } from "./schema/proposals.ts"
import { reflectRoot } from "./schema/reflectRoot.ts"
import { remarks } from "./schema/remarks.ts"
import { repositories } from "./schema/repositories.ts"

const schema = Effect.all([repositories, objects, people, proposals, remarks, packs, keptManifests, reflectRoot], {
  discard: true
})

const loader = PgMigrator.fromRecord({ "0001_schema": schema })

/** An advisory lock that nothing else in the database uses; the letters "musehub" in ASCII. */
const migrationLock = 0x6d757365687562n

/** Brings the schema up to date. All pending migrations are applied, or none. */
export const migrate = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const migrations = PgMigrator.make({})({ loader, table: "musehub_migrations" })
  // The migrator's own table lock would make the second process fail; this one makes it wait.
  yield* sql.withTransaction(Effect.andThen(sql`SELECT pg_advisory_xact_lock(${migrationLock})`, migrations))
})
