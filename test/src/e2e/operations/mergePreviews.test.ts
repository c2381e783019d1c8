/** Previews over HTTP: what many strangers ask for at once is computed once, and the hub answers others meanwhile. */
import { assert, describe, it } from "@effect/vitest"
import * as MemoryIndex from "@musehub/adapter-memory/MemoryIndex"
import * as MemoryObjectStore from "@musehub/adapter-memory/MemoryObjectStore"
import { Effect, Fiber, Layer } from "effect"
import { interposedLayer, type StoreCall } from "../../support/interposedStore.ts"
import { send, valueIn } from "../hub/Http.ts"
import { startHub, tokenFor } from "../hub/Hub.ts"
import { commitTo, growing } from "../muse/history.ts"
import { pushAll } from "../muse/LocalRepository.ts"
import { call, createRepository, ok } from "../muse/MuseClient.ts"
import { toJson, type Value } from "../muse/Value.ts"

const text = Array.from({ length: 200_000 }, (_, at) => `line ${at}\n`).join("")

/** A public repository with a proposal for each topic, and the calls that its store gets from now on. */
const proposed = Effect.fnUntraced(function* (
  start: Readonly<Record<string, string>>,
  main: Readonly<Record<string, string>>,
  topics: ReadonlyArray<Readonly<Record<string, string>>>
) {
  const calls: Array<StoreCall> = []
  const store = interposedLayer(MemoryObjectStore.layer(), (made, effect) => {
    calls.push(made)
    return effect
  })
  const hub = yield* startHub(yield* Layer.build(Layer.fresh(Layer.merge(store, MemoryIndex.layer))))
  const token = yield* tokenFor(hub, "ada")
  const songs = yield* createRepository(hub.url, token, "ada/songs", { visibility: "public" })
  const local = growing()
  const root = commitTo(local, "main", start)
  commitTo(local, "main", main)
  for (const [at, files] of topics.entries()) {
    local.heads.set(`topic${at}`, root)
    commitTo(local, `topic${at}`, files)
  }
  yield* pushAll(songs, local)
  const rest = (method: string, path: string, by: string | undefined, body?: Value) =>
    call(
      { url: hub.url, repository: "api/v1/repos/ada/songs", token: by },
      method,
      path,
      body === undefined ? undefined : new TextEncoder().encode(toJson(body)),
      { accept: "application/json", contentType: "application/json" }
    )
  for (const at of topics.keys()) {
    const proposal = new Map(Object.entries({ title: "t", fromBranch: `topic${at}`, toBranch: "main" }))
    yield* ok(rest("POST", "proposals", token, proposal))
  }
  calls.length = 0
  const preview = (number: number) => rest("GET", `proposals/${number}/merge-preview`, undefined)
  return { calls, hub, preview }
})

const field = (answer: Value, name: string) => (answer instanceof Map ? answer.get(name) : undefined)

describe("previews of large texts by strangers", () => {
  it.live("are computed once for all of them, and leave the hub to others", () =>
    Effect.gen(function* () {
      const { calls, hub, preview } = yield* proposed({ f: text }, { f: `first\n${text}` }, [{ f: `${text}last\n` }])
      const asked = yield* Effect.forkChild(
        Effect.forEach(Array.from({ length: 20 }), () => preview(1), { concurrency: 20 })
      )
      let healthy = 0
      while (asked.pollUnsafe() === undefined) {
        const answer = yield* send({
          method: "GET",
          url: `${hub.url}/health`,
          headers: [["Host", new URL(hub.url).host]]
        })
        assert.strictEqual(answer.status, 200)
        healthy++
      }
      for (const answer of yield* Fiber.join(asked)) {
        assert.strictEqual(answer.status, 200)
        assert.strictEqual(field(valueIn(answer), "outcome"), "merged")
      }
      assert.isAbove(healthy, 10, "answers of /health meanwhile")
      const reads = calls.filter(({ operation, path }) => operation === "get" && path.includes("/blobs/"))
      assert.isAtMost(reads.length, 3, "each version of the text is read once")
    })
  )
})

describe("a preview with very many conflicts", () => {
  it.live("lists the first 1,000 and counts the rest", () =>
    Effect.gen(function* () {
      const files = (content: string) =>
        Object.fromEntries(Array.from({ length: 1200 }, (_, at) => [`f${String(at).padStart(4, "0")}`, content]))
      const { preview } = yield* proposed(files("\0a"), files("\0b"), [files("\0c")])
      const answer = yield* ok(preview(1))
      const conflicts = field(answer, "conflicts")
      assert.isArray(conflicts)
      assert.strictEqual(Array.isArray(conflicts) ? conflicts.length : 0, 1000)
      assert.strictEqual(Number(field(answer, "conflictCount")), 1200)
    })
  )
})
