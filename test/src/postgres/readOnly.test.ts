/**
 * A hub whose Postgres is read-only for a while, as after a failover: clones go on, and bring the push that met it,
 * which is in the store. Later pushes are told to come back, and they land once the database can be written, without a
 * restart.
 */
import { PgConnection } from "@effect/sql-pg"
import { assert, describe, it } from "@effect/vitest"
import * as MemoryObjectStore from "@musehub/adapter-memory/MemoryObjectStore"
import { postgresPlugin } from "@musehub/adapter-postgres/plugin"
import { Context, Effect, Layer, Redacted } from "effect"
import { startHub, tokenFor } from "../e2e/hub/Hub.ts"
import { assertCloneIs } from "../e2e/muse/assertContent.ts"
import { commitTo, growing } from "../e2e/muse/history.ts"
import { bundleFor, pushAll, pushBody } from "../e2e/muse/LocalRepository.ts"
import { createRepository, post } from "../e2e/muse/MuseClient.ts"
import { freshDatabase } from "../services/PostgresServer.ts"
import { acquirePostgres } from "../services/services.ts"

const server = await acquirePostgres()

/** How long the hub may refuse pushes after the database takes writes again. */
const healedMillisMax = 5000

describe("a hub whose Postgres is read-only for a while", () => {
  it.live(
    "keeps the push that meets it, refuses the next with 503, serves clones, and takes pushes again by itself",
    () =>
      Effect.gen(function* () {
        const database = yield* freshDatabase(server)
        const name = new URL(database).pathname.slice(1)
        const administer = (...statements: ReadonlyArray<string>) =>
          PgConnection.make({ url: Redacted.make(database) }).pipe(
            Effect.flatMap((connection) => Effect.forEach(statements, (statement) => connection.query(statement))),
            Effect.scoped
          )
        const store = yield* Layer.build(Layer.fresh(MemoryObjectStore.layer()))
        const hub = yield* startHub(Context.merge(store, yield* Layer.build(postgresPlugin.layer(database))))
        const target = yield* createRepository(hub.url, yield* tokenFor(hub, "ada"), "ada/songs")
        const local = growing()
        const first = commitTo(local, "main", { "song.mid": "one" })
        yield* pushAll(target, local)

        yield* administer(
          `ALTER DATABASE "${name}" SET default_transaction_read_only = on`,
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}' AND pid <> pg_backend_pid()`
        )
        yield* assertCloneIs(target, local)
        // The same content under another path, so that nothing has to be uploaded ahead of the push.
        const commitAndPush = (before: string, files: Readonly<Record<string, string>>) => {
          const tip = commitTo(local, "main", files)
          return post(target, "push", pushBody(local, bundleFor(local, tip, [before]), "main"))
        }
        assert.strictEqual((yield* commitAndPush(first, { "song.mid": "one", "copy.mid": "one" })).status, 200)
        yield* assertCloneIs(target, local)
        const push = commitAndPush(local.heads.get("main") ?? "", { "copy.mid": "one" })
        const state = Effect.promise(async () => {
          const answer = await fetch(`${hub.url}/ready`, { headers: { accept: "application/json" } })
          return [answer.status, ((await answer.json()) as { readonly index: string }).index] as const
        })
        const refused = yield* push
        assert.strictEqual(refused.status, 503)
        assert.match(refused.headers["retry-after"] ?? "", /^[1-9]\d*$/)
        assert.deepStrictEqual(yield* state, [200, "read-only"])

        yield* administer(
          "SET default_transaction_read_only = off",
          `ALTER DATABASE "${name}" RESET default_transaction_read_only`
        )
        const since = performance.now()
        assert.deepStrictEqual(yield* state, [200, "available"])
        assert.strictEqual((yield* push).status, 200)
        assert.isBelow(performance.now() - since, healedMillisMax)
        yield* assertCloneIs(target, local)
      })
  )
})
