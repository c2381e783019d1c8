/**
 * A hub starts for reading where its store, or its database, is full or read-only, and takes writes when that has
 * passed: on a file system of the test's own, which needs the right to mount one.
 */
import { PgConnection } from "@effect/sql-pg"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, expect } from "vitest"
import { assertCloneIs } from "../../e2e/muse/assertContent.ts"
import { goldenRepository } from "../../e2e/muse/goldenRepositories.ts"
import { commitTo, copyOf } from "../../e2e/muse/history.ts"
import { pushAll, pushBranch } from "../../e2e/muse/LocalRepository.ts"
import { createRepository, post } from "../../e2e/muse/MuseClient.ts"
import { freshDatabase } from "../../services/PostgresServer.ts"
import { acquirePostgres } from "../../services/services.ts"
import { field } from "../program.ts"
import { serve } from "./serving.ts"

const postgresUrl = await acquirePostgres()
const base = mkdtempSync(join(tmpdir(), "musehub-read-only-"))
const mounted: Array<string> = []
afterAll(() => {
  for (const folder of mounted) execFileSync("umount", ["--lazy", folder])
  rmSync(base, { recursive: true, force: true })
})

const mount = (...args: ReadonlyArray<string>) => execFileSync("mount", [...args], { stdio: "pipe" })

/** Mounts a small file system on a new folder. */
const newVolume = (size = "8m"): string => {
  const folder = mkdtempSync(join(base, "volume-"))
  mount("-t", "tmpfs", "-o", `size=${size}`, "musehub-test", folder)
  mounted.push(folder)
  return folder
}

/** Why no file system can be mounted here; undefined if one can. */
const unmountable = (() => {
  try {
    newVolume()
    return undefined
  } catch (cause) {
    return cause instanceof Error ? (cause.message.split("\n")[1] ?? cause.message) : String(cause)
  }
})()

const fillerOf = (volume: string) => join(volume, "filler")

/** Fills a volume to its last byte. */
const fill = (volume: string) =>
  Effect.sync(() => {
    for (const bytes of [1_000_000, 1000, 1]) {
      try {
        for (;;) writeFileSync(fillerOf(volume), Buffer.alloc(bytes), { flag: "a" })
      } catch (cause) {
        assert.strictEqual(field(cause, "code"), "ENOSPC")
      }
    }
  })

const free = (volume: string) => Effect.sync(() => rmSync(fillerOf(volume)))

const timeout = 120_000
const healingMillisMax = 60_000

const prepared = Effect.fnUntraced(function* (directory: string, index = "memory:") {
  const { token, url } = yield* serve(directory, index)
  const target = yield* createRepository(url, token, "ada/songs")
  const local = copyOf(goldenRepository("linear"))
  yield* pushAll(target, local)
  return { local, target }
}, Effect.scoped)

const readiness = (url: string) => Effect.promise(async () => (await (await fetch(`${url}/ready`)).json()) as unknown)

/** Makes the store unwritable before a start, and asserts that the hub reads, refuses writes, and takes them after. */
const assertReadsUntil = Effect.fnUntraced(function* (
  directory: string,
  spoil: Effect.Effect<unknown>,
  repair: Effect.Effect<unknown>
) {
  const { local, target } = yield* prepared(directory)
  const repositories = join(directory, "objects", "repositories")
  const before = readdirSync(repositories)
  yield* spoil
  const { hub, url } = yield* serve(directory, "memory:")
  const there = { ...target, url }
  yield* Effect.promise(() => hub.says("the object store cannot be written: serving for reading"))
  yield* assertCloneIs(there, local)
  assert.deepInclude(yield* readiness(url), { status: "degraded", store: "read-only" })
  const grown = copyOf(local)
  commitTo(grown, "main", { "later.txt": "there is room again" })
  const refused = yield* post(there, "push", {})
  assert.notStrictEqual(refused.status, 200)
  const created = yield* Effect.promise(() =>
    fetch(`${url}/api/v1/repos`, {
      method: "POST",
      headers: { authorization: `Bearer ${String(target.token)}`, "content-type": "application/json" },
      body: JSON.stringify({ owner: "ada", name: "more", initialize: false })
    })
  )
  assert.strictEqual(created.status, 503)
  assert.include(yield* Effect.promise(() => created.text()), "the object store cannot be written at the moment")
  assert.deepStrictEqual(readdirSync(repositories), before, "the probe left nothing behind")
  yield* repair
  const since = performance.now()
  while (field(yield* readiness(url), "store") !== "available") {
    assert.isBelow(performance.now() - since, healingMillisMax, "writes are not taken again")
    yield* Effect.sleep(200)
  }
  assert.strictEqual((yield* pushBranch(there, grown, "main")).answer.status, 200)
  yield* assertCloneIs(there, grown)
})

/** The hubs wait for room and for a database, so the tests run side by side; each has a folder of its own. */
const sideBySide = { concurrent: true }

const describeVolumes = (name: string, tests: () => void) =>
  describe(name, sideBySide, () => {
    if (unmountable === undefined) tests()
    else it.runIf(false)(`needs the right to mount a file system (${unmountable})`, () => expect.unreachable())
  })

describeVolumes("a store that is full or read-only at the start", () => {
  it.live(
    "is served for reading while the disk is full, and written again when there is room",
    () =>
      Effect.gen(function* () {
        const volume = newVolume()
        yield* assertReadsUntil(volume, fill(volume), free(volume))
      }).pipe(Effect.scoped),
    timeout
  )

  it.live(
    "is served for reading while it is mounted read-only, and written again when it is not",
    () =>
      Effect.gen(function* () {
        const volume = newVolume()
        yield* assertReadsUntil(
          volume,
          Effect.sync(() => mount("-o", "remount,ro", volume)),
          Effect.sync(() => mount("-o", "remount,rw", volume))
        )
      }).pipe(Effect.scoped),
    timeout
  )
})

describe("a database that is read-only at the start", sideBySide, () => {
  it.live(
    "is opened, and the hub serves clones",
    () =>
      Effect.gen(function* () {
        const directory = join(base, "database")
        mkdirSync(directory)
        const index = yield* freshDatabase(postgresUrl)
        const { local, target } = yield* prepared(directory, index)
        const database = new URL(index).pathname.slice(1)
        yield* PgConnection.make({ url: Redacted.make(index) }).pipe(
          Effect.flatMap((connection) =>
            connection.query(`ALTER DATABASE "${database}" SET default_transaction_read_only = on`)
          ),
          Effect.scoped
        )
        const { url } = yield* serve(directory, index)
        yield* assertCloneIs({ ...target, url }, local)
        assert.deepInclude(yield* readiness(url), { index: "read-only", migrations: "applied" })
      }).pipe(Effect.scoped),
    timeout
  )
})

describeVolumes("an embedded database whose disk is full at the start", () => {
  it.live(
    "is started when there is room again, and the hub serves clones until then",
    () =>
      Effect.gen(function* () {
        const volume = newVolume("160m")
        const directory = mkdtempSync(join(base, "full-"))
        const index = `embedded:${volume}/postgres`
        const { local, target } = yield* prepared(directory, index)
        yield* fill(volume)
        const { url } = yield* serve(directory, index)
        const there = { ...target, url }
        yield* assertCloneIs(there, local)
        assert.deepInclude(yield* readiness(url), { status: "degraded", index: "unavailable" })
        yield* free(volume)
        const since = performance.now()
        while (field(yield* readiness(url), "index") !== "available") {
          assert.isBelow(performance.now() - since, healingMillisMax, "the database is not started")
          yield* Effect.sleep(200)
        }
        commitTo(local, "main", { "later.txt": "there is room again" })
        assert.strictEqual((yield* pushBranch(there, local, "main")).answer.status, 200)
      }).pipe(Effect.scoped),
    timeout
  )
})
