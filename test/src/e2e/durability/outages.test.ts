/**
 * A database and a store that stand still, as stopped processes do: they keep their connections and answer nothing.
 * Readers go on from the store, writers are told to come back, and all is well soon after the return.
 */
import { assert, describe, it } from "@effect/vitest"
import * as FilesystemObjectStore from "@musehub/adapter-filesystem/FilesystemObjectStore"
import { layer as guardedIndex } from "@musehub/adapter-guard/guardedIndex"
import { layer as guardedStore } from "@musehub/adapter-guard/guardedStore"
import * as PostgresIndex from "@musehub/adapter-postgres/PostgresIndex"
import * as PostgresUrl from "@musehub/adapter-postgres/PostgresUrl"
import { parseS3Url } from "@musehub/adapter-s3/S3Config"
import * as S3ObjectStore from "@musehub/adapter-s3/S3ObjectStore"
import type { Index } from "@musehub/domain/port/index/Index"
import type { Lock } from "@musehub/domain/port/Lock"
import type { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { Duration, Effect, Exit, Fiber, Layer, Scope } from "effect"
import { randomUUID } from "node:crypto"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll } from "vitest"
import { freshDatabase } from "../../services/PostgresServer.ts"
import { freezableProxy } from "../../services/FreezableProxy.ts"
import { acquireS3, describeS3, s3Url } from "../../services/services.ts"
import { stoppablePostgres } from "../../services/StoppablePostgres.ts"
import { type Hub, startHub, tokenFor } from "../hub/Hub.ts"
import type { Answer } from "../hub/Http.ts"
import { assertCloneIs } from "../muse/assertContent.ts"
import { audit } from "../muse/audit.ts"
import { goldenRepository } from "../muse/goldenRepositories.ts"
import { commitTo, copyOf, type Growing } from "../muse/history.ts"
import { bundleFor, pull, pushAll, pushBody } from "../muse/LocalRepository.ts"
import { call, createRepository, heads, post, refs, type Target } from "../muse/MuseClient.ts"

const [storeDeadline, indexDeadline] = [5, 3]
const deadlinesOf = (silence: number) => ({
  silenceMax: Duration.seconds(silence),
  briefMax: Duration.seconds(1),
  callMax: Duration.seconds(40)
})

const clients = 20
/** An answer that takes longer is no answer to `muse`, which waits for 60 s. */
const patience = Duration.seconds(45)

/** The server and the databases live as long as the file. */
const scope = Scope.makeUnsafe()
afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))
const postgres = await Effect.runPromise(Scope.provide(stoppablePostgres, scope))
const s3 = await acquireS3()

const index: Layer.Layer<Index | Lock> = Layer.unwrap(
  Effect.gen(function* () {
    const target = yield* PostgresUrl.parse(yield* freshDatabase(postgres.url))
    return Layer.provide(guardedIndex(deadlinesOf(indexDeadline)), PostgresIndex.layer(target))
  })
).pipe(Layer.orDie)

const files = Layer.unwrap(
  Effect.map(
    Effect.acquireRelease(
      Effect.promise(() => mkdtemp(join(tmpdir(), "musehub-outages-"))),
      (folder) => Effect.promise(() => rm(folder, { recursive: true, force: true }))
    ),
    (folder) => FilesystemObjectStore.layer(folder)
  )
).pipe(Layer.orDie)

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

/** A hub with a repository that is cloned, and one with a branch for each client that pushes. */
const stage = Effect.fnUntraced(function* (store: Layer.Layer<ObjectStore>) {
  const guarded = Layer.provide(guardedStore(deadlinesOf(storeDeadline)), store)
  const hub: Hub = yield* startHub(yield* Layer.build(Layer.fresh(Layer.merge(guarded, index))))
  const token = yield* tokenFor(hub, "ada")
  const cloned = yield* createRepository(hub.url, token, "ada/cloned")
  const history = copyOf(goldenRepository("merges"))
  yield* pushAll(cloned, history)
  const pushed = yield* createRepository(hub.url, token, "ada/pushed")
  const local = copyOf(goldenRepository("linear"))
  yield* pushAll(pushed, local)
  return { hub, cloned, history, pushed, local }
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

/** Runs clones and pushes, half of them begun before the outage, and returns how they and the first refs ended. */
const during = Effect.fnUntraced(function* (
  { cloned, history, local, pushed }: Stage,
  name: string,
  outage: { readonly begin: Effect.Effect<void> }
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
  const before = yield* round(0)
  yield* Effect.sleep(60)
  yield* outage.begin
  const after = yield* round(clients / 2)
  const begun = [...before, ...after]
  return {
    refs: yield* timed(call(cloned, "GET", "refs")),
    clones: yield* Effect.forEach(begun, ([clone]) => Fiber.join(clone)),
    pushes: yield* Effect.forEach(begun, ([, one]) => Fiber.join(one))
  }
})

/** Asserts that all is as before within seconds of the return, and that nothing acknowledged was lost. */
const assertWell = Effect.fnUntraced(function* (
  { cloned, history, hub, local, pushed }: Stage,
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
    yield* Effect.provideContext(audit((yield* refs(target)).id), hub.services)
  }
})

const stopped = <A, E, R>(
  { begin, end }: { readonly begin: Effect.Effect<void>; readonly end: Effect.Effect<void> },
  use: (outage: { readonly begin: Effect.Effect<void> }) => Effect.Effect<A, E, R>
) => Effect.ensuring(use({ begin }), end)

const databaseStops = { begin: postgres.stop, end: postgres.proceed }

const databaseOutage = Effect.fnUntraced(function* (on: Stage) {
  const { pushes } = yield* stopped(
    databaseStops,
    Effect.fnUntraced(function* (outage) {
      const ended = yield* during(on, "database", outage)
      assert.strictEqual(ended.refs.value.status, 200)
      assert.isBelow(ended.refs.seconds, 10, "the first refs")
      for (const { value } of ended.clones) assert.isTrue(Exit.isSuccess(value), String(value))
      for (const target of [on.cloned, { ...on.cloned, token: undefined }, on.pushed]) {
        assert.isBelow((yield* timed(refs(target))).seconds, 2, "refs")
      }
      const commits = [...on.history.commits.keys()].slice(0, 3)
      assert.isBelow((yield* timed(pull(on.cloned, "main", commits))).seconds, 10, "pull")
      const listed = yield* timed(call({ ...on.cloned, repository: "api/v1" }, "GET", "repos"))
      assert.strictEqual(listed.value.status, 200)
      assert.isBelow(listed.seconds, 2, "repos")
      return ended
    })
  )
  for (const pushed of pushes) assertAnswered(pushed)
  yield* assertWell(on, pushes)
})

/** While the store stands still nothing can be read, but everybody gets an answer. */
const storeOutage = Effect.fnUntraced(function* (
  on: Stage,
  name: string,
  stops: { readonly begin: Effect.Effect<void>; readonly end: Effect.Effect<void> }
) {
  const { pushes } = yield* stopped(
    stops,
    Effect.fnUntraced(function* (outage) {
      const ended = yield* during(on, name, outage)
      assert.strictEqual(ended.refs.value.status, 503)
      assert.isBelow(ended.refs.seconds, 10, "the first refs")
      const next = yield* timed(call(on.cloned, "GET", "refs"))
      assert.strictEqual(next.value.status, 503)
      assert.isBelow(next.seconds, 2, "refs")
      return ended
    })
  )
  for (const pushed of pushes) assertAnswered(pushed)
  yield* assertWell(on, pushes)
})

const timeout = 120_000

describe("a database that stands still in the middle of clones and pushes, on files", () => {
  it.live(
    "does not keep clones and refs, has pushes told to come back, and is used again at once",
    () => Effect.scoped(Effect.flatMap(stage(files), databaseOutage)),
    timeout
  )
})

describeS3("a database and a store that stand still in the middle of clones and pushes, on S3", s3, (connection) => {
  it.live(
    "keep nobody without an answer, lose nothing that was acknowledged, and are used again at once",
    () =>
      Effect.scoped(
        Effect.gen(function* () {
          const proxy = yield* freezableProxy(connection.endpoint)
          const url = s3Url({ ...connection, endpoint: proxy.url }, `outages-${randomUUID()}`)
          const store = Layer.orDie(S3ObjectStore.layer(yield* Effect.fromResult(parseS3Url(url))))
          const storeStops = { begin: Effect.sync(proxy.freeze), end: Effect.sync(proxy.thaw) }
          const on = yield* stage(store)
          yield* databaseOutage(on)
          yield* storeOutage(on, "store", storeStops)
          yield* storeOutage(on, "both", {
            begin: Effect.andThen(storeStops.begin, databaseStops.begin),
            end: Effect.andThen(storeStops.end, databaseStops.end)
          })
        })
      ),
    timeout
  )
})
