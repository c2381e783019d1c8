/** How `/docs` and `/openapi.json` travel: compressed where the client accepts it, and only when they changed. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { brotliDecompressSync, gunzipSync } from "node:zlib"
import { type Answer, type HeaderList, send } from "../hub/Http.ts"
import { describeOnMemoryStage, Stage } from "../hub/Stage.ts"

const pages = ["/docs", "/openapi.json"]

const get = Effect.fnUntraced(function* (path: string, headers: HeaderList = [], method = "GET") {
  const { url } = (yield* Stage).hub
  return yield* Effect.orDie(send({ method, url, path, headers: [["Host", new URL(url).host], ...headers] }))
})

const decoders: { readonly [encoding: string]: (body: Uint8Array) => Uint8Array } = {
  gzip: gunzipSync,
  br: brotliDecompressSync
}

const varies = ({ headers }: Answer) => String(headers["vary"]).toLowerCase().includes("accept-encoding")

describeOnMemoryStage("/docs and /openapi.json", (it) => {
  it.effect("are compressed as the client accepts, and plain for a client that accepts nothing", () =>
    Effect.gen(function* () {
      for (const path of pages) {
        const plain = yield* get(path)
        assert.strictEqual(plain.status, 200)
        assert.isUndefined(plain.headers["content-encoding"], path)
        assert.isTrue(varies(plain), path)
        for (const [encoding, decode] of Object.entries(decoders)) {
          const packed = yield* get(path, [["Accept-Encoding", encoding]])
          assert.strictEqual(packed.status, 200)
          assert.strictEqual(packed.headers["content-encoding"], encoding, path)
          assert.isTrue(varies(packed), path)
          assert.isBelow(packed.body.byteLength * 2, plain.body.byteLength, path)
          assert.deepStrictEqual(new Uint8Array(decode(packed.body)), new Uint8Array(plain.body), path)
          assert.strictEqual(packed.headers["etag"], plain.headers["etag"], path)
        }
      }
    })
  )

  it.effect("have an ETag, and are 304 without a body for a client that has it", () =>
    Effect.gen(function* () {
      const tags = new Set<string>()
      for (const path of pages) {
        const { etag } = (yield* get(path)).headers
        assert.match(String(etag), /^W\/"[0-9a-f]{64}"$/, path)
        tags.add(String(etag))
        for (const condition of [String(etag), `"other", ${String(etag)}`, "*"]) {
          const had = yield* get(path, [
            ["If-None-Match", condition],
            ["Accept-Encoding", "gzip"]
          ])
          assert.strictEqual(had.status, 304, path)
          assert.strictEqual(had.body.byteLength, 0, path)
          assert.strictEqual(had.headers["etag"], etag, path)
          assert.isTrue(varies(had), path)
        }
        assert.strictEqual((yield* get(path, [["If-None-Match", '"other"']])).status, 200, path)
        assert.strictEqual((yield* get(path, [], "HEAD")).headers["etag"], etag, path)
      }
      assert.strictEqual(tags.size, pages.length)
    })
  )
})
