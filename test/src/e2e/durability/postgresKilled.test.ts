/**
 * Postgres is killed right after a step was acknowledged, again and again in a random program: whatever rows it loses,
 * no answer lacks what was acknowledged, at the same hub and at others. `MUSEHUB_POSTGRES_KILLS` says how often.
 */
import { assert, it } from "@effect/vitest"
import * as FilesystemObjectStore from "@musehub/adapter-filesystem/FilesystemObjectStore"
import { postgresPlugin } from "@musehub/adapter-postgres/plugin"
import { wholeIndexOf } from "@musehub/contract/wholeIndex"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { UserName } from "@musehub/domain/repository/Names"
import { ensureUser } from "@musehub/domain/usecase/people/tokens"
import { Context, Effect, Layer, Schedule } from "effect"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assertListedAlike, assertSameRows } from "../../domain/rebuild/assertSameIndex.ts"
import { runProgram } from "../../domain/rebuild/runProgram.ts"
import { ada, at, bob, openedFor, startHub, type TestHub } from "../../domain/support/hubSamples.ts"
import { stoppablePostgres } from "../../services/StoppablePostgres.ts"
import { forSeeds } from "../../support/seeded.ts"

const kills = Number(process.env["MUSEHUB_POSTGRES_KILLS"] ?? "4")
const minutes = 60 * 60_000

const temporaryFolder = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "musehub-killed-"))),
  (folder) => Effect.promise(() => rm(folder, { recursive: true, force: true }))
)

/** A hub with connections of its own. */
const hubOn = Effect.fnUntraced(function* (folder: string, database: string) {
  const storage = Layer.merge(FilesystemObjectStore.layer(folder), postgresPlugin.layer(database))
  const services = yield* Layer.build(Layer.fresh(Layer.orDie(storage)))
  return yield* startHub({ store: Context.get(services, ObjectStore), index: wholeIndexOf(services) })
})

/** Waits until the index can be asked again. */
const returned = ({ index }: TestHub) =>
  Effect.retry(index.counts, { schedule: Schedule.spaced("100 millis"), times: 300 })

it.live(
  `a Postgres that is killed ${kills} times right after an answer loses nothing that was acknowledged`,
  () =>
    forSeeds(1, (random) =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const { kill, url } = yield* stoppablePostgres
        const hubs = [yield* hubOn(folder, url), yield* hubOn(folder, url)] as const
        const [hub] = hubs
        for (const user of ["ada", "bob"]) yield* at(hub)(ensureUser(UserName.make(user)))
        const { taken } = yield* runProgram(random, hubs, kills, (repositories) =>
          Effect.gen(function* () {
            yield* kill
            const fresh = yield* startHub({ store: hub.store })
            for (const repository of repositories) yield* openedFor(fresh, repository, ada, "write")
            yield* Effect.forEach(hubs, returned)
            yield* assertListedAlike(fresh, hub, [ada, bob])
            for (const each of [...hubs, yield* hubOn(folder, url)]) {
              for (const repository of repositories) yield* openedFor(each, repository, ada, "write")
              yield* assertSameRows(fresh, each, repositories)
            }
          }).pipe(Effect.scoped, Effect.orDie)
        )
        assert.isAbove([...taken.values()].length, 0)
      })
    ),
  minutes
)
