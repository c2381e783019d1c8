/**
 * The schema's history: every migration in order, applied at start. Processes that start together on one database wait
 * for each other, so each migration runs once.
 */
import { PgMigrator } from "@effect/sql-pg"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import repositories from "./migration/0001_repositories.ts"
import objects from "./migration/0002_objects.ts"
import reflectRoot from "./migration/0003_reflect_root.ts"
import people from "./migration/0004_people.ts"
import proposals from "./migration/0005_proposals.ts"
import remarks from "./migration/0006_remarks.ts"
import keptManifests from "./migration/0007_kept_manifests.ts"
import packs from "./migration/0008_packs.ts"

const loader = PgMigrator.fromRecord({
  "0001_repositories": repositories,
  "0002_objects": objects,
  "0003_reflect_root": reflectRoot,
  "0004_people": people,
  "0005_proposals": proposals,
  "0006_remarks": remarks,
  "0007_kept_manifests": keptManifests,
  "0008_packs": packs
})

/** Any number that nothing else in the database locks; the letters "musehub" in ASCII. */
const migrationLock = 0x6d757365687562n

/** Brings the schema up to date. All pending migrations happen or none does. */
export const migrate = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const migrations = PgMigrator.make({})({ loader, table: "musehub_migrations" })
  // The migrator's own table lock fails the second process; this one makes it wait.
  yield* sql.withTransaction(Effect.andThen(sql`SELECT pg_advisory_xact_lock(${migrationLock})`, migrations))
})
