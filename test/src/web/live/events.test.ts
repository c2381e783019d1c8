/** The streams that tell open pages what moved: for whom, how many, how long, and that they hold up no stop. */
import { assert, describe, it } from "@effect/vitest"
import * as MemoryIndex from "@musehub/adapter-memory/MemoryIndex"
import * as MemoryObjectStore from "@musehub/adapter-memory/MemoryObjectStore"
import { UserName } from "@musehub/domain/repository/Names"
import { createLink } from "@musehub/domain/usecase/people/signIn/links"
import { endSessions } from "@musehub/domain/usecase/people/signIn/sessions"
import { layer as knownSignIns } from "@musehub/domain/usecase/people/signIn/KnownSignIns"
import { CurrentStreamLimits, type StreamLimits } from "@musehub/http/limits/EventStreams"
import { pages } from "@musehub/web/pages"
import { Effect, Exit, Layer, Redacted, Scope } from "effect"
import { Browser } from "../../e2e/signIn/Browser.ts"
import { type Hub, startHub, tokenFor } from "../../e2e/hub/Hub.ts"
import { commitTo, growing } from "../../e2e/muse/history.ts"
import { pushAll, pushBranch } from "../../e2e/muse/LocalRepository.ts"
import { createRepository } from "../../e2e/muse/MuseClient.ts"
import { openStream, retry, streamOf } from "./EventStream.ts"

const fresh = Layer.build(Layer.fresh(Layer.merge(MemoryObjectStore.layer(), MemoryIndex.layer)))

const hubOn = (storage: Effect.Success<typeof fresh>) => startHub(storage, [], { pages })

/** A hub with a repository of ada's, to which was pushed. */
const scene = Effect.gen(function* () {
  const hub = yield* Effect.flatMap(fresh, hubOn)
  const ada = yield* tokenFor(hub, "ada")
  return { hub, ada, ...(yield* pushed(hub, ada)) }
})

const pushed = Effect.fnUntraced(function* (hub: Hub, token: string) {
  const target = yield* createRepository(hub.url, token, "ada/songs")
  const local = growing()
  commitTo(local, "main", { "song.txt": "one\n" })
  yield* pushAll(target, local)
  return { target, local }
})

const signedIn = Effect.fnUntraced(function* (hub: Hub) {
  const browser = new Browser(hub.url)
  const link = yield* Effect.provideContext(createLink(UserName.make("ada"), null), hub.services)
  yield* browser.signIn(Redacted.value(link.code))
  return browser
})

const setVisibility = (hub: Hub, token: string, visibility: "public" | "private") =>
  new Browser(hub.url).ask("/api/v1/repos/ada/songs", {
    method: "PATCH",
    json: { visibility },
    headers: [["Authorization", `Bearer ${token}`]]
  })

/** Begins a stream at a hub. */
const stream = (hub: Hub, path: string, cookie?: string) => openStream(`${hub.url}${path}`, cookie)

describe("the stream of an open page", () => {
  it.live("begins at once, in no encoding, and ends with one event when a branch moves", () =>
    Effect.gen(function* () {
      const { hub, local, target } = yield* scene
      const path = yield* streamOf(new Browser(hub.url), "/ada/songs/-/history")
      const opened = yield* stream(hub, path)
      yield* opened.begun
      assert.strictEqual(opened.status, 200)
      assert.strictEqual(opened.headers["content-type"], "text/event-stream")
      assert.isUndefined(opened.headers["content-encoding"])
      assert.strictEqual(opened.headers["x-accel-buffering"], "no")
      assert.strictEqual(opened.headers["cache-control"], "no-store, no-transform")
      assert.match(opened.said(), retry)
      commitTo(local, "main", { "song.txt": "two\n" })
      assert.strictEqual((yield* pushBranch(target, local, "main")).answer.status, 200)
      yield* opened.ended
      assert.strictEqual(
        opened.said().replace(retry, ""),
        "event: moved\ndata: The branches of this repository have changed since this page was loaded.\n\n"
      )
      const late = yield* stream(hub, path)
      yield* late.ended
      assert.include(late.said(), "The branches of this repository")
      const head = yield* new Browser(hub.url).ask(path, { method: "HEAD" })
      assert.deepStrictEqual([head.status, head.body.byteLength], [200, 0])
    }).pipe(Effect.scoped)
  )

  it.live("of a proposal ends when somebody comments, and says so", () =>
    Effect.gen(function* () {
      const { ada, hub, local, target } = yield* scene
      local.heads.set("verse", commitTo(local, "verse", { "song.txt": "two\n" }))
      yield* pushAll(target, local)
      const rest = (path: string, json: unknown) =>
        new Browser(hub.url).ask(`/api/v1/repos/ada/songs/${path}`, {
          json,
          headers: [["Authorization", `Bearer ${ada}`]]
        })
      const wanted = { title: "A verse", fromBranch: "verse", toBranch: "main" }
      assert.strictEqual((yield* rest("proposals", wanted)).status, 201)
      const path = yield* streamOf(new Browser(hub.url), "/ada/songs/-/proposals/1")
      const opened = yield* stream(hub, path)
      yield* opened.begun
      assert.strictEqual((yield* rest("proposals/1/comments", { body: "Louder" })).status, 201)
      yield* opened.ended
      assert.include(opened.said(), "data: This proposal has changed since this page was loaded.\n")
      const wrong = yield* stream(hub, path.replace(/revision=\d+/, "revision=x"))
      yield* wrong.begun
      assert.match(wrong.said(), retry)
    }).pipe(Effect.scoped)
  )

  it.live("is for readers of the repository alone, and ends when it turns private", () =>
    Effect.gen(function* () {
      const { ada, hub } = yield* scene
      const browser = yield* signedIn(hub)
      const path = yield* streamOf(browser, "/ada/songs")
      const stranger = yield* stream(hub, path)
      const owner = yield* stream(hub, path, browser.cookie)
      yield* Effect.all([stranger.begun, owner.begun])
      assert.strictEqual((yield* setVisibility(hub, ada, "private")).status, 200)
      yield* Effect.all([stranger.ended, owner.ended])
      for (const { said } of [stranger, owner]) assert.include(said(), "The settings of this repository")
      assert.strictEqual((yield* stream(hub, path)).status, 404)
      assert.strictEqual((yield* stream(hub, "/ada/nothing/-/events")).status, 404)
      const anew = yield* stream(hub, yield* streamOf(browser, "/ada/songs"), browser.cookie)
      yield* anew.begun
      assert.match(anew.said(), retry)
      yield* Effect.provide(endSessions(UserName.make("ada")), knownSignIns).pipe(Effect.provideContext(hub.services))
      yield* anew.ended
      assert.include(anew.said(), "You are not signed in here any more.")
    }).pipe(Effect.scoped)
  )

  it.live("has a limit for each caller and for the hub, and makes room when it ends", () =>
    Effect.gen(function* () {
      const limits: StreamLimits = { streamsMax: 3, streamsPerCallerMax: 2 }
      const { hub } = yield* Effect.provideService(scene, CurrentStreamLimits, limits)
      const browser = yield* signedIn(hub)
      const path = yield* streamOf(browser, "/ada/songs")
      const places = yield* Scope.make()
      const some = Effect.forEach([1, 2], () => Scope.provide(stream(hub, path), places))
      for (const { begun } of yield* some) yield* begun
      const refused = yield* stream(hub, path)
      yield* refused.ended
      assert.deepStrictEqual([refused.status, refused.headers["retry-after"]], [429, "30"])
      assert.include(refused.said(), "as many pages open")
      yield* (yield* stream(hub, path, browser.cookie)).begun
      const full = yield* stream(hub, path, browser.cookie)
      assert.strictEqual(full.status, 503)
      assert.isDefined(full.headers["retry-after"])
      yield* Scope.close(places, Exit.void)
      let status: number | undefined
      for (let tries = 0; status !== 200 && tries < 50; tries += 1) {
        yield* Effect.sleep(20)
        ;({ status } = yield* stream(hub, path))
      }
      assert.strictEqual(status, 200, "those that left made room")
    }).pipe(Effect.scoped)
  )

  it.live("ends when the hub stops, which waits for none", () =>
    Effect.gen(function* () {
      const storage = yield* fresh
      const life = yield* Scope.make()
      const hub = yield* Scope.provide(hubOn(storage), life)
      const { target } = yield* pushed(hub, yield* tokenFor(hub, "ada"))
      const path = yield* streamOf(new Browser(hub.url), `/${target.repository}`)
      const streams = yield* Effect.forEach(Array.from({ length: 20 }), () => stream(hub, path), { concurrency: 20 })
      for (const { begun } of streams) yield* begun
      const since = performance.now()
      yield* Scope.close(life, Exit.void)
      for (const { ended, said } of streams) {
        yield* ended
        assert.notInclude(said(), "event:")
      }
      assert.isBelow(performance.now() - since, 5000)
    }).pipe(Effect.scoped)
  )

  it.live("counts as answered when it begins, and is counted while it is open", () =>
    Effect.gen(function* () {
      const { hub, target } = yield* scene
      const sample = Effect.fnUntraced(function* (name: string) {
        const { body } = yield* new Browser(hub.url).ask("/metrics")
        const line = new TextDecoder().decode(body).split("\n")
        return Number(line.find((each) => each.startsWith(`${name} `))?.slice(name.length + 1) ?? 0)
      })
      const labels = 'method="GET",route="/:owner/:slug/-/events"'
      const [count, open] = [`musehub_http_request_seconds_count{${labels}}`, "musehub_event_streams_open"]
      const [counted, were] = [yield* sample(count), yield* sample(open)]
      const inFlight = yield* sample("musehub_http_requests_in_flight")
      const life = yield* Scope.make()
      const path = yield* streamOf(new Browser(hub.url), `/${target.repository}`)
      yield* (yield* Scope.provide(stream(hub, path), life)).begun
      assert.strictEqual(yield* sample(count), counted + 1)
      assert.strictEqual(yield* sample(open), were + 1)
      assert.strictEqual(yield* sample("musehub_http_requests_in_flight"), inFlight)
      yield* Scope.close(life, Exit.void)
      for (let tries = 0; (yield* sample(open)) > were && tries < 50; tries += 1) yield* Effect.sleep(20)
      assert.strictEqual(yield* sample(open), were)
      assert.strictEqual(yield* sample(count), counted + 1, "once")
      assert.strictEqual(yield* sample("musehub_http_requests_in_flight"), inFlight)
    }).pipe(Effect.scoped)
  )
})
