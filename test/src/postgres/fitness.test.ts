/**
 * What a Postgres must offer: the hub finds out when it opens the index, says what is wrong and which statement helps,
 * and that statement is enough.
 */
import { PgConnection } from "@effect/sql-pg"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { type Inspected, reasonsOf } from "@musehub/adapter-postgres/inspect"
import { postgresPlugin } from "@musehub/adapter-postgres/plugin"
import { endingOf } from "@musehub/cli/errors"
import { RepositoryIndex } from "@musehub/domain/port/index/RepositoryIndex"
import { expected } from "@musehub/domain/base/expected"
import { Context, Effect, Exit, Layer, Redacted, Scope } from "effect"
import { readFileSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { field, json, run } from "../cli/program.ts"
import { ownPostgres } from "../services/OwnPostgres.ts"

const scope = Scope.makeUnsafe()
afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))
const server = await Effect.runPromise(Scope.provide(ownPostgres(), scope))

const at = (user: string, database: string) => {
  const url = new URL(server.url)
  url.username = user
  url.pathname = `/${database}`
  return url.href
}

const administer = (database: string, ...statements: ReadonlyArray<string>) =>
  PgConnection.make({ url: Redacted.make(at("postgres", database)) }).pipe(
    Effect.flatMap((connection) => Effect.forEach(statements, (statement) => connection.query(statement))),
    Effect.scoped
  )

const open = (url: string) => Layer.build(Layer.fresh(postgresPlugin.layer(url)))

/** The line that an operator reads when the index does not open. */
const refusalOf = (url: string) => Effect.map(Effect.flip(Effect.scoped(open(url))), (error) => endingOf(error).message)

const probeOf = (url: string) =>
  Effect.scoped(Effect.flatMap(open(url), (services) => Context.get(services, RepositoryIndex).probe))

describe("a Postgres user without the right to make tables", () => {
  it.live("is told which statement to run, and with that alone the index opens", () =>
    Effect.gen(function* () {
      yield* administer("postgres", "CREATE ROLE limited LOGIN", "CREATE DATABASE granted")
      const line = yield* refusalOf(at("limited", "granted"))
      const [grant] = expected(/GRANT [^;]*$/.exec(line) ?? undefined, `a GRANT in: ${line}`)
      assert.strictEqual(grant, 'GRANT USAGE, CREATE ON SCHEMA "public" TO "limited"')
      assert.notInclude(line, "current transaction is aborted")
      yield* administer("granted", expected(grant, "the statement"))
      assert.isTrue((yield* probeOf(at("limited", "granted"))).fit)
    })
  )

  it.live("has with the statements of docs/deployment.md all that the hub needs", () =>
    Effect.gen(function* () {
      const guide = readFileSync(new URL("../../../docs/deployment.md", import.meta.url), "utf8")
      const blocks = [...guide.matchAll(/```sql\n(.*?)```/gs)].map(([, block = ""]) =>
        block.split(";").filter((statement) => statement.trim() !== "")
      )
      assert.lengthOf(blocks, 2)
      yield* administer("postgres", ...(blocks[0] ?? []))
      yield* administer("musehub", ...(blocks[1] ?? []))
      assert.isTrue((yield* probeOf(at("musehub", "musehub"))).fit)
    })
  )

  it.live("is told of tables that another user made", () =>
    Effect.gen(function* () {
      yield* administer("postgres", "CREATE ROLE second LOGIN", "CREATE DATABASE taken")
      yield* Effect.scoped(open(at("postgres", "taken")))
      assert.include(yield* refusalOf(at("second", "taken")), 'REASSIGN OWNED BY … TO "second"')
    })
  )
})

describe("a database that cannot hold an index", () => {
  it.live("in LATIN1 is refused when it is opened, with the statement that makes another one", () =>
    Effect.gen(function* () {
      yield* administer("postgres", "CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0 LOCALE 'C'")
      const line = yield* refusalOf(at("postgres", "latin"))
      assert.include(line, "LATIN1")
      assert.include(line, "CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0")
    })
  )

  it.live("and was made read-only before it was set up is reported by the first error, which may pass", () =>
    Effect.gen(function* () {
      yield* administer(
        "postgres",
        "CREATE DATABASE unwritable",
        "ALTER DATABASE unwritable SET default_transaction_read_only = on"
      )
      const error = yield* Effect.flip(Effect.scoped(open(at("postgres", "unwritable"))))
      assert.include(endingOf(error).message, "cannot execute CREATE TABLE in a read-only transaction")
      assert.isTrue(error._tag === "IndexUnavailable" && error.isRetryable)
    })
  )

  it("of a server that is too old is refused", () => {
    const found: Inspected = {
      version: "14.2",
      major: 14,
      encoding: "UTF8",
      database: "index",
      role: "ada",
      schema: "public",
      may_create: true,
      is_set_up: false,
      may_use: false,
      read_only: false,
      encrypted: false
    }
    assert.deepStrictEqual(reasonsOf(found), ["it is PostgreSQL 14.2, and the hub needs 15 or newer"])
    assert.deepStrictEqual(reasonsOf({ ...found, major: 15 }), [])
  })
})

describe("a database that became read-only", () => {
  it.live("is said to take no writes until it does, to an index that stays open", () =>
    Effect.gen(function* () {
      yield* administer("postgres", "CREATE DATABASE replica")
      const { probe } = Context.get(yield* open(at("postgres", "replica")), RepositoryIndex)
      assert.deepInclude(yield* probe, { writable: true, fit: true })
      yield* administer(
        "postgres",
        "ALTER DATABASE replica SET default_transaction_read_only = on",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'replica'"
      )
      assert.deepInclude(yield* probe, { writable: false, fit: true })
      yield* administer("postgres", "ALTER DATABASE replica RESET default_transaction_read_only")
      assert.deepInclude(yield* probe, { writable: true, fit: true })
    })
  )
})

describe("musehub probe and status", () => {
  it.live(
    "say what the index can do, or why it does not open",
    () =>
      Effect.gen(function* () {
        const directory = yield* Effect.acquireRelease(
          Effect.promise(() => mkdtemp(join(tmpdir(), "musehub-fitness-"))),
          (folder) => Effect.promise(() => rm(folder, { recursive: true, force: true }))
        )
        yield* administer("postgres", "CREATE DATABASE shown", "CREATE ROLE nobody LOGIN")
        const musehub = (user: string, ...args: ReadonlyArray<string>) =>
          Effect.promise(() =>
            run(args, { directory, env: { MUSEHUB_OBJECT_STORE: "file:objects", MUSEHUB_INDEX: at(user, "shown") } })
          )
        const [refused, probed, status] = yield* Effect.all([
          musehub("nobody", "probe"),
          musehub("postgres", "probe", "--json"),
          musehub("postgres", "status", "--json")
        ])
        assert.strictEqual(refused.code, 3)
        assert.match(refused.stdout, /^fit to serve from$/m)
        assert.match(refused.stderr, /^musehub: MUSEHUB_INDEX: .*GRANT USAGE, CREATE ON SCHEMA "public" TO "nobody"\n$/)
        const facts = { encoding: "UTF8", writable: true, pooled: false, encrypted: false, fit: true, reasons: [] }
        assert.deepInclude(field(json(probed), "index"), facts)
        assert.deepInclude(field(json(status), "indexProbe"), facts)
      }),
    60_000
  )
})
