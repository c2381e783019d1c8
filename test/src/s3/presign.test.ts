/**
 * Presigned transfers. Uploads are sent as the real client sends them (docs/wire.md, section 4): with only the headers
 * that urllib adds. Downloads are requested with no header but Host.
 */
import { assert, it } from "@effect/vitest"
import { blobOf } from "@musehub/domain/object/Blob"
import { BlobId } from "@musehub/domain/object/Id"
import { sha256 } from "@musehub/domain/object/Digest"
import { Duration, Effect, Option, Stream } from "effect"
import { request } from "node:http"
import { keyOf } from "@musehub/contract/StoreSamples"
import { send } from "../e2e/hub/Http.ts"
import { faultyProxy } from "../services/FaultyProxy.ts"
import { acquireS3, describeS3 } from "../services/services.ts"
import { anyRepository, storeBehindProxy } from "./support.ts"

const s3 = await acquireS3()

/** PUTs with exactly the headers of the client. */
const upload = (url: string, bytes: Uint8Array) =>
  Effect.callback<number, Error>((resume) => {
    const sent = request(
      url,
      {
        method: "PUT",
        agent: false,
        headers: {
          "Accept-Encoding": "identity",
          "Content-Type": "application/x-www-form-urlencoded",
          "Content-Length": bytes.byteLength,
          "User-Agent": "Python-urllib/3.12",
          Connection: "close"
        }
      },
      (answer) => {
        answer.resume().once("end", () => resume(Effect.succeed(answer.statusCode ?? 0)))
      }
    )
    sent.once("error", (error) => resume(Effect.fail(error)))
    sent.end(bytes)
  })

const bytes = new TextEncoder().encode("carried past the hub ".repeat(5000))

const id = BlobId.make(sha256(bytes))

describeS3("presigned uploads to S3", s3, (s3) => {
  const setup = Effect.gen(function* () {
    const { store, proxy } = yield* storeBehindProxy(s3)
    return {
      proxy,
      uploads: (yield* Effect.fromOption(store.signed)).uploads,
      key: { repository: anyRepository(), id }
    }
  })

  it.live("sign the host and nothing else", () =>
    Effect.gen(function* () {
      const { uploads, key, proxy } = yield* setup
      const before = proxy.seen.length
      const query = new URL(yield* uploads.presignPut(key, Duration.minutes(10))).searchParams
      assert.strictEqual(query.get("X-Amz-SignedHeaders"), "host")
      assert.strictEqual(query.get("X-Amz-Content-Sha256"), "UNSIGNED-PAYLOAD")
      assert.strictEqual(query.get("X-Amz-Expires"), "600")
      assert.deepStrictEqual(
        [...query.keys()].filter((name) => /checksum|crc|sha256/i.test(name) && name !== "X-Amz-Content-Sha256"),
        []
      )
      assert.strictEqual(proxy.seen.length, before, "signing sends no request")
    })
  )

  it.live("accept what the client sends, with the size and bytes that it sent", () =>
    Effect.gen(function* () {
      const { uploads, key } = yield* setup
      assert.deepStrictEqual(yield* uploads.size(key), Option.none())
      assert.strictEqual(yield* upload(yield* uploads.presignPut(key, Duration.minutes(1)), bytes), 200)
      assert.deepStrictEqual(yield* uploads.size(key), Option.some(bytes.byteLength))
      const read = yield* Stream.runCollect(uploads.stream(key))
      assert.deepStrictEqual(Buffer.concat(read), Buffer.from(bytes))
      yield* uploads.delete(key)
      yield* uploads.delete(key)
      assert.deepStrictEqual(yield* uploads.size(key), Option.none())
      const error = yield* Effect.flip(Stream.runDrain(uploads.stream(key)))
      assert.strictEqual(error._tag, "UploadMissing")
    })
  )

  it.live("are refused under another key than the signed one", () =>
    Effect.gen(function* () {
      const { uploads, key } = yield* setup
      const url = new URL(yield* uploads.presignPut(key, Duration.minutes(1)))
      url.pathname = url.pathname.replace(/[0-9a-f]$/, (digit) => (digit === "0" ? "1" : "0"))
      assert.strictEqual(yield* upload(url.href, bytes), 403)
    })
  )
})

describeS3("a store with an inner endpoint", s3, (s3) => {
  it.live("signs URLs for its public endpoint, which clients can use, and asks the inner one itself", () =>
    Effect.gen(function* () {
      const outer = yield* faultyProxy(s3.endpoint)
      const { proxy: inner, store } = yield* storeBehindProxy(s3, { public_endpoint: outer.endpoint })
      const object = blobOf(bytes)
      const key = keyOf(anyRepository(), object)
      const { downloads, uploads } = yield* Effect.fromOption(store.signed)
      const put = yield* uploads.presignPut({ repository: key.repository, id }, Duration.minutes(1))
      assert.isTrue(put.startsWith(`${outer.endpoint}/`))
      assert.strictEqual(yield* upload(put, bytes), 200)
      yield* store.put(key.repository, object)
      const seen = outer.seen.length
      const url = yield* downloads.presignGet(key, Duration.minutes(1))
      assert.isTrue(url.startsWith(`${outer.endpoint}/`))
      const answer = yield* send({ method: "GET", url, headers: [["Host", new URL(url).host]] })
      assert.deepStrictEqual(Buffer.from(answer.body), Buffer.from(bytes))
      assert.strictEqual(outer.seen.length, seen + 1)
      assert.isAbove(inner.seen.length, 0)
    })
  )

  it.live("signs no URLs with presign=false", () =>
    Effect.gen(function* () {
      const { store } = yield* storeBehindProxy(s3, { presign: "false" })
      assert.isTrue(Option.isNone(store.signed))
    })
  )
})

describeS3("presigned downloads from S3", s3, (s3) => {
  const setup = Effect.gen(function* () {
    const { store, proxy } = yield* storeBehindProxy(s3)
    const object = blobOf(bytes)
    const key = keyOf(anyRepository(), object)
    yield* store.put(key.repository, object)
    return { proxy, store, key, downloads: (yield* Effect.fromOption(store.signed)).downloads }
  })

  const get = (url: string, headers: ReadonlyArray<readonly [string, string]> = []) =>
    send({ method: "GET", url, headers: [["Host", new URL(url).host], ...headers] })

  it.live("sign the host and nothing else, without a request", () =>
    Effect.gen(function* () {
      const { downloads, key, proxy } = yield* setup
      const before = proxy.seen.length
      const query = new URL(yield* downloads.presignGet(key, Duration.hours(1))).searchParams
      assert.strictEqual(query.get("X-Amz-SignedHeaders"), "host")
      assert.strictEqual(query.get("X-Amz-Expires"), "3600")
      assert.strictEqual(proxy.seen.length, before)
    })
  )

  it.live("give the exact bytes to a client that sends no header, again and again", () =>
    Effect.gen(function* () {
      const { downloads, key } = yield* setup
      const url = yield* downloads.presignGet(key, Duration.minutes(1))
      for (let round = 0; round < 2; round += 1) {
        const answer = yield* get(url)
        assert.strictEqual(answer.status, 200)
        assert.deepStrictEqual(Buffer.from(answer.body), Buffer.from(bytes))
      }
    })
  )

  const ranges: ReadonlyArray<readonly [range: string, start: number, end: number]> = [
    ["bytes=0-0", 0, 1],
    ["bytes=1000-1999", 1000, 2000],
    ["bytes=104000-", 104_000, bytes.byteLength],
    ["bytes=-7", bytes.byteLength - 7, bytes.byteLength]
  ]
  it.live.each(ranges)("give a part to a client that resumes: %s", ([range, start, end]) =>
    Effect.gen(function* () {
      const { downloads, key } = yield* setup
      const answer = yield* get(yield* downloads.presignGet(key, Duration.minutes(1)), [["Range", range]])
      assert.strictEqual(answer.status, 206)
      assert.strictEqual(answer.headers["content-range"], `bytes ${start}-${end - 1}/${bytes.byteLength}`)
      assert.deepStrictEqual(Buffer.from(answer.body), Buffer.from(bytes.subarray(start, end)))
    })
  )

  it.live("are not valid for another object, nor for writing", () =>
    Effect.gen(function* () {
      const { downloads, key, store } = yield* setup
      const other = blobOf(new TextEncoder().encode("another's"))
      yield* store.put(key.repository, other)
      const url = new URL(yield* downloads.presignGet(key, Duration.minutes(1)))
      assert.strictEqual(yield* upload(url.href, bytes), 403)
      url.pathname = url.pathname.replace(key.id, other.id)
      assert.strictEqual((yield* get(url.href)).status, 403)
    })
  )
})

describeS3("presign=false", s3, (s3) => {
  it.live("gives out no signed URL, for clients that cannot reach the S3 server", () =>
    Effect.gen(function* () {
      const { store } = yield* storeBehindProxy(s3, { presign: "false" })
      assert.isTrue(Option.isNone(store.signed))
    })
  )
})
