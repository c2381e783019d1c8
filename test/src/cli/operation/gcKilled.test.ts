/** `musehub gc --apply` is killed at random moments, and the next run ends where an undisturbed one does. */
import { assert, describe, it } from "@effect/vitest"
import { elementAt } from "@musehub/domain/base/expected"
import { encodePlan } from "@musehub/domain/usecase/operations/gc/Plan"
import { rootCodec } from "@musehub/domain/repository/codecs"
import { planGc } from "@musehub/domain/usecase/operations/gc/planGc"
import { probe } from "@musehub/domain/usecase/operations/probe"
import { uploadBlobs } from "@musehub/domain/usecase/push/uploadBlobs"
import { Effect, Result } from "effect"
import { cp, utimes, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { days } from "../../domain/gc/collected.ts"
import { at, newRepository, opened, pushSteps, step } from "../../domain/support/hubSamples.ts"
import { largeText } from "../../domain/verify/verified.ts"
import { freshDatabase } from "../../services/PostgresServer.ts"
import { acquirePostgres } from "../../services/services.ts"
import { seeded } from "../../support/seeded.ts"
import {
  assertProved,
  hubInFolder,
  killedAt,
  killsOr,
  repositoriesIn,
  runUndisturbed,
  temporaryFolder
} from "./killing.ts"

const kills = killsOr(2)
const repositories = 8
/** Runs at the same time: one that takes the place of another waits for half a minute. */
const atOnce = 2

/** Fills a folder with a hub's store that has garbage of each kind, and writes a plan to collect it. */
const collectable = Effect.fnUntraced(function* (folder: string, plan: string) {
  const hub = yield* hubInFolder(folder)
  yield* at(hub)(probe())
  for (let made = 0; made < repositories; made += 1) {
    const repository = yield* newRepository(hub, `r${made}`)
    const base = step(`base ${made}`, { a: "one" })
    const lost = step(`lost ${made}`, { a: `${made} `.repeat(5000), big: `${largeText} ${made}` }, [base])
    const kept = step(`kept ${made}`, { a: "three" }, [base])
    for (const each of [base, lost, kept]) yield* pushSteps(hub, repository, "main", [each], { force: true })
    const ahead = step(`ahead ${made}`, { b: `sent ahead ${made}`, big: `${largeText} ahead ${made}` })
    const open = yield* opened(hub, repository)
    yield* at(hub)(uploadBlobs(open, (take) => Effect.forEach(ahead.blobs, take, { discard: true })))
  }
  const old = (Date.now() - 15 * days) / 1000
  const found = yield* repositoriesIn(folder, (path) => (/\/(packs|blobs)\//.test(path) ? path : undefined))
  for (const path of found) yield* Effect.promise(() => utimes(join(folder, "repositories", path), old, old))
  const made = yield* at(hub)(planGc({ isSure: true, retentionMillis: -days, onRefused: Effect.die }))
  assert.sameMembers([...new Set(made.entries.map(({ kind }) => kind))], ["pack", "blob", "drop"])
  yield* Effect.promise(() => writeFile(plan, encodePlan(made)))
})

/** Says what a collection leaves: all but what counts its steps. */
const leftBy = (path: string, bytes: Uint8Array): string | undefined => {
  if (path.includes("/history/")) return undefined
  if (!path.endsWith("/root")) return path
  const root = Result.getOrThrow(rootCodec.decode(bytes))
  const left = { ...root, changes: [], condemnations: 0, nonce: "", previous: null, sequence: 0 }
  return `${path} ${new TextDecoder().decode(rootCodec.encode(left))}`
}

describe("musehub gc --apply", () => {
  it.live(
    `ends as an undisturbed run after each of ${kills} kills at random moments`,
    () =>
      Effect.gen(function* () {
        const directory = yield* temporaryFolder
        const [store, plan] = [join(directory, "store"), join(directory, "plan.json")]
        yield* collectable(store, plan)
        const server = yield* Effect.promise(acquirePostgres)
        const index = yield* freshDatabase(server)
        yield* runUndisturbed(["rebuild", "--object-store", `file:${store}`, "--index", index], directory)

        const known = new Set(yield* repositoriesIn(store, (path) => path.split("/", 1)[0]))
        /** What asked the store for its time is in a folder of its own, which goes as what creations left does. */
        const isOfRepository = (path: string) => known.has(path.split("/", 1)[0] ?? path)

        /** A copy of store and index, and the command that collects there. */
        const copied = Effect.fnUntraced(function* (name: string) {
          const copy = join(directory, name)
          yield* Effect.promise(() => cp(store, copy, { recursive: true, preserveTimestamps: true }))
          const database = yield* freshDatabase(server, index)
          const args = ["gc", "--apply", plan, "--yes-really", "--object-store", `file:${copy}`, "--index", database]
          const left = Effect.map(repositoriesIn(copy, leftBy), (all) => all.filter(isOfRepository))
          return { args, copy, database, left }
        })
        const whole = yield* copied("whole")
        const { took } = yield* runUndisturbed(whole.args, directory)
        const left = yield* whole.left
        assert.isBelow(left.length, (yield* repositoriesIn(store, leftBy)).length)
        yield* assertProved(whole.copy, whole.database, directory)

        const random = seeded(15)
        const shares = Array.from({ length: kills }, () => random.next())
        const killed = yield* Effect.forEach(
          shares.keys(),
          Effect.fnUntraced(function* (kill) {
            const { args, copy, database, left: leftThere } = yield* copied(`copy ${kill}`)
            const isKilled = yield* killedAt(args, directory, took, elementAt(shares, kill))
            yield* runUndisturbed(args, directory)
            assert.deepStrictEqual(yield* leftThere, left, `kill ${kill}, after ${elementAt(shares, kill)}`)
            yield* assertProved(copy, database, directory)
            return isKilled
          }, Effect.scoped),
          { concurrency: atOnce }
        )
        assert.include(killed, true)
      }).pipe(Effect.scoped),
    { timeout: 120_000 + kills * 60_000 }
  )
})
