/**
 * The index on a real Postgres keeps the contract, and the promises of this adapter alone: its URL, its schema, its
 * statements.
 */
import { PgClient } from "@effect/sql-pg"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { postgresPlugin } from "@musehub/adapter-postgres/plugin"
import * as PostgresUrl from "@musehub/adapter-postgres/PostgresUrl"
import { endingOf } from "@musehub/cli/errors"
import { NewPacks } from "@musehub/domain/invariant/packs/NewPacks"
import { blobOf } from "@musehub/domain/object/Blob"
import type { UserName } from "@musehub/domain/repository/Names"
import { wholeIndex } from "@musehub/contract/wholeIndex"
import { Effect, Exit, Layer, Redacted, Result, Scope, Tracer } from "effect"
import { freshDatabase } from "../services/PostgresServer.ts"
import { acquirePostgres } from "../services/services.ts"
import {
  at,
  batchOf,
  createRoot,
  emptyBatch,
  evidenceIn,
  headsOf,
  historyOf,
  idsOf,
  lineOf,
  newRoot,
  newUser,
  nothing,
  recordPacks
} from "@musehub/contract/IndexSamples"
import { evidence, indexContract } from "@musehub/contract/indexContract"
import { newRepository } from "@musehub/contract/StoreSamples"

const server = await acquirePostgres()
const scope = Scope.makeUnsafe()
const newDatabase = () => Effect.runPromise(Scope.provide(freshDatabase(server), scope))
afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))

const url = await newDatabase()
const layer = postgresPlugin.layer(url)

indexContract("postgres", layer, { shared: true })

/** Runs SQL of the test on a database. */
const query = (statement: string, database = url) =>
  PgClient.PgClient.use((sql) => sql.unsafe<Record<string, unknown>>(statement)).pipe(
    Effect.provide(PgClient.layer({ url: Redacted.make(database) }))
  )

/** Makes the server end all connections of this name. */
const terminate = (application: string) =>
  query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE application_name = '${application}' AND datname = current_database()`
  )

it.layer(Layer.merge(layer, evidence), { timeout: "2 minutes", excludeTestServices: true })("Postgres index", (it) => {
  it.effect("uses one statement per method, whatever the size of the arguments", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const history = yield* historyOf(lineOf(50))
      const ids = idsOf(history)
      const { repository } = history
      const root = yield* createRoot({ ...newRoot(repository), heads: headsOf({ main: at(ids.commits, -1) }) })
      const { owner, slug } = root.value.repository
      const page = { limit: 10 }
      const later = yield* historyOf(lineOf(60), repository)
      const methods = {
        record: index.record({ ...batchOf(history, ids.snapshots), packs: history.packs, root }),
        known: index.known(repository, ids),
        ancestry: index.ancestry(repository, ids.commits.slice(-1), 100),
        manifests: index.manifests(repository, ids.snapshots),
        keepManifests: index.keepManifests(repository, history.snapshots),
        introducedBy: index.introducedBy(repository, ids.commits),
        introducersOf: index.introducersOf(repository, ids.blobs),
        unintroducedBlobs: index.unintroducedBlobs(repository, page),
        packs: index.packs(repository),
        stage: index.stage(at(later.packs, 0)),
        staged: index.staged(repository, idsOf(later).blobs),
        relocate: index.relocate(at(later.packs, 0)),
        commitsOfSnapshots: index.commitsOfSnapshots(repository, ids.snapshots),
        holdersOf: index.holdersOf(owner, ids),
        recentCommits: index.recentCommits(repository, 10),
        repositoryByName: index.repositoryByName(owner, slug),
        repositories: index.repositories({ owner }, page),
        readableRepositories: index.readableRepositories({ user: owner, repository: null }, {}, page),
        rows: index.rows(repository, "blob", page),
        rowsDigest: index.rowsDigest(repository, "blob", page),
        nodesDigest: index.nodesDigest(repository, page),
        proposals: index.proposals(repository, { state: "open" }, page),
        remarks: index.remarks(repository, ids.commits),
        users: index.users(page),
        tokens: index.tokens({ user: owner }, page),
        counts: index.counts,
        forget: index.forget(repository)
      }
      for (const [name, method] of Object.entries(methods)) {
        let statements = 0
        const counting = Tracer.make({
          span: (options) => {
            if (options.kind === "client") statements++
            return new Tracer.NativeSpan(options)
          }
        })
        yield* Effect.withTracer(Effect.asVoid(method as Effect.Effect<unknown>), counting)
        assert.strictEqual(statements, 1, name)
      }
    })
  )

  it.effect("lists what a reader may read without passing over the repositories that are hidden from them", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const [owner, reader] = [newUser(), newUser()]
      yield* query(`
        INSERT INTO repositories
        SELECT gen_random_uuid()::text, '${owner}', 'r' || n, 'r',
               CASE n % 1000 WHEN 0 THEN 'public' ELSE 'private' END,
               '', 'code', 'main', false, NULL, '2026', 0, repeat('0', 64), NULL, 1
        FROM generate_series(1, 20000) AS n`)
      yield* query("ANALYZE repositories")
      let statement = ""
      const listening = Tracer.make({
        span: (options) => {
          const span = new Tracer.NativeSpan(options)
          const attribute = span.attribute.bind(span)
          span.attribute = (name, value) => {
            if (name === "db.query.text") statement = String(value)
            attribute(name, value)
          }
          return span
        }
      })
      const page = { after: `${owner}/r5`, limit: 30 }
      const list = (user: UserName, filter: { readonly owner?: UserName }) =>
        Effect.withTracer(index.readableRepositories({ user, repository: null }, filter, page), listening)
      for (const filter of [{ owner }, {}]) {
        assert.lengthOf((yield* list(owner, filter)).items, 30)
        assert.lengthOf(
          (yield* list(reader, filter)).items.filter(({ repository }) => repository.owner === owner),
          5
        )
        for (const user of [owner, reader]) {
          const asked = statement.replaceAll(/LIMIT \$\d+/g, "LIMIT 31").replaceAll(/\$\d+/g, `'${user}'`)
          const lines = (yield* query(`EXPLAIN ANALYZE ${asked}`)).map((row) => String(row["QUERY PLAN"]))
          // The sub-plans read the branches of what was found.
          const [plan = ""] = lines.join("\n").split("SubPlan")
          assert.match(plan, /Index (Only )?Scan using repositories_public/, plan)
          assert.notMatch(plan, /Seq Scan on repositories/, plan)
          assert.notMatch(plan, /Rows Removed by Filter: \d{3,}/, plan)
        }
      }
    })
  )

  it.effect("reads a batch that is too large for one statement completely", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const repository = newRepository()
      const count = 60_000
      const made = Array.from({ length: count }, (_, place) => blobOf(Buffer.from(`blob ${place}`)))
      const ids = { blobs: made.map(({ id }) => id), snapshots: [], commits: [] }
      const [small, large] = [new NewPacks(repository), new NewPacks(repository)]
      yield* Effect.forEach(made, (blob) => small.add(blob), { discard: true })
      yield* Effect.forEach([blobOf(Buffer.from("first")), ...made], (blob) => large.add(blob), { discard: true })
      const { blobs } = yield* evidenceIn(small, ids)
      yield* index.record({ ...emptyBatch(repository), blobs })
      assert.strictEqual((yield* index.known(repository, ids)).blobs.size, count)

      const { packs } = yield* evidenceIn(large, nothing)
      for (const pack of packs) {
        yield* index.stage(pack)
        yield* index.relocate(pack)
      }
      assert.strictEqual((yield* index.staged(repository, ids.blobs)).size, count)
      const uris = packs.map(({ storageUri }) => `'${storageUri}%'`)
      const moved = yield* query(
        `SELECT count(*)::integer FROM blobs
         WHERE repository = '${repository}' AND storage_uri LIKE ANY (ARRAY[${uris.join()}])`
      )
      assert.deepStrictEqual(moved, [{ count }])
    })
  )

  it.effect("has a path to show for blobs of cached manifests", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const history = yield* historyOf([{ parents: [], files: { "songs/ä.mid": newUser() } }])
      yield* index.record(batchOf(history, idsOf(history).snapshots))
      const rows = yield* query(`SELECT path FROM blobs WHERE repository = '${history.repository}'`)
      assert.deepStrictEqual(rows, [{ path: "songs/ä.mid" }])
    })
  )

  it.effect("reports a damaged row, and that trying again does not help", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const history = yield* historyOf(lineOf(1))
      const { repository } = history
      yield* recordPacks(index, repository, history.packs, [])
      yield* query(`UPDATE packs SET sha256 = substr(sha256, 2) WHERE repository = '${repository}'`)
      const error = yield* Effect.flip(index.packs(repository))
      assert.strictEqual(error._tag, "IndexUnavailable")
      assert.isFalse(error.isRetryable)
    })
  )

  it.effect("replaces connections that the server ended, without an error for the caller", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      yield* index.counts
      yield* terminate("musehub")
      yield* index.counts
    })
  )
})

describe("opening a Postgres index", () => {
  it.live("lets processes that start together on an empty database all open it", () =>
    Effect.gen(function* () {
      const fresh = yield* Effect.promise(newDatabase)
      const opened = yield* Effect.all(
        Array.from({ length: 4 }, () =>
          Effect.flatMap(wholeIndex, (index) => index.counts).pipe(
            Effect.provide(Layer.fresh(postgresPlugin.layer(fresh)))
          )
        ),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(
        opened.map(({ commits }) => commits),
        [0, 0, 0, 0]
      )
    })
  )

  it.live("refuses a database that a newer hub migrated, by name", () =>
    Effect.gen(function* () {
      const newer = yield* Effect.promise(newDatabase)
      const open = Effect.scoped(Layer.build(Layer.fresh(postgresPlugin.layer(newer))))
      yield* open
      yield* query("INSERT INTO musehub_migrations (migration_id, name) VALUES (9999, 'of_a_newer_hub')", newer)
      const error = yield* Effect.flip(open)
      assert.strictEqual(error._tag, "FormatTooNew")
      const { host, pathname } = new URL(newer)
      assert.strictEqual(
        error.message,
        `the index at postgres://${host}${pathname} has format 9999, and this hub knows formats up to 1: run the ` +
          "newer hub, or point this one at an empty database, which fills itself from the object store"
      )
      assert.deepInclude(endingOf(error), { exitCode: 3, message: error.message })
    })
  )

  it.live("refuses a database without any migration of its own, and leaves it as it is", () =>
    Effect.gen(function* () {
      const newer = yield* Effect.promise(newDatabase)
      yield* query("CREATE TABLE musehub_migrations (migration_id integer PRIMARY KEY, name text NOT NULL)", newer)
      yield* query("INSERT INTO musehub_migrations VALUES (4, 'all_in_one')", newer)
      const error = yield* Effect.flip(Effect.scoped(Layer.build(postgresPlugin.layer(newer))))
      assert.include(error.message, "has format 4, and this hub knows formats up to 1")
      const tables = yield* query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'", newer)
      assert.deepStrictEqual(tables, [{ tablename: "musehub_migrations" }], "none of this hub's own")
    })
  )

  it.live("names an unreachable server in one line, without the password", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        Effect.scoped(Layer.build(postgresPlugin.layer("postgres://ada:s3cret@127.0.0.1:1/index")))
      )
      assert.strictEqual(error._tag, "IndexUnavailable")
      assert.match(error.message, /postgres:\/\/127\.0\.0\.1:1\/index: .*ECONNREFUSED/)
      assert.notInclude(error.message, "s3cret")
      assert.notInclude(error.message, "\n")
      assert.notInclude(JSON.stringify(error), "s3cret")
    })
  )

  it.live("reports a wrong password without repeating it", () =>
    Effect.gen(function* () {
      const wrong = new URL(url)
      wrong.password = "wr0ng"
      const error = yield* Effect.flip(Effect.scoped(Layer.build(postgresPlugin.layer(wrong.toString()))))
      assert.include(error.message, "password authentication failed")
      assert.notInclude(error.message, "wr0ng")
    })
  )

  it("reads URLs without side effects, and refuses them without repeating them", () => {
    const target = Effect.runSync(PostgresUrl.parse("postgresql://ada:s3cret@db.example:6432/index?max_connections=3"))
    assert.strictEqual(target.location, "postgres://db.example:6432/index")
    assert.strictEqual(target.maxConnections, 3)
    assert.notInclude(JSON.stringify(target), "s3cret")
    for (const refused of [
      "mysql://ada:s3cret@db/index",
      "postgres://ada:s3cret/x@db/index",
      "postgres://ada:1/s3cret@db/index",
      "postgres://ada:s3cret@db/index?max_connections=0",
      "postgres://ada:s3cret@db/index?max_connections=many",
      "postgres://ada:s3cret@db:port/index"
    ]) {
      const result = Effect.runSync(Effect.result(PostgresUrl.parse(refused)))
      assert.isTrue(Result.isFailure(result), refused)
      assert.notInclude(JSON.stringify(result), "s3cret")
    }
  })
})
