/**
 * Compressed request bodies: decoded within the limits of what they become, in every form that a body has, and refused
 * by name where the hub does not decode them.
 */
import { assert } from "@effect/vitest"
import { mpackMediaType } from "@musehub/domain/wire/mpack/Format"
import { Effect } from "effect"
import {
  brotliCompressSync,
  constants,
  createBrotliCompress,
  createDeflate,
  createGzip,
  createZstdCompress,
  deflateSync,
  gzipSync,
  zstdCompressSync
} from "node:zlib"
import { Readable } from "node:stream"
import { assertProblem } from "../hub/assertProblem.ts"
import { valueIn } from "../hub/Http.ts"
import { describeOnMemoryStage, describeOnStages, Stage } from "../hub/Stage.ts"
import { assertCloneIs } from "../muse/assertContent.ts"
import { blobId, commitTo, growing } from "../muse/history.ts"
import { bundleFor, pushBody } from "../muse/LocalRepository.ts"
import { call, heads, type Options, type Target } from "../muse/MuseClient.ts"
import { fieldsOf, type Sendable, textsOf, toJson, toMsgpack } from "../muse/Value.ts"

const supported = "gzip, deflate, br, zstd"

const encoders: { readonly [encoding: string]: (content: Uint8Array) => Uint8Array } = {
  gzip: gzipSync,
  deflate: deflateSync,
  br: brotliCompressSync,
  zstd: zstdCompressSync
}

const text = (content: string): Uint8Array => new TextEncoder().encode(content)

const encoded = (encoding: string, options: Options = {}): Options => ({
  ...options,
  headers: [["Content-Encoding", encoding]]
})

const json: Options = { contentType: "application/json" }

describeOnStages("a compressed request body (Content-Encoding)", (it) => {
  for (const [encoding, encode] of Object.entries(encoders)) {
    it.effect(`is decoded from ${encoding}: a push with its blobs`, () =>
      Effect.gen(function* () {
        const target = yield* (yield* Stage).repository()
        const local = growing()
        const tip = commitTo(local, "main", { "a.txt": "text", "large.bin": new Uint8Array(3_000_000).fill(7) })
        const bundle = bundleFor(local, tip, [])
        const objects = bundle.blobs.map((id) => ({ object_id: id, content: local.blobs.get(id) ?? new Uint8Array() }))
        const send = (path: string, value: Sendable) =>
          call(target, "POST", path, encode(toMsgpack(value)), encoded(encoding))
        assert.strictEqual((yield* send("push/objects", { objects })).status, 200)
        assert.strictEqual((yield* send("push", pushBody(local, bundle, "main"))).status, 200)
        yield* assertCloneIs(target, local)
      })
    )
  }
})

describeOnMemoryStage("a compressed request body (Content-Encoding)", (it) => {
  it.effect("is decoded in JSON, in the REST API and under the other names of an encoding", () =>
    Effect.gen(function* () {
      const target = yield* (yield* Stage).repository()
      const id = blobId("missing")
      const filter = (options: Options, body: Uint8Array) => call(target, "POST", "filter-objects", body, options)
      for (const [encoding, encode] of Object.entries({ ...encoders, GZIP: gzipSync, "x-gzip": gzipSync })) {
        const answer = yield* filter(encoded(encoding, json), encode(text(toJson({ object_ids: [id] }))))
        assert.deepStrictEqual(textsOf(valueIn(answer), "missing"), [id], encoding)
      }
      const plain = yield* filter(encoded("identity"), toMsgpack({ object_ids: [id] }))
      assert.deepStrictEqual(textsOf(valueIn(plain), "missing"), [id])

      const commits: Target = { ...target, repository: `api/v1/repos/${target.repository}` }
      const change = { op: "put", path: "a.txt", contentBase64: Buffer.from("text").toString("base64") }
      const commit = text(JSON.stringify({ branch: "main", message: "compressed", changes: [change] }))
      const made = yield* call(commits, "POST", "commits", zstdCompressSync(commit), encoded("zstd", json))
      assert.strictEqual(made.status, 201, new TextDecoder().decode(made.body))
      assert.strictEqual((yield* heads(target)).get("main"), fieldsOf(valueIn(made)).get("commitId"))
    })
  )

  it.effect("that the hub does not decode is 415, with the encodings that it does in Accept-Encoding", () =>
    Effect.gen(function* () {
      const target = yield* (yield* Stage).repository()
      const rest: Target = { ...target, repository: "api/v1" }
      for (const encoding of ["compress", "gzip, br", "exi", "constructor", "snappy"]) {
        for (const [at, path] of [
          [target, "push"],
          [target, "filter-objects"],
          [rest, "repos"]
        ] as const) {
          const answer = yield* call(at, "POST", path, gzipSync(text("{}")), encoded(encoding, json))
          assertProblem(answer, 415, /^the Content-Encoding ".*" is not supported; /, `${path} as ${encoding}`)
          assert.strictEqual(answer.headers["accept-encoding"], supported)
        }
      }
    })
  )

  it.effect("that is not what its encoding says is 400, and the hub says so", () =>
    Effect.gen(function* () {
      const target = yield* (yield* Stage).repository()
      const content = toMsgpack({ object_ids: Array.from({ length: 100 }, (_, index) => blobId(`${index}`)) })
      for (const [encoding, encode] of Object.entries(encoders)) {
        const whole = encode(content)
        for (const [name, body] of [
          ["uncompressed", content],
          ["cut", whole.subarray(0, -9)],
          ["followed by garbage", Buffer.concat([whole, text("garbage")])],
          ["empty", new Uint8Array()]
        ] as const) {
          const answer = yield* call(target, "POST", "filter-objects", body, encoded(encoding, json))
          assertProblem(answer, 400, new RegExp(`cannot be decoded as ${encoding}`), `${encoding}, ${name}`)
        }
      }
    })
  )
})

const MiB = 1024 * 1024
const bombBytes = 300 * MiB

/** 300 MB of zeros after the prefix, compressed. */
const bomb = (encoding: string, prefix = new Uint8Array()): Effect.Effect<Uint8Array> =>
  Effect.promise(async () => {
    const zeros = Readable.from([prefix, ...Array.from({ length: bombBytes / MiB }, () => new Uint8Array(MiB))])
    const fast = { [constants.BROTLI_PARAM_QUALITY]: 1 }
    const encoder = {
      gzip: () => createGzip({ level: 1 }),
      deflate: () => createDeflate({ level: 1 }),
      br: () => createBrotliCompress({ params: fast }),
      zstd: () => createZstdCompress()
    }[encoding]
    assert(encoder !== undefined)
    const chunks: Array<Uint8Array> = []
    for await (const chunk of zeros.pipe(encoder())) chunks.push(chunk as Uint8Array)
    return Buffer.concat(chunks)
  })

/** A map with one field, `x`, that is binary of 300 MB. */
const unknownField = new Uint8Array([0x81, 0xa1, 0x78, 0xc6, 0x12, 0xc0, 0x00, 0x00])

/** Returns the most bytes of buffers, beyond those at its start, that exist while the effect runs. */
const buffersMax = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<readonly [A, number], E, R> =>
  Effect.suspend(() => {
    const before = process.memoryUsage().arrayBuffers
    let most = 0
    const timer = setInterval(() => {
      most = Math.max(most, process.memoryUsage().arrayBuffers - before)
    }, 1)
    return Effect.ensuring(
      Effect.map(effect, (result) => [result, most] as const),
      Effect.sync(() => clearInterval(timer))
    )
  })

describeOnMemoryStage("a decompression bomb of 300 MB of zeros", (it) => {
  for (const encoding of Object.keys(encoders)) {
    it.effect(`costs nothing as ${encoding}`, () =>
      Effect.gen(function* () {
        const target = yield* (yield* Stage).repository()
        const rest: Target = { ...target, repository: "api/v1" }
        const [zeros, field] = [yield* bomb(encoding), yield* bomb(encoding, unknownField)]
        assert.isBelow(zeros.byteLength, 2 * MiB)
        const cases: ReadonlyArray<readonly [Target, string, Options, number, RegExp, Uint8Array?]> = [
          // Held in memory as a whole, within a small limit and within one of 16 MiB.
          [rest, "repos", json, 413, /larger than the 65536 bytes/],
          [target, "fetch", json, 413, /larger than the 4194304 bytes/],
          [rest, `repos/${target.repository}/commits`, json, 413, /grows more than 100-fold; send it without/],
          // Streamed.
          [target, "push/objects", {}, 400, /map/],
          [target, "filter-objects", {}, 413, /larger than the 75497472 bytes/, field],
          [target, "push", { contentType: mpackMediaType }, 400, /^mpack refused at byte 0/]
        ]
        for (const [at, path, options, status, sentence, body = zeros] of cases) {
          const [answer, most] = yield* buffersMax(call(at, "POST", path, body, encoded(encoding, options)))
          assertProblem(answer, status, sentence, path)
          assert.isBelow(most, bombBytes / 4, `${path}: bytes in buffers`)
        }
      })
    )
  }

  it.effect("is refused before a zstd frame takes a window of more than 8 MiB", () =>
    Effect.gen(function* () {
      const target = yield* (yield* Stage).repository()
      const params = { [constants.ZSTD_c_windowLog]: 27, [constants.ZSTD_c_enableLongDistanceMatching]: 1 }
      const body = zstdCompressSync(new Uint8Array(200 * MiB), { params })
      const answer = yield* call(target, "POST", "push/objects", body, encoded("zstd"))
      assertProblem(answer, 400, /cannot be decoded as zstd/)
    })
  )
})
