/** Connections to Postgres do not outlive what made them unfit: a server that was read-only for a while, or age. */
import { PgConnection } from "@effect/sql-pg"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { pooledClient } from "@musehub/adapter-postgres/connection/pooledClient"
import { asOperation } from "@musehub/adapter-postgres/Errors"
import { Effect, Exit, Redacted, Scope } from "effect"
import { Reactivity } from "effect/reactivity"
import type { SqlClient } from "effect/sql"
import { TestClock } from "effect/testing"
import { freshDatabase } from "../services/PostgresServer.ts"
import { acquirePostgres } from "../services/services.ts"

const server = await acquirePostgres()
const scope = Scope.makeUnsafe()
afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))
const database = await Effect.runPromise(Scope.provide(freshDatabase(server), scope))

/** Runs statements of an operator on a connection of its own. */
const administer = (...statements: ReadonlyArray<string>) =>
  PgConnection.make({ url: Redacted.make(database) }).pipe(
    Effect.flatMap((connection) => Effect.forEach(statements, (statement) => connection.query(statement))),
    Effect.scoped
  )

const clientOf = (maxConnections: number) =>
  Effect.provide(pooledClient({ url: Redacted.make(database), maxConnections }), Reactivity.layer)

const processOf = (sql: SqlClient.SqlClient) =>
  Effect.map(sql<{ pid: number }>`SELECT pg_backend_pid() AS pid`, (rows) => rows[0]?.pid)

const name = new URL(database).pathname.slice(1)

describe("a pool of connections", () => {
  it.live("takes writes again once a database that was read-only can be written, on connections of that time too", () =>
    Effect.gen(function* () {
      const sql = yield* clientOf(3)
      yield* sql`CREATE TABLE IF NOT EXISTS written (n integer)`
      const write = asOperation("write")(sql`INSERT INTO written VALUES (1)`)
      const read = sql`SELECT pg_sleep(0.1)`
      // New sessions are read-only, and stay so when the setting is gone.
      yield* administer(
        `ALTER DATABASE "${name}" SET default_transaction_read_only = on`,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()`
      )
      yield* Effect.retry(Effect.all([read, read, read], { concurrency: 3 }), { times: 3 })
      const refused = yield* Effect.flip(write)
      assert.isTrue(refused.isRetryable, "a client may come back")
      yield* Effect.all([read, read, read], { concurrency: 3 })
      yield* administer(
        "SET default_transaction_read_only = off",
        `ALTER DATABASE "${name}" RESET default_transaction_read_only`
      )
      yield* Effect.all([write, write, write, write], { concurrency: 4 })
    })
  )

  it.live("does not take a transaction for committed in which a statement failed", () =>
    Effect.gen(function* () {
      const sql = yield* clientOf(1)
      const failing = Effect.ignore(sql`SELECT 1 / 0`)
      const error = yield* Effect.flip(sql.withTransaction(failing))
      assert.strictEqual(error._tag, "SqlError")
    })
  )

  it.effect("replaces a connection that is in use all the time once it is ten minutes old", () =>
    Effect.gen(function* () {
      const sql = yield* clientOf(1)
      const first = yield* processOf(sql)
      const useFor = Effect.fnUntraced(function* (minutes: number) {
        for (let halves = 0; halves < minutes * 2; halves++) {
          yield* TestClock.adjust("30 seconds")
          yield* processOf(sql)
        }
        return yield* processOf(sql)
      })
      assert.strictEqual(yield* useFor(9), first)
      assert.notStrictEqual(yield* useFor(1), first)
    })
  )
})
