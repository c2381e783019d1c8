/**
 * A schema for a second index beside the one of the hub. It is deleted with the scope. One whose process was killed is
 * deleted by the next that is made: a live one is told by a lock that its connection holds.
 */
import { PgConnection } from "@effect/sql-pg"
import { Effect, Schema } from "effect"
import { randomBytes } from "node:crypto"
import { decoded } from "./statement/Rows.ts"

/** What the names of these schemas begin with. */
export const shadowPrefix = "musehub_shadow_"

/** The first half of the keys of their locks; 1 is that of repositories. */
const lockClass = 2

const nameRows = decoded(Schema.Struct({ name: Schema.String }))
const lockRows = decoded(Schema.Struct({ held: Schema.Boolean }))

/** Makes a schema, and returns its name. It may need `GRANT CREATE ON DATABASE`. */
export const shadowSchema = Effect.fnUntraced(function* (config: PgConnection.Config) {
  const connection = yield* PgConnection.make(config)
  const run = (sql: string, params: ReadonlyArray<unknown> = []) =>
    Effect.map(connection.query(sql, params, false), ({ rows }) => rows)
  const isLocked = (name: string) =>
    Effect.map(
      lockRows(run("SELECT pg_try_advisory_lock($1::integer, hashtext($2::text)) AS held", [lockClass, name])),
      ([row]) => row?.held === true
    )
  const drop = (name: string) => run(`DROP SCHEMA IF EXISTS "${name}" CASCADE`)

  // Deleting a schema takes the time that it needs.
  yield* run("SET statement_timeout = 0")
  const found = yield* nameRows(
    run("SELECT nspname::text AS name FROM pg_namespace WHERE starts_with(nspname, $1::text)", [shadowPrefix])
  )
  for (const { name } of found) if (/^\w+$/.test(name) && (yield* isLocked(name))) yield* drop(name)

  const name = `${shadowPrefix}${randomBytes(8).toString("hex")}`
  yield* isLocked(name)
  yield* Effect.acquireRelease(run(`CREATE SCHEMA "${name}"`), () =>
    Effect.catch(drop(name), (error) =>
      Effect.logWarning(`the schema ${name} is left in the database, until the next proof deletes it`, error)
    )
  )
  return name
})
