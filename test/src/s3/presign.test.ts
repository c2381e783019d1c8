/** Presigned uploads, sent as the real client sends them (wire protocol, section 4): no header but what urllib adds. */
import { assert, it } from "@effect/vitest"
import { BlobId } from "@musehub/domain/object/Id"
import { sha256 } from "@musehub/domain/object/Digest"
import { Duration, Effect, Option, Stream } from "effect"
import { request } from "node:http"
import { acquireS3, describeS3 } from "../services/services.ts"
import { anyRepository, storeBehindProxy } from "./support.ts"

const s3 = await acquireS3()

/** PUT with exactly the headers of the client. */
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

describeS3("presigned uploads to S3", s3, (s3) => {
  const bytes = new TextEncoder().encode("uploaded past the hub ".repeat(5000))
  const id = BlobId.make(sha256(bytes))
  const setup = Effect.gen(function* () {
    const { store, proxy } = yield* storeBehindProxy(s3)
    return { proxy, uploads: yield* Effect.fromOption(store.uploads), key: { repository: anyRepository(), id } }
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
      assert.strictEqual(proxy.seen.length, before, "signing asks nobody")
    })
  )

  it.live("take what the client sends, in the size and bytes that it sent", () =>
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
      assert.isFalse(error.retryable)
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
