/**
 * Strangers who ask a hub about a long history, many at a time: what they ask alike is worked out once, what they ask
 * differently waits its turn, and the hub goes on answering.
 */
import { assert, describe, it } from "@effect/vitest"
import * as MemoryObjectStore from "@musehub/adapter-memory/MemoryObjectStore"
import * as PostgresIndex from "@musehub/adapter-postgres/PostgresIndex"
import * as PostgresUrl from "@musehub/adapter-postgres/PostgresUrl"
import { portsOf, wholeIndexOf } from "@musehub/contract/wholeIndex"
import { elementAt } from "@musehub/domain/base/expected"
import { RepositoryId } from "@musehub/domain/object/Id"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { layer as admission } from "@musehub/domain/usecase/admission/Admission"
import { layer as sharedWork } from "@musehub/domain/usecase/admission/SharedWork"
import { mpackMediaType } from "@musehub/domain/wire/mpack/Format"
import { writeMpack } from "@musehub/domain/wire/mpack/writeMpack"
import { Context, Effect, Layer, Stream } from "effect"
import { step } from "../../domain/support/hubSamples.ts"
import { freshDatabase } from "../../services/PostgresServer.ts"
import { acquirePostgres } from "../../services/services.ts"
import { assertProblem } from "../hub/assertProblem.ts"
import { type Answer, send } from "../hub/Http.ts"
import { startHub, tokenFor } from "../hub/Hub.ts"
import { indexControl, interposedIndex } from "../hub/interposedIndex.ts"
import { mpackOf } from "../muse/mpackOf.ts"
import { call, createRepository, ok, post, refs } from "../muse/MuseClient.ts"

const postgresUrl = await acquirePostgres()

const commits = 3000

/** A hub with a public repository of a long line of commits, between `first` and `head`. */
const stage = Effect.gen(function* () {
  const url = yield* freshDatabase(postgresUrl)
  const control = indexControl()
  const index = yield* Layer.build(
    Layer.unwrap(Effect.map(PostgresUrl.parse(url), (target) => PostgresIndex.layer(target)))
  )
  const store = yield* Layer.build(Layer.fresh(MemoryObjectStore.layer()))
  const storage = Context.add(
    portsOf(interposedIndex(wholeIndexOf(index), control.interpose)),
    ObjectStore,
    Context.get(store, ObjectStore)
  )
  const limits = yield* Layer.build(
    Layer.fresh(Layer.merge(sharedWork, admission({ placesMax: 4, waitingMax: 16, waitMillisMax: 5000 })))
  )
  const hub = yield* Effect.provideContext(startHub(storage), limits)
  const songs = yield* createRepository(hub.url, yield* tokenFor(hub, "ada"), "ada/songs", { visibility: "public" })
  const repository = RepositoryId.make((yield* refs(songs)).id)
  const steps = [step("first", { "a.txt": "a" })]
  for (let place = 1; place < commits; place++) steps.push(step(`${place}`, { "a.txt": "a" }, steps.slice(-1)))
  const [first, head] = [elementAt(steps, 0).commit.id, elementAt(steps, commits - 1).commit.id]
  const { header, objects } = mpackOf(repository, steps, { branch: "main", force: false, head })
  const body = Buffer.concat(yield* Stream.runCollect(writeMpack(header, objects)))
  yield* ok(call(songs, "POST", "push", body, { contentType: mpackMediaType }))
  const bob = yield* tokenFor(hub, "bob")
  return { control, first, head, hub, songs: { url: hub.url, repository: songs.repository }, bob }
}).pipe(Effect.orDie)

const statusesOf = (answers: ReadonlyArray<Answer>) => [...new Set(answers.map(({ status }) => status))].toSorted()

const times = (count: number) => Array.from({ length: count }).keys()

/** Asks for `/health` as long as the effect runs, and returns how often it was answered. */
const besideHealth = <A, E, R>(url: string, effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    let answered = 0
    const health = Effect.gen(function* () {
      const { status } = yield* send({ method: "GET", url, path: "/health", headers: [["Host", "hub"]] })
      assert.strictEqual(status, 200)
      answered += 1
    })
    const answer = yield* Effect.raceFirst(
      effect,
      Effect.forever(Effect.andThen(Effect.orDie(health), Effect.sleep(5)))
    )
    return { answer, answered }
  })

describe("strangers who ask about a long history", () => {
  it.live("fifty at a time: each negotiation is answered or refused for now, and /health and a user go on", () =>
    Effect.gen(function* () {
      const { bob, first, head, hub, songs } = yield* stage
      const negotiate = post(songs, "negotiate", { want: [head], have: [first] })
      const attack = Effect.forEach(times(50), () => negotiate, { concurrency: "unbounded" })
      const honest = post({ ...songs, token: bob }, "negotiate", { want: [head], have: [first] })
      const { answer, answered } = yield* besideHealth(
        hub.url,
        Effect.all([attack, Effect.delay(honest, 100)], { concurrency: "unbounded" })
      )
      const [attacked, one] = answer
      assert.deepStrictEqual(statusesOf(attacked), [200, 503])
      for (const refused of attacked.filter(({ status }) => status === 503)) assertProblem(refused, 503, /is busy/)
      assert.strictEqual(one.status, 200)
      assert.isAbove(answered, 2)
    }).pipe(Effect.scoped)
  )

  it.live("twenty at a time for the same clone: it is planned once, and each gets its answer", () =>
    Effect.gen(function* () {
      const { control, head, songs } = yield* stage
      const clone = Effect.result(
        Effect.sandbox(post(songs, "fetch", { want: [head], have: [] }, { accept: "application/vnd.muse.mpack" }))
      )
      const before = control.calls.length
      const answers = yield* Effect.forEach(times(20), () => clone, { concurrency: "unbounded" })
      const calls = control.calls.slice(before)
      assert.strictEqual(calls.filter((operation) => operation === "introducedBy").length, 1)
      for (const answer of answers) assert(answer._tag === "Success" && answer.success.status === 200)
    }).pipe(Effect.scoped)
  )

  it.live("who have more commits than any history: they are refused before they are read", () =>
    Effect.gen(function* () {
      const { head, hub, songs } = yield* stage
      const have = Array.from({ length: 250_001 }, (_, place) => place.toString(16).padStart(64, "0"))
      const fetch = post(songs, "fetch", { want: [head], have })
      const { answer } = yield* besideHealth(
        hub.url,
        Effect.forEach(times(8), () => fetch, { concurrency: 2 })
      )
      for (const refused of answer) assertProblem(refused, 413, /the field have has more than 250000 elements|larger/)
    }).pipe(Effect.scoped)
  )
})
