/** `musehub rebuild` is killed at random moments, and the next run ends where an undisturbed one does. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { join } from "node:path"
import { newRepository, pushSteps, step } from "../../domain/support/hubSamples.ts"
import { freshDatabase } from "../../services/PostgresServer.ts"
import { acquirePostgres } from "../../services/services.ts"
import { seeded } from "../../support/seeded.ts"
import { assertProved, hubInFolder, killedAt, killsOr, runUndisturbed, temporaryFolder } from "./killing.ts"

const kills = killsOr(6)
const repositories = 12
const pushes = 8

/** Fills a folder with a hub's store. */
const filled = Effect.fnUntraced(function* (folder: string) {
  const hub = yield* hubInFolder(folder)
  for (let made = 0; made < repositories; made += 1) {
    const repository = yield* newRepository(hub, `r${made}`)
    const steps = [step(`${made}`, { a: "1" })]
    for (let push = 1; push < pushes; push += 1) steps.push(step(`${made} ${push}`, { a: `${push}` }, steps.slice(-1)))
    for (const each of steps) yield* pushSteps(hub, repository, "main", [each])
  }
})

describe("musehub rebuild", () => {
  it.live(
    `ends as an undisturbed run after it was killed ${kills} times at random moments`,
    () =>
      Effect.gen(function* () {
        const directory = yield* temporaryFolder
        const store = join(directory, "store")
        yield* filled(store)
        const server = yield* Effect.promise(acquirePostgres)
        const [whole, disturbed] = [yield* freshDatabase(server), yield* freshDatabase(server)]
        const argumentsFor = (index: string) => ["rebuild", "--object-store", `file:${store}`, "--index", index]
        const { stdout, took } = yield* runUndisturbed(argumentsFor(whole), directory)

        const random = seeded(15)
        let killed = 0
        for (let kill = 0; kill < kills; kill += 1) {
          if (yield* killedAt(argumentsFor(disturbed), directory, took, random.next())) killed += 1
        }
        assert.isAbove(killed, 0)
        const resumed = yield* runUndisturbed(argumentsFor(disturbed), directory)
        assert.strictEqual(resumed.stdout, stdout)
        yield* assertProved(store, disturbed, directory)
      }).pipe(Effect.scoped),
    300_000
  )
})
