/** How much one caller may ask for: requests, wrong tokens, and pushes and clones at a time. */
import { assert, describe, it } from "@effect/vitest"
import * as MemoryIndex from "@musehub/adapter-memory/MemoryIndex"
import * as MemoryObjectStore from "@musehub/adapter-memory/MemoryObjectStore"
import { CurrentRateLimits, type RateLimits } from "@musehub/http/limits/RateLimits"
import { TokenBuckets } from "@musehub/http/limits/TokenBuckets"
import { Effect, Layer } from "effect"
import { connect } from "node:net"
import { assertProblem } from "../hub/assertProblem.ts"
import { send } from "../hub/Http.ts"
import { startHub, tokenFor } from "../hub/Hub.ts"
import { createRepository, postJson } from "../muse/MuseClient.ts"

const none: RateLimits = { requests: null, failures: null, transfersMax: 1000 }

const hubWith = (limits: Partial<RateLimits>) =>
  Effect.gen(function* () {
    const storage = yield* Layer.build(Layer.fresh(Layer.merge(MemoryObjectStore.layer(), MemoryIndex.layer)))
    const hub = yield* Effect.provideService(startHub(storage), CurrentRateLimits, { ...none, ...limits })
    const ask = (token?: string, path = "/api/v1/repos") =>
      send({
        method: "GET",
        url: hub.url,
        path,
        headers: [["Host", "hub"], ...(token === undefined ? [] : ([["Authorization", `Bearer ${token}`]] as const))]
      })
    return { ask, hub }
  })

describe("rate limits", () => {
  it.live("an address without a token is refused with 429 once it used its share, and told when to come back", () =>
    Effect.gen(function* () {
      const { ask, hub } = yield* hubWith({ requests: { requests: 3, seconds: 3600 } })
      for (const remaining of [2, 1, 0]) {
        const answer = yield* ask(undefined, "/health")
        assert.strictEqual(answer.status, 200)
        assert.strictEqual(answer.headers["ratelimit-policy"], '"requests";q=3;w=3600')
        assert.match(String(answer.headers["ratelimit"]), new RegExp(`^"requests";r=${remaining};t=[1-9]\\d*$`))
      }
      const refused = yield* ask(undefined, "/ada/songs/refs")
      const problem = assertProblem(refused, 429, /more requests than this hub allows; try again in \d+ seconds/)
      const seconds = Number(refused.headers["retry-after"])
      assert.isAbove(seconds, 1100)
      assert.isAtMost(seconds, 1200)
      assert.strictEqual(problem.get("retryAfterSeconds"), seconds)
      // Another caller is not affected.
      assert.strictEqual((yield* ask(yield* tokenFor(hub, "ada"))).status, 200)
    }).pipe(Effect.scoped)
  )

  it.live("each token has a share of its own, whatever address it comes from", () =>
    Effect.gen(function* () {
      const { ask, hub } = yield* hubWith({ requests: { requests: 2, seconds: 3600 } })
      const [ada, bob] = [yield* tokenFor(hub, "ada"), yield* tokenFor(hub, "bob")]
      const statuses: Array<number> = []
      for (const token of [ada, ada, ada, bob, bob, bob]) statuses.push((yield* ask(token)).status)
      assert.deepStrictEqual(statuses, [200, 200, 429, 200, 200, 429])
    }).pipe(Effect.scoped)
  )

  it.live("made-up Authorization headers share what their address may ask for, on every path", () =>
    Effect.gen(function* () {
      const { hub } = yield* hubWith({ requests: { requests: 6, seconds: 3600 } })
      const ask = (path: string, authorization: string) =>
        send({
          method: "GET",
          url: hub.url,
          path,
          headers: [
            ["Host", "hub"],
            ["Authorization", authorization]
          ]
        })
      const paths = ["/health", "/ready", "/metrics", "/no/such/path", "/%zz", "/docs"]
      for (const path of paths) assert.notStrictEqual((yield* ask(path, `Bearer made-up${path}`)).status, 429, path)
      for (const path of paths) {
        assert.strictEqual((yield* ask(path, `Bearer another${path}`)).status, 429, path)
        assert.strictEqual((yield* ask(path, `Digest ${path}`)).status, 429, path)
      }
    }).pipe(Effect.scoped)
  )

  it.live("a token has one share, however its header is spelled, and takes nothing from its address", () =>
    Effect.gen(function* () {
      const { ask, hub } = yield* hubWith({ requests: { requests: 3, seconds: 3600 } })
      const ada = yield* tokenFor(hub, "ada")
      const statuses: Array<number> = []
      for (const spelling of ["Bearer ", "bearer ", "BEARER  ", "Bearer   "]) {
        const headers = [
          ["Host", "hub"],
          ["Authorization", `${spelling}${ada}`]
        ] as const
        statuses.push((yield* send({ method: "GET", url: hub.url, path: "/api/v1/repos", headers })).status)
      }
      assert.deepStrictEqual(statuses, [200, 200, 200, 429])
      const left: Array<number> = []
      for (let time = 0; time < 4; time++) left.push((yield* ask()).status)
      assert.deepStrictEqual(left, [200, 200, 200, 429])
    }).pipe(Effect.scoped)
  )

  it.live("an address with too many wrong tokens is blocked before they are looked up; valid ones still work", () =>
    Effect.gen(function* () {
      const { ask, hub } = yield* hubWith({ failures: { requests: 3, seconds: 3600 } })
      const ada = yield* tokenFor(hub, "ada")
      assert.strictEqual((yield* ask(ada)).status, 200)
      const statuses: Array<number> = []
      for (let guess = 0; guess < 5; guess++) statuses.push((yield* ask(`muse_guess-${guess}`)).status)
      assert.deepStrictEqual(statuses, [401, 401, 401, 429, 429])
      assert.strictEqual((yield* ask(ada)).status, 200)
    }).pipe(Effect.scoped)
  )

  it.live("a wrong token that is sent again and again, as the cookie of an old session is, counts once", () =>
    Effect.gen(function* () {
      const { ask, hub } = yield* hubWith({ failures: { requests: 3, seconds: 3600 } })
      const headers = [
        ["Host", "127.0.0.1"],
        ["Cookie", `musehub=ada.muse_${"x".repeat(43)}`]
      ] as const
      const look = send({ method: "GET", url: hub.url, path: "/api/v1/repos", headers })
      for (let page = 0; page < 5; page++) assert.strictEqual((yield* look).status, 401)
      for (let time = 0; time < 5; time++) assert.strictEqual((yield* ask("muse_old")).status, 401)
      assert.strictEqual((yield* ask("muse_other")).status, 401)
      assert.strictEqual((yield* ask("muse_third")).status, 429)
    }).pipe(Effect.scoped)
  )

  it.live("without limits no answer speaks of them", () =>
    Effect.gen(function* () {
      const { ask } = yield* hubWith({})
      assert.isUndefined((yield* ask()).headers["ratelimit"])
    }).pipe(Effect.scoped)
  )

  it("a share comes back evenly, and the callers that are remembered are bounded", () => {
    const buckets = new TokenBuckets({ requests: 2, seconds: 10 })
    assert.deepStrictEqual(
      [0, 0, 0, 4999, 5000, 5001, 60_000].map((now) => buckets.take("a", now).isTaken),
      [true, true, false, false, true, false, true]
    )
    const heapBefore = process.memoryUsage().heapUsed
    for (let caller = 0; caller < 300_000; caller++) buckets.take(`caller-${caller}`, 60_000)
    assert.isBelow(process.memoryUsage().heapUsed - heapBefore, 150 * 1024 * 1024)
    // The latest callers are remembered, the first are not.
    assert.strictEqual(buckets.look("caller-299999", 60_000).remaining, 1)
    assert.strictEqual(buckets.look("caller-0", 60_000).remaining, 2)
  })
})

describe("pushes and clones of one caller at a time", () => {
  it.live("with made-up tokens are those of their address; a valid token has its own", () =>
    Effect.gen(function* () {
      const { hub } = yield* hubWith({ transfersMax: 1 })
      const ada = yield* tokenFor(hub, "ada")
      const target = yield* createRepository(hub.url, ada, "ada/songs")
      const { hostname, port } = new URL(hub.url)
      const running = connect({ host: hostname, port: Number(port) })
      // A transfer without a token: it is refused, and stays until the rest of its body came.
      running.write("POST /ada/songs/push HTTP/1.1\r\nHost: hub\r\nContent-Length: 100\r\n\r\n\x81", "latin1")
      const guessing = postJson({ ...target, token: "muse_made-up" }, "fetch", { want: [], have: [] })
      const refused = yield* Effect.repeat(Effect.delay(guessing, 20), {
        until: (answer) => answer.status === 429,
        times: 500
      })
      assertProblem(refused, 429, /more pushes and clones running/)
      const bob = yield* tokenFor(hub, "bob")
      assert.strictEqual((yield* postJson({ ...target, token: bob }, "fetch", { want: [], have: [] })).status, 200)
      running.destroy()
    }).pipe(Effect.scoped)
  )

  it.live("over the limit are refused with 429, until one of them ends", () =>
    Effect.gen(function* () {
      const { hub } = yield* hubWith({ transfersMax: 1 })
      const ada = yield* tokenFor(hub, "ada")
      const target = yield* createRepository(hub.url, ada, "ada/songs")
      const { hostname, port } = new URL(hub.url)
      const running = connect({ host: hostname, port: Number(port) })
      running.write(
        `POST /ada/songs/push HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer ${ada}\r\nContent-Length: 100\r\n\r\n\x81`,
        "latin1"
      )
      const fetching = postJson(target, "fetch", { want: [], have: [] })
      const until = (status: number) =>
        Effect.repeat(Effect.delay(fetching, 20), { until: (answer) => answer.status === status, times: 500 })
      const refused = yield* until(429)
      assertProblem(refused, 429, /more pushes and clones running than this hub allows at a time/)
      assert.strictEqual(refused.headers["retry-after"], "1")
      // Another caller has transfers of its own.
      const bob = yield* tokenFor(hub, "bob")
      assert.notStrictEqual((yield* postJson({ ...target, token: bob }, "fetch", { want: [], have: [] })).status, 429)
      running.destroy()
      assert.strictEqual((yield* until(200)).status, 200)
      // What an answer takes is given back each time.
      for (let time = 0; time < 3; time++) assert.strictEqual((yield* fetching).status, 200)
    }).pipe(Effect.scoped)
  )
})
