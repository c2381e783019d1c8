/** An index that is emptied under a running hub is set up again by itself: it holds nothing that the store lacks. */
import { PgConnection } from "@effect/sql-pg"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Redacted } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll } from "vitest"
import { assertCloneIs } from "../../e2e/muse/assertContent.ts"
import { goldenRepository } from "../../e2e/muse/goldenRepositories.ts"
import { commitTo, copyOf } from "../../e2e/muse/history.ts"
import { pushAll, pushBranch } from "../../e2e/muse/LocalRepository.ts"
import { createRepository } from "../../e2e/muse/MuseClient.ts"
import { freshDatabase } from "../../services/PostgresServer.ts"
import { acquirePostgres } from "../../services/services.ts"
import { serve } from "./serving.ts"

const postgresUrl = await acquirePostgres()
const base = mkdtempSync(join(tmpdir(), "musehub-emptied-"))
afterAll(() => rmSync(base, { recursive: true, force: true }))

/** A healing takes a second or two; a Postgres that is set up again takes more on a busy machine. */
const healingMillisMax = 60_000
const timeout = 150_000

const query = (url: string, statement: string) =>
  PgConnection.make({ url: Redacted.make(url) }).pipe(
    Effect.flatMap((connection) => connection.query(statement)),
    Effect.scoped,
    Effect.orDie
  )

/** Pushes, empties the index, and asserts that pushes land again without a restart. */
const assertHeals = Effect.fnUntraced(function* (index: string, empty: (directory: string) => Effect.Effect<unknown>) {
  const directory = mkdtempSync(join(base, "hub-"))
  const { hub, token, url } = yield* serve(directory, index)
  const target = yield* createRepository(url, token, "ada/songs")
  const local = copyOf(goldenRepository("linear"))
  yield* pushAll(target, local)
  yield* empty(directory)
  commitTo(local, "main", { "later.txt": "the index is new" })
  const since = performance.now()
  for (;;) {
    // One call may meet the index as it was, and the next one as it is: Postgres goes on without its folder at first.
    const pushed = yield* Effect.exit(pushBranch(target, local, "main"))
    const isPushed = Exit.isSuccess(pushed) && pushed.value.answer.status === 200
    if (isPushed && Exit.isSuccess(yield* Effect.exit(assertCloneIs(target, local)))) break
    if (Exit.isSuccess(pushed)) assert.include([200, 500, 503], pushed.value.answer.status)
    assert.isBelow(performance.now() - since, healingMillisMax, "the index is not set up again")
    yield* Effect.sleep(200)
  }
  yield* assertCloneIs(target, local)
  yield* Effect.promise(() => hub.says("the index was emptied and is set up again"))
  return directory
})

describe("an index that is emptied under a running hub", () => {
  it.live(
    "by dropping its schema or all its tables, is set up again, with the id of the hub",
    () =>
      Effect.gen(function* () {
        const index = yield* freshDatabase(postgresUrl)
        const emptyings = [
          "DROP SCHEMA public CASCADE; CREATE SCHEMA public",
          `DO $$ DECLARE names text; BEGIN
             SELECT string_agg(format('%I', tablename), ', ') INTO names FROM pg_tables
             WHERE schemaname = 'public' AND tablename <> 'musehub_migrations';
             EXECUTE 'DROP TABLE ' || names || ' CASCADE';
           END $$`
        ]
        for (const statement of emptyings) {
          const fresh = statement === emptyings[0] ? index : yield* freshDatabase(postgresUrl)
          yield* Effect.scoped(
            assertHeals(fresh, () =>
              Effect.forEach(statement.startsWith("DO") ? [statement] : statement.split("; "), (each) =>
                query(fresh, each)
              )
            )
          )
          const { rows } = yield* query(fresh, "SELECT count(*)::int AS hubs FROM hub")
          assert.deepStrictEqual(rows, [{ hubs: 1 }])
        }
      }),
    timeout
  )

  it.live(
    "by deleting the folder of the embedded Postgres, is set up again",
    () =>
      Effect.scoped(
        assertHeals("embedded:postgres", (directory) =>
          Effect.sync(() => rmSync(join(directory, "postgres"), { recursive: true, force: true }))
        )
      ),
    timeout
  )
})
