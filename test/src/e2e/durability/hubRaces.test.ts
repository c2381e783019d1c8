/**
 * Two hubs on one folder race with pushes, forced ones too, merges of proposals and merges of packs, each on a Postgres
 * database of its own, and both on the same one. `MUSEHUB_HUB_RACES` says how many rounds.
 */
import { assert, describe, it } from "@effect/vitest"
import * as FilesystemObjectStore from "@musehub/adapter-filesystem/FilesystemObjectStore"
import { postgresPlugin } from "@musehub/adapter-postgres/plugin"
import { wholeIndexOf } from "@musehub/contract/wholeIndex"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { Context, Effect, Layer } from "effect"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { startHub } from "../../domain/support/hubSamples.ts"
import { assertNothingLost, raceHubs } from "../../domain/races/raceHubs.ts"
import { freshDatabase } from "../../services/PostgresServer.ts"
import { acquirePostgres } from "../../services/services.ts"
import { forSeeds } from "../../support/seeded.ts"

const server = await acquirePostgres()
const rounds = Number(process.env["MUSEHUB_HUB_RACES"] ?? "10")
const minutes = 10 * 60_000

const temporaryFolder = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "musehub-races-"))),
  (folder) => Effect.promise(() => rm(folder, { recursive: true, force: true }))
)

/** A hub with connections of its own. */
const hubOn = Effect.fnUntraced(function* (folder: string, database: string) {
  const storage = Layer.merge(FilesystemObjectStore.layer(folder), postgresPlugin.layer(database))
  const services = yield* Layer.build(Layer.fresh(Layer.orDie(storage)))
  return yield* startHub({ store: Context.get(services, ObjectStore), index: wholeIndexOf(services) })
})

describe("two hubs on one folder", () => {
  for (const databases of ["a database each", "one database"]) {
    it.live(
      `lose nothing in ${rounds} rounds of racing pushes, proposals and merges of packs, with ${databases}`,
      () =>
        forSeeds(1, (random) =>
          Effect.gen(function* () {
            const folder = yield* temporaryFolder
            const first = yield* freshDatabase(server)
            const second = databases === "one database" ? first : yield* freshDatabase(server)
            const hubs = [yield* hubOn(folder, first), yield* hubOn(folder, second)] as const
            const raced = yield* raceHubs(random, hubs, rounds)
            assert.isAbove(raced.outcomes.get("packs merged") ?? 0, 0)
            yield* assertNothingLost(hubs, raced, yield* hubOn(folder, yield* freshDatabase(server)))
          })
        ),
      minutes
    )
  }
})
