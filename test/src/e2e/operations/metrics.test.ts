/** `GET /metrics`: what it counts, that its labels are bounded, and who may read it. */
import { bytesOf } from "@musehub/contract/StoreSamples"
import { packedBlobBytesMax } from "@musehub/domain/pack/limits"
import { assert, describe, it } from "@effect/vitest"
import { layer as cacheLayer } from "@musehub/adapter-cache/CachedObjectStore"
import * as MemoryIndex from "@musehub/adapter-memory/MemoryIndex"
import * as MemoryObjectStore from "@musehub/adapter-memory/MemoryObjectStore"
import { measuredIndex, measuredStore } from "@musehub/domain/port/interpose/measured"
import { CurrentMetricsReaders, type MetricsReaders } from "@musehub/http/operations/metrics"
import { Effect, Layer } from "effect"
import { glob, readFile } from "node:fs/promises"
import { assertProblem } from "../hub/assertProblem.ts"
import { send } from "../hub/Http.ts"
import { startHub, tokenFor } from "../hub/Hub.ts"
import { commitTo, copyOf } from "../muse/history.ts"
import { goldenRepository } from "../muse/goldenRepositories.ts"
import { clone, pushAll } from "../muse/LocalRepository.ts"
import { createRepository } from "../muse/MuseClient.ts"

/** A measured hub with a cache, to which a repository was pushed and from which it was cloned. */
const measured = (readers: MetricsReaders = "loopback") =>
  Effect.gen(function* () {
    const store = cacheLayer({ memoryBytesMax: 16 * 1024 * 1024, disk: undefined }).pipe(
      Layer.provide(measuredStore),
      Layer.provide(MemoryObjectStore.layer())
    )
    const index = Layer.provide(measuredIndex, MemoryIndex.layer)
    const hub = yield* Effect.provideService(
      startHub(yield* Layer.build(Layer.fresh(Layer.merge(store, index)))),
      CurrentMetricsReaders,
      readers
    )
    const read = (...headers: ReadonlyArray<readonly [string, string]>) =>
      send({ method: "GET", url: hub.url, path: "/metrics", headers: [["Host", "hub"], ...headers] })
    return { hub, read }
  })

const text = (body: Uint8Array) => new TextDecoder().decode(body)

/** Returns the value of a sample, 0 if there is none. */
const valueOf = (body: string, sample: string): number => {
  const line = body.split("\n").find((each) => each.startsWith(`${sample} `))
  return line === undefined ? 0 : Number(line.slice(sample.length + 1))
}

describe("GET /metrics", () => {
  it.live("counts requests by route pattern and status, calls of store and index, the cache and the process", () =>
    Effect.gen(function* () {
      const { hub, read } = yield* measured()
      const before = text((yield* read()).body)
      const target = yield* createRepository(hub.url, yield* tokenFor(hub, "ada"), "ada/secret-songs")
      const local = copyOf(goldenRepository("linear"))
      // A large blob, since what is in packs is kept by the hub itself.
      commitTo(local, "main", { "a.txt": "a", "take.wav": bytesOf(packedBlobBytesMax + 1) })
      yield* pushAll(target, local)
      yield* clone(target)
      yield* clone(target)
      yield* send({ method: "BREW", url: hub.url, path: "/coffee/pot", headers: [["Host", "hub"]] }).pipe(Effect.ignore)
      const answer = yield* read()
      assert.strictEqual(answer.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8")
      const body = text(answer.body)
      const grown = (sample: string) => valueOf(body, sample) - valueOf(before, sample)
      for (const sample of [
        'musehub_http_requests_total{method="POST",route="/:owner/:slug/push",status="200"}',
        'musehub_http_requests_total{method="POST",route="/:owner/:slug/fetch",status="200"}',
        'musehub_http_requests_total{method="POST",route="/api/v1/repos",status="201"}',
        'musehub_http_request_seconds_count{method="POST",route="/:owner/:slug/push"}',
        'musehub_store_calls_total{operation="put",outcome="answered"}',
        'musehub_store_call_seconds_count{operation="documents.read"}',
        'musehub_index_calls_total{operation="record",outcome="answered"}',
        'musehub_cache_hits_total{tier="memory"}',
        "musehub_root_writes_total"
      ])
        assert.isAbove(grown(sample), 0, sample)
      assert.isAbove(valueOf(body, 'musehub_process_memory_bytes{kind="resident"}'), 0)
      assert.include(body, 'musehub_event_loop_lag_seconds{quantile="0.99"}')
      // The request that reads them is in flight itself.
      assert.isAtLeast(valueOf(body, "musehub_http_requests_in_flight"), 1)
      assert.notInclude(body, "secret-songs")
      assert.notInclude(body, "coffee")
    }).pipe(Effect.scoped)
  )

  it.live("paths and methods that clients make up do not add to it", () =>
    Effect.gen(function* () {
      const { hub, read } = yield* measured()
      const visit = (round: number) =>
        Effect.forEach(
          ["/health", `/a${round}/b${round}/refs`, `/nowhere/${round}/x/y/z`, `/api/v1/repos/u${round}/r${round}`],
          (path) => send({ method: "GET", url: hub.url, path, headers: [["Host", "hub"]] })
        )
      yield* visit(0)
      const before = text((yield* read()).body)
        .split("\n")
        .filter((line) => line.startsWith("musehub_http"))
      for (let round = 1; round < 20; round++) yield* visit(round)
      const after = text((yield* read()).body)
        .split("\n")
        .filter((line) => line.startsWith("musehub_http"))
      // Reading them the first time adds the route of the metrics themselves.
      assert.isAtMost(after.length - before.length, 20)
    }).pipe(Effect.scoped)
  )

  it.live("are for this machine by default, and not for what a proxy on it passes on", () =>
    Effect.gen(function* () {
      const { read } = yield* measured()
      assert.strictEqual((yield* read()).status, 200)
      for (const header of ["X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"]) {
        assertProblem(yield* read([header, "for=203.0.113.7"]), 404, /no such endpoint/, header)
      }
      const open = yield* measured("everyone")
      assert.strictEqual((yield* open.read(["X-Forwarded-For", "203.0.113.7"])).status, 200)
      const closed = yield* measured("nobody")
      assertProblem(yield* closed.read(), 404, /no such endpoint/)
    }).pipe(Effect.scoped)
  )
})

describe("the dashboard", () => {
  it("names only metrics that the sources define", async () => {
    const root = new URL("../../../../", import.meta.url)
    const dashboard = await readFile(new URL("docs/grafana-dashboard.json", root), "utf8")
    const sources: Array<string> = []
    for await (const file of glob("packages/**/src/**/*.ts", { cwd: root })) {
      sources.push(await readFile(new URL(file, root), "utf8"))
    }
    const all =
      sources.join("\n").replaceAll("${service}", "store") + sources.join("\n").replaceAll("${service}", "index")
    const names = new Set(dashboard.match(/musehub_[a-z_]+/g))
    assert.isAbove(names.size, 15)
    for (const name of names) {
      assert.match(all, new RegExp(`["\`]${name.replace(/_(bucket|sum|count)$/, "")}["\`]`), name)
    }
  })
})
