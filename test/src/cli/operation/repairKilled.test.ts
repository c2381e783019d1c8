/** `musehub verify --repair` is killed at random moments, and the next run ends where an undisturbed one does. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { cp, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { newRepository, pushSteps, step } from "../../domain/support/hubSamples.ts"
import { largeText } from "../../domain/verify/verified.ts"
import { freshDatabase, runStatement } from "../../services/PostgresServer.ts"
import { acquirePostgres } from "../../services/services.ts"
import { seeded } from "../../support/seeded.ts"
import {
  assertProved,
  byHash,
  hubInFolder,
  killedAt,
  killsOr,
  repositoriesIn,
  runUndisturbed,
  temporaryFolder
} from "./killing.ts"

const kills = killsOr(2)
const repositories = 12
const pushes = 6

const filled = Effect.fnUntraced(function* (folder: string) {
  const hub = yield* hubInFolder(folder)
  for (let made = 0; made < repositories; made += 1) {
    const repository = yield* newRepository(hub, `r${made}`)
    const steps = [step(`${made}`, { a: "1", big: `${largeText} ${made}` })]
    for (let push = 1; push < pushes; push += 1) steps.push(step(`${made} ${push}`, { a: `${push}` }, steps.slice(-1)))
    for (const each of steps) yield* pushSteps(hub, repository, "main", [each])
  }
})

/** Takes every third pack and large blob away, and damages the one that follows it. */
const damage = Effect.fnUntraced(function* (store: string) {
  const stored = yield* repositoriesIn(store, (path) => (/\/(packs|blobs)\//.test(path) ? path : undefined))
  for (const [place, path] of stored.entries()) {
    if (place % 3 === 2) continue
    const file = join(store, "repositories", path)
    yield* Effect.promise(() => rm(file))
    if (place % 3 === 1) yield* Effect.promise(() => writeFile(file, "other bytes"))
  }
})

/** Makes rows wrong, and takes some away. */
const wrong = [
  "UPDATE commits SET generation = generation + 7 WHERE id < '4'",
  "DELETE FROM blobs WHERE id < '8'",
  "DELETE FROM packs WHERE sha256 < '8'",
  "DELETE FROM repositories WHERE slug = 'r3'"
]

describe("musehub verify --repair", () => {
  it.live(
    `ends as an undisturbed run after it was killed ${kills} times at random moments`,
    () =>
      Effect.gen(function* () {
        const directory = yield* temporaryFolder
        const [backup, sound] = [join(directory, "backup"), join(directory, "sound")]
        yield* filled(backup)
        const server = yield* Effect.promise(acquirePostgres)
        const index = yield* freshDatabase(server)
        yield* runUndisturbed(["rebuild", "--object-store", `file:${backup}`, "--index", index], directory)
        const whole = yield* repositoriesIn(backup, byHash)

        /** A copy of store and index with faults, and the command that repairs them. */
        const copied = Effect.fnUntraced(function* (store: string) {
          yield* Effect.promise(() => cp(backup, store, { recursive: true }))
          yield* damage(store)
          const database = yield* freshDatabase(server, index)
          for (const statement of wrong) yield* runStatement(database, statement)
          const from = ["--from", `file:${backup}`]
          const args = ["verify", "--deep", "--repair", ...from, "--object-store", `file:${store}`, "--index", database]
          return { args, database, store }
        })
        const assertSame = Effect.fnUntraced(function* ({ database, store }: { database: string; store: string }) {
          assert.deepStrictEqual(yield* repositoriesIn(store, byHash), whole)
          yield* assertProved(store, database, directory)
        })
        const undisturbed = yield* copied(sound)
        const { stdout, took } = yield* runUndisturbed(undisturbed.args, directory)
        assert.match(stdout, /[0-9]+ faults mended\n$/)
        yield* assertSame(undisturbed)

        const random = seeded(15)
        let killed = 0
        // A run that was killed leaves less to the next one: each begins with all faults.
        for (let kill = 0; kill < kills; kill += 1) {
          const disturbed = yield* copied(join(directory, `copy ${kill}`))
          if (yield* killedAt(disturbed.args, directory, took, random.next())) killed += 1
          yield* runUndisturbed(disturbed.args, directory)
          yield* assertSame(disturbed)
        }
        assert.isAbove(killed, 0)
      }).pipe(Effect.scoped),
    { timeout: 120_000 + kills * 30_000 }
  )
})
