/**
 * Two hubs push to one repository through one Postgres, direct and behind PgBouncer, with either fence: nothing that
 * was acknowledged is lost, nobody waits long, and no lock stays behind. `MUSEHUB_FENCE_RACES` says how often.
 */
import { PgConnection } from "@effect/sql-pg"
import { assert, describe, it } from "@effect/vitest"
import * as FilesystemObjectStore from "@musehub/adapter-filesystem/FilesystemObjectStore"
import { postgresPlugin } from "@musehub/adapter-postgres/plugin"
import { type FenceKind, layer as fenceLayer } from "@musehub/domain/invariant/Fence"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { Clock, Effect, Fiber, Layer, Redacted, Schedule } from "effect"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { field, firstToken, type Running, start } from "../../cli/program.ts"
import { describePgBouncer, pgBouncer, type PoolMode } from "../../services/PgBouncer.ts"
import { freshDatabase } from "../../services/PostgresServer.ts"
import { acquirePostgres } from "../../services/services.ts"
import { ignoringConditions } from "../../support/brokenStore.ts"
import { startHub, tokenFor } from "../hub/Hub.ts"
import { commitTo, copyOf, growing } from "../muse/history.ts"
import { bundleFor, clone, type LocalRepository, pushBody } from "../muse/LocalRepository.ts"
import { createRepository, post, type Target } from "../muse/MuseClient.ts"

const server = await acquirePostgres()
const races = Number(process.env["MUSEHUB_FENCE_RACES"] ?? "10")
/** A stop of a process takes far longer than a race. */
const stops = Math.ceil(races / 5)
const millisMax = 10_000

const temporaryFolder = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "musehub-fence-"))),
  (folder) => Effect.promise(() => rm(folder, { recursive: true, force: true }))
)

/** Runs a statement past the pooler. */
const direct = (url: string, statement: string) =>
  PgConnection.make({ url: Redacted.make(url) }).pipe(
    Effect.flatMap((connection) => connection.query(statement)),
    Effect.map(({ rows }) => rows),
    Effect.scoped,
    Effect.orDie
  )

/** Locks of sessions that do nothing any more. Those of work beside the requests go when its transaction ends. */
const locksLeft = (database: string) =>
  direct(
    database,
    `SELECT l.locktype, l.mode FROM pg_locks l JOIN pg_stat_activity a USING (pid)
     WHERE a.datname = current_database() AND a.pid <> pg_backend_pid()
       AND a.state <> 'active'`
  ).pipe(Effect.repeat({ until: (locks) => locks.length === 0, schedule: Schedule.spaced("100 millis"), times: 100 }))

/** Pushes one commit on top of `base` and returns its id, if it was acknowledged; it must be answered in time. */
const push = Effect.fnUntraced(function* (target: Target, from: LocalRepository, branch: string, base: string) {
  const local = copyOf(from)
  local.heads.set(branch, base)
  const tip = commitTo(local, branch, {})
  const body = pushBody(local, bundleFor(local, tip, [base]), branch)
  const before = yield* Clock.currentTimeMillis
  const { status } = yield* post(target, "push", body)
  assert.isBelow((yield* Clock.currentTimeMillis) - before, millisMax)
  return { local, tip, status }
})

/** Makes a repository with a first commit on each of these branches. */
const seeded = Effect.fnUntraced(function* (url: string, token: string, branches: ReadonlyArray<string>) {
  const target = yield* createRepository(url, token, "ada/fenced")
  const local = growing()
  for (const branch of branches) {
    const tip = commitTo(local, branch, {})
    const answer = yield* post(target, "push", pushBody(local, bundleFor(local, tip, []), branch))
    assert.strictEqual(answer.status, 200)
  }
  return { target, local }
})

/** A hub with connections of its own. Behind the fence of the database, its store ignores every condition. */
const hubOn = Effect.fnUntraced(function* (folder: string, url: string, fence: FenceKind) {
  const files = FilesystemObjectStore.layer(folder)
  const store =
    fence === "store"
      ? files
      : Layer.provide(Layer.effect(ObjectStore, Effect.map(ObjectStore, ignoringConditions)), files)
  const storage = Layer.provideMerge(fenceLayer(fence), Layer.merge(store, postgresPlugin.layer(url)))
  return yield* startHub(yield* Layer.build(Layer.fresh(Layer.orDie(storage))))
})

const raced = (mode: PoolMode, fence: FenceKind) =>
  Effect.gen(function* () {
    const database = yield* freshDatabase(server)
    const { url } = yield* pgBouncer(database, mode)
    const folder = yield* temporaryFolder
    const hubs = [yield* hubOn(folder, url, fence), yield* hubOn(folder, url, fence)] as const
    const { target, local } = yield* seeded(hubs[0].url, yield* tokenFor(hubs[0], "ada"), ["main"])
    let known: LocalRepository = local
    let head = local.heads.get("main") ?? ""
    const acknowledged = [head]
    for (let race = 0; race < races; race++) {
      const outcomes = yield* Effect.forEach(
        [...hubs, ...hubs],
        (hub) => push({ ...target, url: hub.url }, known, "main", head),
        { concurrency: "unbounded" }
      )
      const winners = outcomes.filter(({ status }) => status === 200)
      assert.deepStrictEqual(outcomes.map(({ status }) => status).toSorted(), [200, 409, 409, 409])
      for (const { local: pushed, tip } of winners) {
        known = pushed
        head = tip
        acknowledged.push(tip)
      }
    }
    for (const hub of hubs) {
      const cloned = yield* clone({ ...target, url: hub.url })
      assert.strictEqual(cloned.heads.get("main"), head)
      assert.sameMembers([...cloned.commits.keys()], acknowledged)
    }
    assert.deepStrictEqual(yield* locksLeft(database), [])
  }).pipe(Effect.scoped, Effect.orDie)

/** Two programs on one folder and one database, fenced by it. */
const twoPrograms = Effect.fnUntraced(function* (url: string) {
  const folder = yield* temporaryFolder
  const env = {
    MUSEHUB_OBJECT_STORE: `file:${join(folder, "objects")}`,
    MUSEHUB_INDEX: url,
    MUSEHUB_FENCE: "database",
    MUSEHUB_PORT: "0",
    MUSEHUB_USER: "ada"
  }
  const program = Effect.acquireRelease(
    Effect.sync(() => start(["serve", "--json"], { directory: folder, env })),
    ({ ended, signal }) =>
      Effect.promise(() => {
        signal("SIGKILL")
        return ended
      })
  )
  const announced = (running: Running) =>
    Effect.map(
      Effect.promise(() => running.firstLine),
      (line) => JSON.parse(line) as unknown
    )
  const first = yield* program
  const told = yield* announced(first)
  const second = yield* program
  const urls = [told, yield* announced(second)].map((line) => String(field(line, "url")).replace(/\/$/, ""))
  const [firstUrl = "", secondUrl = ""] = urls
  return { first, second, firstUrl, secondUrl, token: String(firstToken(told)) }
})

const rounds = (mode: PoolMode | "direct") =>
  Effect.gen(function* () {
    const database = yield* freshDatabase(server)
    const url = mode === "direct" ? database : (yield* pgBouncer(database, mode)).url
    const { first, firstUrl, secondUrl, token } = yield* twoPrograms(url)
    const { target, local } = yield* seeded(firstUrl, token, ["at-first", "at-second"])
    const acknowledged = [...local.heads.values()]
    const at = { first: { ...target, url: firstUrl }, second: { ...target, url: secondUrl } }
    /** Pushes on top of what the branch is at; a push whose answer was lost may have moved it. */
    const once = Effect.fnUntraced(function* (to: Target, branch: string) {
      const seen = yield* clone(to)
      const base = seen.heads.get(branch) ?? ""
      const { status, tip } = yield* push(to, { ...local, ...seen }, branch, base)
      if (status === 200) acknowledged.push(tip)
      return status
    })
    for (let round = 0; round < stops; round++) {
      const stopped = yield* Effect.forkChild(Effect.forEach([1, 2, 3], () => Effect.exit(once(at.first, "at-first"))))
      yield* Effect.sleep(20 + 17 * (round % 12))
      first.signal("SIGSTOP")
      yield* direct(
        database,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()`
      )
      const statuses = yield* Effect.forEach([1, 2, 3], () => once(at.second, "at-second"))
      first.signal("SIGCONT")
      assert.include(statuses, 200)
      yield* Fiber.join(stopped)
    }
    for (const to of [at.second, at.first]) {
      assert.includeMembers([...(yield* clone(to)).commits.keys()], acknowledged)
    }
    first.signal("SIGKILL")
    yield* Effect.promise(() => first.ended)
    assert.strictEqual(yield* once(at.second, "at-first"), 200)
    assert.deepStrictEqual(yield* locksLeft(database), [])
  }).pipe(Effect.scoped, Effect.orDie)

describePgBouncer("two hubs on one Postgres behind PgBouncer", () => {
  for (const mode of ["session", "transaction"] as const) {
    for (const fence of ["store", "database"] as const) {
      it.live(
        `of pushers that arrive together one wins each time, and no lock is left (${mode} mode, fence: ${fence})`,
        () => raced(mode, fence),
        5_000 + races * 2_000
      )
    }
  }
})

describe("a hub that is stopped, loses its sessions and goes on, fenced by the database", () => {
  it.live("overwrites nothing that the other acknowledged", () => rounds("direct"), 60_000 + stops * 5_000)
})

describePgBouncer("a hub behind PgBouncer that is stopped, fenced by the database", () => {
  it.live("overwrites nothing that the other acknowledged", () => rounds("transaction"), 60_000 + stops * 5_000)
})
