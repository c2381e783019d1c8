/** Several runs beside each other take over one legacy hub: each repository is taken by one of them. */
import { PgConnection } from "@effect/sql-pg"
import { assert, describe, it } from "@effect/vitest"
import { LegacyHub } from "@musehub/domain/port/legacy/LegacyHub"
import { adoptHub } from "@musehub/domain/usecase/operations/adopt/adoptHub"
import { Context, Deferred, Effect, Fiber, Layer, Logger, Redacted } from "effect"
import { at, startHub } from "../../domain/support/hubSamples.ts"
import { acquirePostgres } from "../../services/services.ts"
import { legacyDatabase, recordsIn, run } from "../legacyDatabase.ts"

const serverUrl = await acquirePostgres()
const quiet = Effect.provide(Logger.layer([]))
const silent = { mayMint: false, onAdopting: () => undefined, onAdopted: () => Effect.void }
const names = ["ada/forced", "ada/linear", "ada/merges", "ada/midi"]

const lockedHere = `locktype = 'advisory'
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`

describe("adopting in several runs at once", () => {
  it.live("has each repository taken by one run, and brings nothing twice", () =>
    Effect.gen(function* () {
      const url = yield* legacyDatabase(serverUrl)
      const { index, store } = yield* startHub()
      const runs = yield* Effect.forEach(
        [1, 2, 3],
        Effect.fnUntraced(function* () {
          const legacy = yield* Layer.build(Layer.fresh(recordsIn(url)))
          const adopting = adoptHub({ ...silent, names })
          return yield* at(yield* startHub({ index, store }))(Effect.provideContext(adopting, legacy))
        }),
        { concurrency: 3 }
      )
      const commitsOf = (name: string) =>
        runs.flatMap(({ repositories }) =>
          repositories.filter((each) => each.name === name).map((each) => each.commits)
        )
      // Each run says of each repository what it brought, or that nothing was left to bring.
      assert.deepStrictEqual(
        names.map((name) => commitsOf(name).toSorted((a, b) => a - b)),
        [2, 3, 14, 2].map((commits) => [0, 0, commits])
      )
    }).pipe(quiet, Effect.scoped)
  )

  it.live("leaves a repository free for the next run as soon as one has ended", () =>
    Effect.gen(function* () {
      const url = yield* legacyDatabase(serverUrl)
      const { hold } = Context.get(yield* Layer.build(Layer.fresh(recordsIn(url))), LegacyHub)
      // It asks at once, over a connection that is open already.
      const onlooker = yield* PgConnection.make({ url: Redacted.make(url) })
      for (let nth = 0; nth < 40; nth++) {
        assert.isTrue(yield* Effect.scoped(hold("linear")))
        const { rows } = yield* onlooker.query(`SELECT 1 FROM pg_locks WHERE ${lockedHere}`)
        assert.lengthOf(rows, 0, `after run ${nth}`)
      }
    }).pipe(quiet, Effect.scoped)
  )

  it.live("goes on with the others, and takes what a killed run had", () =>
    Effect.gen(function* () {
      const url = yield* legacyDatabase(serverUrl)
      const other = yield* Layer.build(Layer.fresh(recordsIn(url)))
      const { hold, repositories } = Context.get(other, LegacyHub)
      const linear = (yield* repositories).find(({ slug }) => slug === "linear")
      assert.isTrue(yield* hold(String(linear?.id)))
      const waiting = yield* Deferred.make<ReadonlyArray<string>>()
      const done: Array<string> = []
      const legacy = yield* Layer.build(Layer.fresh(recordsIn(url)))
      const adopting = adoptHub({
        ...silent,
        names,
        onAdopted: ({ name }) => Effect.sync(() => void done.push(name)),
        onWaiting: (left) => Deferred.succeed(waiting, left)
      })
      const fiber = yield* Effect.forkChild(at(yield* startHub())(Effect.provideContext(adopting, legacy)))
      assert.deepStrictEqual(yield* Deferred.await(waiting), ["ada/linear"])
      assert.deepStrictEqual(done, ["ada/forced", "ada/merges", "ada/midi"])
      // The other one is killed: its connections end.
      yield* run(
        url,
        `SELECT pg_terminate_backend(pid) FROM pg_locks
         WHERE ${lockedHere}`
      )
      const adopted = yield* Fiber.join(fiber)
      assert.deepStrictEqual(
        adopted.repositories.map(({ commits, name }) => [name, commits]),
        [
          ["ada/forced", 2],
          ["ada/merges", 14],
          ["ada/midi", 2],
          ["ada/linear", 3]
        ]
      )
    }).pipe(quiet, Effect.scoped)
  )
})
