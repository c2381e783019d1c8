/**
 * A database and a store that stand still, as stopped processes do: they keep their connections and answer nothing.
 * Readers go on from the store, writers are told to come back, and all is well soon after the return. The hub is a
 * process of its own, and so is the client that measures how long refs take.
 */
import { assert, describe, it } from "@effect/vitest"
import * as FilesystemObjectStore from "@musehub/adapter-filesystem/FilesystemObjectStore"
import * as PostgresIndex from "@musehub/adapter-postgres/PostgresIndex"
import * as PostgresUrl from "@musehub/adapter-postgres/PostgresUrl"
import { parseS3Url } from "@musehub/adapter-s3/S3Config"
import * as S3ObjectStore from "@musehub/adapter-s3/S3ObjectStore"
import { wholeIndex } from "@musehub/contract/wholeIndex"
import { RepositoryId } from "@musehub/domain/object/Id"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { rootCodec } from "@musehub/domain/repository/codecs"
import { Duration, Effect, Exit, Fiber, Layer, Result, Scope } from "effect"
import { randomUUID } from "node:crypto"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll } from "vitest"
import { launch } from "../../cli/program.ts"
import { serving } from "../hub/serving.ts"
import { freshDatabase } from "../../services/PostgresServer.ts"
import { acquireS3, describeS3, s3Url } from "../../services/services.ts"
import { stoppablePostgres } from "../../services/StoppablePostgres.ts"
import type { Answer } from "../hub/Http.ts"
import { assertCloneIs } from "../muse/assertContent.ts"
import { audit } from "../muse/audit.ts"
import { goldenRepository } from "../muse/goldenRepositories.ts"
import { commitTo, copyOf, type Growing } from "../muse/history.ts"
import { bundleFor, pull, pushAll, pushBody } from "../muse/LocalRepository.ts"
import { call, createRepository, heads, post, refs, type Target } from "../muse/MuseClient.ts"

const [storeDeadline, indexDeadline] = [5, 3]
/**
 * How long refs may wait for a service that stands still: three quarters of them, less than the deadline of the index,
 * and half of them. If they waited for the deadline, all would. What an answer of a busy hub takes without store and
 * index comes on top; the service that still runs is as busy, and its share cannot be told apart.
 */
const [refsSecondsMost, refsSecondsHalf] = [2.9, 2]
/** How long each may take in all. */
const allSecondsMax = 10
const clients = 20
/** How long packs may be merged, and rows follow, after the last push. */
const settledSecondsMax = 20
/** An answer that takes longer is no answer to `muse`, which waits for 60 s. */
const patience = Duration.seconds(45)

/** The server and the databases live as long as the file. */
const scope = Scope.makeUnsafe()
afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))
const postgres = await Effect.runPromise(Scope.provide(stoppablePostgres, scope))
const s3 = await acquireS3()

const folder = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "musehub-outages-"))),
  (directory) => Effect.promise(() => rm(directory, { recursive: true, force: true }))
)

/** Returns the value below which this part of the values is. */
const quantile = (values: ReadonlyArray<number>, part: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * part)] ?? Infinity

const seconds = (since: number): number => (performance.now() - since) / 1000

interface Timed<A> {
  readonly value: A
  readonly seconds: number
}

const timed = <A>(effect: Effect.Effect<A>): Effect.Effect<Timed<A>> =>
  Effect.suspend(() => {
    const since = performance.now()
    return Effect.map(Effect.timeout(effect, patience), (value) => ({ value, seconds: seconds(since) }))
  }).pipe(Effect.orDie)

interface Store {
  /** The store as the hub knows it. */
  readonly url: string
  /** The same store for the test itself, past what stops. */
  readonly layer: Layer.Layer<ObjectStore>
}

/** A hub with a repository that is cloned, and one with a branch for each client that pushes. */
const stage = Effect.fnUntraced(function* (directory: string, store: Store) {
  const index = yield* Effect.orDie(freshDatabase(postgres.url))
  const { token, url } = yield* serving({
    directory,
    env: {
      MUSEHUB_OBJECT_STORE: store.url,
      MUSEHUB_STORE_DEADLINE: `${storeDeadline} seconds`,
      MUSEHUB_INDEX: index,
      MUSEHUB_INDEX_DEADLINE: `${indexDeadline} seconds`,
      AWS_ACCESS_KEY_ID: process.env["AWS_ACCESS_KEY_ID"] ?? "",
      AWS_SECRET_ACCESS_KEY: process.env["AWS_SECRET_ACCESS_KEY"] ?? ""
    }
  })
  const cloned = yield* createRepository(url, token, "ada/cloned")
  const history = copyOf(goldenRepository("merges"))
  yield* pushAll(cloned, history)
  const pushed = yield* createRepository(url, token, "ada/pushed")
  const local = copyOf(goldenRepository("linear"))
  yield* pushAll(pushed, local)
  const rows = Layer.orDie(Layer.unwrap(Effect.map(PostgresUrl.parse(index), PostgresIndex.layer)))
  return { directory, cloned, history, pushed, local, storage: Layer.merge(store.layer, rows) }
})

type Stage = Effect.Success<ReturnType<typeof stage>>

/** Makes a commit on a branch of its own and pushes it, in the client's calls; returns the last answer. */
const push = Effect.fnUntraced(function* (target: Target, local: Growing, branch: string) {
  const base = local.heads.get("main") ?? ""
  const tip = local.heads.get(branch) ?? commitTo(local, branch, { "a.txt": `of ${branch}` }, { parents: [base] })
  const bundle = bundleFor(local, tip, [base])
  const blobs = bundle.blobs.map((id) => ({ object_id: id, content: local.blobs.get(id) ?? new Uint8Array() }))
  const steps: ReadonlyArray<Effect.Effect<Answer>> = [
    call(target, "GET", "refs"),
    post(target, "filter-objects", { object_ids: bundle.blobs }),
    post(target, "push/objects", { objects: blobs }),
    post(target, "push", pushBody(local, bundle, branch))
  ]
  let last = yield* timed(Effect.suspend(() => steps[0] ?? Effect.die("no step")))
  for (const step of steps.slice(1)) {
    if (last.value.status >= 300) break
    last = yield* timed(step)
  }
  return { branch, tip, answer: last.value, seconds: last.seconds }
})

type Pushed = Effect.Success<ReturnType<typeof push>>

/** Asserts that a push landed, or that the client was told in time when to come back. */
const assertAnswered = ({ answer, branch, seconds }: Pushed) => {
  if (answer.status === 200) return
  assert.isBelow(seconds, 10, branch)
  assert.strictEqual(answer.status, 503, `${branch}: ${new TextDecoder().decode(answer.body)}`)
  assert.match(answer.headers["retry-after"] ?? "", /^[1-9]\d*$/, branch)
}

/** One question for refs: when it was asked, how long the answer took, and its status. */
interface Asked {
  readonly at: number
  readonly seconds: number
  readonly status: number
  /** How long an answer took to a question for `/health` that was asked at the same time. */
  readonly healthSeconds: number
}

/** Returns how long an answer that needs neither store nor index took at most while this one was waited for. */
const busySeconds = (all: ReadonlyArray<Asked>, { at, seconds }: Asked): number =>
  Math.max(
    ...all
      .filter((other) => other.at <= at + seconds * 1000 && other.at + other.healthSeconds * 1000 >= at)
      .map(({ healthSeconds }) => healthSeconds)
  )

/** Runs a program of `fixtures`, until the scope closes. */
const fixture = (name: string, args: ReadonlyArray<string>, directory: string) => {
  const program = fileURLToPath(new URL(`fixtures/${name}.ts`, import.meta.url))
  return Effect.acquireRelease(
    Effect.sync(() => launch(process.execPath, [program, ...args], { directory })),
    ({ ended, signal }) => {
      signal("SIGKILL")
      return Effect.promise(() => ended)
    }
  )
}

/** Asks for the refs of a repository in a process of its own; `end` returns the answers. */
const askingForRefs = Effect.fnUntraced(function* ({ repository, token = "", url }: Target, directory: string) {
  const asker = yield* fixture("askRefs", [url, repository, token], directory)
  yield* Effect.promise(() => asker.firstLine)
  const end = Effect.promise(async () => {
    asker.signal("SIGTERM")
    const { stderr, stdout } = await asker.ended
    assert.strictEqual(stderr, "")
    return stdout.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as Asked]))
  })
  return { end }
})

interface Stops {
  readonly begin: Effect.Effect<void>
  readonly end: Effect.Effect<void>
}

/**
 * Runs clones and pushes, half of them begun before the outage, then `meanwhile`, and ends the outage. Returns how they
 * and the questions for refs that were asked during the outage ended.
 */
const during = Effect.fnUntraced(function* (
  { cloned, directory, history, local, pushed }: Stage,
  name: string,
  outage: Stops,
  meanwhile: Effect.Effect<void>
) {
  const round = (from: number) =>
    Effect.forEach(
      Array.from({ length: clients / 2 }, (_, client) => `${name}-${from + client}`),
      (branch) =>
        Effect.all([
          Effect.forkChild(timed(Effect.exit(assertCloneIs(cloned, history)))),
          Effect.forkChild(push(pushed, local, branch))
        ])
    )
  const asking = yield* askingForRefs(cloned, directory)
  const before = yield* round(0)
  yield* Effect.sleep(60)
  const { begun, end, start } = yield* Effect.gen(function* () {
    yield* outage.begin
    const start = Date.now()
    const begun = [...before, ...(yield* round(clients / 2))]
    for (const [clone, one] of begun) {
      yield* Fiber.await(clone)
      yield* Fiber.await(one)
    }
    yield* meanwhile
    return { begun, end: Date.now(), start }
  }).pipe(Effect.ensuring(outage.end))
  const all = yield* asking.end
  return {
    refs: all
      .filter(({ at }) => at >= start && at < end)
      .map((asked) => ({
        status: asked.status,
        /** Seconds since the outage began. */
        after: (asked.at - start) / 1000,
        seconds: asked.seconds,
        /** Seconds that the outage cost. */
        waited: asked.seconds - busySeconds(all, asked)
      })),
    clones: yield* Effect.forEach(begun, ([clone]) => Fiber.join(clone)),
    pushes: yield* Effect.forEach(begun, ([, one]) => Fiber.join(one))
  }
}, Effect.scoped)

/** Audits a repository once its hub, which merges packs after pushes, has moved the root and the rows have followed. */
const auditSettled = Effect.fnUntraced(function* (id: string) {
  const repository = RepositoryId.make(id)
  const { packs } = yield* wholeIndex
  const store = yield* ObjectStore
  const sequences = Effect.gen(function* () {
    const read = yield* store.documents.read({ kind: "root", repository })
    assert(read._tag === "Found", "there is a root")
    const { sequence } = Result.getOrThrow(rootCodec.decode(read.document.bytes))
    return { stored: sequence, reflected: (yield* packs(repository)).rootSequence }
  })
  const since = performance.now()
  for (;;) {
    const before = yield* sequences
    const audited = yield* Effect.exit(audit(id))
    const { stored } = yield* sequences
    if (stored === before.stored && stored === before.reflected) return yield* audited
    assert.isBelow(seconds(since), settledSecondsMax, "the rows follow the root")
    yield* Effect.sleep(100)
  }
})

/** Asserts that all is as before within seconds of the return, and that nothing acknowledged was lost. */
const assertWell = Effect.fnUntraced(function* (
  { cloned, history, local, pushed, storage }: Stage,
  pushes: ReadonlyArray<Pushed>
) {
  const since = performance.now()
  for (;;) {
    const { answer } = yield* push(pushed, local, pushes[0]?.branch ?? "")
    if (answer.status === 200) break
    assert.isBelow(seconds(since), 5, `still ${answer.status}`)
    yield* Effect.sleep(100)
  }
  const found = yield* heads(pushed)
  for (const { answer, branch, tip } of pushes) {
    if (answer.status === 200) assert.strictEqual(found.get(branch), tip, branch)
  }
  const again = yield* Effect.forEach(pushes, ({ branch }) => push(pushed, local, branch), { concurrency: 4 })
  for (const { answer, branch } of again) assert.strictEqual(answer.status, 200, branch)
  yield* assertCloneIs(cloned, history)
  yield* assertCloneIs(pushed, local)
  for (const target of [cloned, pushed]) {
    yield* Effect.provide(auditSettled((yield* refs(target)).id), storage)
  }
})

const databaseStops: Stops = { begin: postgres.stop, end: postgres.proceed }

const databaseOutage = Effect.fnUntraced(function* (on: Stage) {
  const readers = Effect.gen(function* () {
    const commits = [...on.history.commits.keys()].slice(0, 3)
    assert.isBelow((yield* timed(pull(on.cloned, "main", commits))).seconds, 10, "pull")
    const listed = yield* timed(call({ ...on.cloned, repository: "api/v1" }, "GET", "repos"))
    assert.strictEqual(listed.value.status, 200)
    assert.isBelow(listed.seconds, 2, "repos")
    const object = yield* timed(call(on.cloned, "GET", `objects/commit/${on.history.heads.get("main")}`))
    assert.strictEqual(object.value.status, 200)
    assert.isBelow(object.seconds, 2, "object")
  })
  const { clones, pushes, refs } = yield* during(on, "database", databaseStops, readers)
  for (const { value } of clones) assert.isTrue(Exit.isSuccess(value), String(value))
  assert.isAbove(refs.length, 4)
  for (const { after, seconds, status } of refs) {
    assert.strictEqual(status, 200, `refs after ${after} s`)
    assert.isBelow(seconds, allSecondsMax, `refs after ${after} s`)
  }
  const waits = refs.map(({ waited }) => waited)
  assert.isBelow(quantile(waits, 0.75), refsSecondsMost)
  assert.isBelow(quantile(waits, 0.5), refsSecondsHalf)
  for (const pushed of pushes) assertAnswered(pushed)
  yield* assertWell(on, pushes)
})

/** While the store stands still nothing can be read, but everybody gets an answer. */
const storeOutage = Effect.fnUntraced(function* (on: Stage, name: string, stops: Stops) {
  const { pushes, refs } = yield* during(on, name, stops, Effect.sleep("2 seconds"))
  assert.isNotEmpty(refs.filter(({ after }) => after < storeDeadline))
  assert.isNotEmpty(refs.filter(({ after }) => after > storeDeadline + 1))
  for (const { after, seconds, status } of refs) {
    assert.strictEqual(status, 503, `refs after ${after} s`)
    assert.isBelow(seconds, allSecondsMax, `refs after ${after} s`)
  }
  // The store counts as lost once it has answered nothing for its deadline; calls fail at once from then on.
  const waits = refs.map(({ after, waited }) => waited - Math.max(0, storeDeadline - after))
  assert.isBelow(quantile(waits, 0.75), refsSecondsMost)
  for (const pushed of pushes) assertAnswered(pushed)
  yield* assertWell(on, pushes)
})

const timeout = 120_000

describe("a database that stands still in the middle of clones and pushes, on files", () => {
  it.live(
    "has refs answered soon, clones finished, pushes told to come back, and is used again at once",
    () =>
      Effect.gen(function* () {
        const directory = yield* folder
        const layer = Layer.orDie(FilesystemObjectStore.layer(join(directory, "objects")))
        yield* databaseOutage(yield* stage(directory, { url: "file:objects", layer }))
      }).pipe(Effect.scoped),
    timeout
  )
})

describeS3("a database and a store that stand still in the middle of clones and pushes, on S3", s3, (connection) => {
  it.live(
    "have refs answered soon, by 503 once a stopped store is given up; nothing acknowledged is lost",
    () =>
      Effect.gen(function* () {
        const directory = yield* folder
        const relay = yield* fixture("relay", [connection.endpoint], directory)
        const prefix = `outages-${randomUUID()}`
        const endpoint = yield* Effect.promise(() => relay.firstLine)
        const direct = yield* Effect.fromResult(parseS3Url(s3Url(connection, prefix)))
        const on = yield* stage(directory, {
          url: s3Url({ ...connection, endpoint }, prefix),
          layer: Layer.orDie(S3ObjectStore.layer(direct))
        })
        const storeStops: Stops = {
          begin: Effect.sync(() => relay.signal("SIGSTOP")),
          end: Effect.sync(() => relay.signal("SIGCONT"))
        }
        yield* databaseOutage(on)
        yield* storeOutage(on, "store", storeStops)
        yield* storeOutage(on, "both", {
          begin: Effect.andThen(storeStops.begin, databaseStops.begin),
          end: Effect.andThen(storeStops.end, databaseStops.end)
        })
      }).pipe(Effect.scoped),
    timeout
  )
})
