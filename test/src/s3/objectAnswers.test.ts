/** Downloads of an object while the store does not give it: the answer is a sentence, and the log has key and cause. */
import { assert, it } from "@effect/vitest"
import { layer as cacheLayer } from "@musehub/adapter-cache/CachedObjectStore"
import * as MemoryIndex from "@musehub/adapter-memory/MemoryIndex"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { Effect, Layer, Logger } from "effect"
import { assertProblem } from "../e2e/hub/assertProblem.ts"
import { send } from "../e2e/hub/Http.ts"
import { startHub, tokenFor } from "../e2e/hub/Hub.ts"
import { blobId, commitTo, growing } from "../e2e/muse/history.ts"
import { pushAll } from "../e2e/muse/LocalRepository.ts"
import { createRepository } from "../e2e/muse/MuseClient.ts"
import { answer, type Fate, pass } from "../services/FaultyProxy.ts"
import type { S3Connection } from "../services/S3Server.ts"
import { acquireS3, describeS3 } from "../services/services.ts"
import { impatient, storeBehindProxy } from "./support.ts"

const s3 = await acquireS3()

/** Small enough for a pack, and too large for it. */
const contents = { small: "one\n", large: "0123456789abcdef".repeat(150_000) }

/** A hub with a pushed commit, and a log of what it says since. `cached` puts the cache of `serve` in front. */
const stage = Effect.fnUntraced(function* (s3: S3Connection, cached: boolean) {
  const { proxy, store } = yield* storeBehindProxy(s3, { presign: "false", ...impatient })
  const bare = Layer.succeed(ObjectStore, store)
  const front = cached ? cacheLayer({ memoryBytesMax: 64 * 1024 * 1024 }).pipe(Layer.provide(bare)) : bare
  const storage = yield* Layer.build(Layer.fresh(Layer.merge(front, MemoryIndex.layer)))
  const logged: Array<string> = []
  const pushed = yield* startHub(storage)
  const target = yield* createRepository(pushed.url, yield* tokenFor(pushed, "ada"), "ada/songs")
  const local = growing()
  const tip = commitTo(local, "main", contents)
  yield* pushAll(target, local)
  // Another process: the one that took the push still has its bytes in memory.
  const hub = yield* startHub(storage, [Logger.map(Logger.formatLogFmt, (line) => void logged.push(line))])
  logged.length = 0
  const get = (path: string, range?: string) =>
    send({
      method: "GET",
      url: `${hub.url}${path}`,
      headers: [["Host", new URL(hub.url).host], ...(range === undefined ? [] : [["Range", range] as const])]
    })
  return { get, logged, proxy, tip }
})

const fates: ReadonlyArray<readonly [name: string, fate: Fate, status: number, sentence: RegExp, cause: RegExp]> = [
  ["503", answer(503, "SlowDown"), 503, /^the object store does not answer as it should; try again/, /SlowDown/],
  [
    "403",
    answer(403, "AccessDenied"),
    500,
    /^the object store cannot be used until/,
    /AccessDenied.*grant s3:GetObject/
  ]
]

/** Most of the time the hub waits before it tries again. */
const sideBySide = { concurrent: true }

describeS3("a download of an object whose GET fails", s3, (s3) => {
  for (const cached of [false, true]) {
    for (const [name, fate, status, sentence, cause] of fates) {
      it.live(
        `with ${name} is answered with a sentence, and logged with key and cause (cache: ${cached})`,
        () =>
          Effect.gen(function* () {
            const { get, logged, proxy, tip } = yield* stage(s3, cached)
            proxy.decide(({ method, path }) => (method === "GET" && /\/(blobs|packs)\//.test(path) ? fate : pass))
            const { large, small } = contents
            for (const [path, range] of [
              [`/ada/songs/objects/blob/${blobId(large)}`],
              [`/ada/songs/objects/blob/${blobId(large)}`, "bytes=5-900000"],
              [`/ada/songs/objects/blob/${blobId(small)}`],
              [`/api/v1/repos/ada/songs/raw?ref=${tip}&path=large`]
            ] as const) {
              logged.length = 0
              const refused = yield* get(path, range)
              assertProblem(refused, status, sentence, `${path} ${range ?? ""}`)
              assert.strictEqual(refused.headers["retry-after"] !== undefined, status === 503)
              const lines = logged.join("\n")
              assert.match(lines, /(blobs|packs)\/[0-9a-f]{64}/)
              assert.match(lines, cause)
            }
            proxy.decide(() => pass)
            const whole = yield* get(`/ada/songs/objects/blob/${blobId(large)}`)
            assert.strictEqual(Buffer.from(whole.body).toString(), large)
          }),
        sideBySide
      )
    }
  }
})
