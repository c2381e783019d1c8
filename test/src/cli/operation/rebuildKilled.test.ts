/** `musehub rebuild` is killed at random moments, and the next run ends where an undisturbed one does. */
import * as FilesystemObjectStore from "@musehub/adapter-filesystem/FilesystemObjectStore"
import { assert, describe, it } from "@effect/vitest"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { UserName } from "@musehub/domain/repository/Names"
import { requireSameHub } from "@musehub/domain/usecase/operations/requireSameHub"
import { ensureUser } from "@musehub/domain/usecase/people/tokens"
import { Context, Effect, Layer } from "effect"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { at, newRepository, pushSteps, startHub, step } from "../../domain/support/hubSamples.ts"
import { freshDatabase } from "../../services/PostgresServer.ts"
import { acquirePostgres } from "../../services/services.ts"
import { seeded } from "../../support/seeded.ts"
import { run, start } from "../program.ts"

const kills = Number(process.env["MUSEHUB_REBUILD_KILLS"] ?? 6)
const repositories = 12
const pushes = 8

/** Fills a folder with a hub's store. */
const filled = Effect.fnUntraced(function* (folder: string) {
  const store = Context.get(yield* Layer.build(FilesystemObjectStore.layer(folder)), ObjectStore)
  const hub = yield* startHub({ store })
  yield* at(hub)(requireSameHub)
  yield* at(hub)(ensureUser(UserName.make("ada")))
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
        const directory = yield* Effect.acquireRelease(
          Effect.promise(() => mkdtemp(join(tmpdir(), "musehub-killed-"))),
          (folder) => Effect.promise(() => rm(folder, { recursive: true, force: true }))
        )
        const store = join(directory, "store")
        yield* filled(store)
        const server = yield* Effect.promise(acquirePostgres)
        const [whole, disturbed] = [yield* freshDatabase(server), yield* freshDatabase(server)]
        const argumentsFor = (index: string) => ["rebuild", "--object-store", `file:${store}`, "--index", index]
        const begun = performance.now()
        const undisturbed = yield* Effect.promise(() => run(argumentsFor(whole), { directory }))
        const took = performance.now() - begun
        assert.strictEqual(undisturbed.code, 0, undisturbed.stderr)

        const random = seeded(15)
        let killed = 0
        for (let kill = 0; kill < kills; kill += 1) {
          const process = start(argumentsFor(disturbed), { directory })
          // What comes before starts the process.
          yield* Effect.sleep(took * (0.3 + 0.7 * random.next()))
          process.signal("SIGKILL")
          if ((yield* Effect.promise(() => process.ended)).code === null) killed += 1
        }
        assert.isAbove(killed, 0)
        const resumed = yield* Effect.promise(() => run(argumentsFor(disturbed), { directory }))
        assert.deepStrictEqual([resumed.code, resumed.stdout], [0, undisturbed.stdout])
        const proved = yield* Effect.promise(() => run([...argumentsFor(disturbed), "--prove"], { directory }))
        assert.deepStrictEqual([proved.code, proved.stdout], [0, "0 differences\n"])
      }).pipe(Effect.scoped),
    300_000
  )
})
