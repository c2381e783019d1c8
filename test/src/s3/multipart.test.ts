/** Large streamed blobs on S3: parts, completion, and that a failure leaves neither an object nor a part behind. */
import { ListMultipartUploadsCommand } from "@aws-sdk/client-s3"
import { partBytesFor } from "@musehub/adapter-s3/request/Multipart"
import { assert, describe, it } from "@effect/vitest"
import { blobArriving } from "@musehub/domain/object/Blob"
import { sha256 } from "@musehub/domain/object/Digest"
import { BlobId, type RepositoryId } from "@musehub/domain/object/Id"
import { Effect, Fiber, Stream } from "effect"
import { randomBytes } from "node:crypto"
import { answer, first, type Seen } from "../services/FaultyProxy.ts"
import { type S3Connection, sdkClient } from "../services/S3Server.ts"
import { acquireS3, describeS3 } from "../services/services.ts"
import { anyRepository, storeBehindProxy } from "./support.ts"

const s3 = await acquireS3()
const mebibyte = 1024 * 1024

const isCompletion = ({ method, query }: Seen) => method === "POST" && query.has("uploadId")
const chunks = (content: Uint8Array) =>
  Stream.range(0, Math.ceil(content.byteLength / 300_000) - 1).pipe(
    Stream.map((n) => content.subarray(n * 300_000, (n + 1) * 300_000))
  )
const unfinished = (s3: S3Connection, prefix: string) =>
  Effect.promise(async () => {
    const client = sdkClient(s3)
    const { Uploads } = await client.send(new ListMultipartUploadsCommand({ Bucket: s3.bucket, Prefix: prefix }))
    client.destroy()
    return (Uploads ?? []).length
  })

describe("the size of parts", () => {
  it("stays below 10,000 parts for everything that S3 can store", () => {
    for (const size of [8 * mebibyte + 1, 70 * 1024 * mebibyte, 5 * 1024 * 1024 * mebibyte]) {
      assert.isAtMost(Math.ceil(size / partBytesFor(size)), 10_000)
      assert.isAtLeast(partBytesFor(size), 5 * mebibyte)
    }
  })
})

describeS3("multipart uploads to S3", s3, (s3) => {
  // Not a multiple of the part size, and in chunks that do not divide it either.
  const bytes = randomBytes(12 * mebibyte + 4321)
  const id = BlobId.make(sha256(bytes))
  const arriving = () => blobArriving(id, bytes.byteLength, chunks(bytes))
  const spoilt = () => {
    const other = Uint8Array.from(bytes)
    other[other.byteLength - 1] = (other[other.byteLength - 1] ?? 0) ^ 1
    return blobArriving(id, bytes.byteLength, chunks(other))
  }
  const keyOf = (repository: RepositoryId) => ({ repository, type: "blob" as const, id })

  it.live("store the bytes, and a second one sends none", () =>
    Effect.gen(function* () {
      const { store, proxy, prefix } = yield* storeBehindProxy(s3)
      const repository = anyRepository()
      assert.strictEqual((yield* store.put(repository, arriving())).outcome, "created")
      assert.strictEqual(proxy.seen.filter(({ query }) => query.has("partNumber")).length, 2)
      const read = yield* Stream.runCollect(store.stream(keyOf(repository)))
      assert.isTrue(Buffer.concat(read).equals(bytes))
      assert.isTrue(Buffer.from(yield* store.get(keyOf(repository))).equals(bytes))
      assert.strictEqual((yield* store.head(keyOf(repository))).size, bytes.byteLength)

      assert.strictEqual((yield* store.put(repository, arriving())).outcome, "identical")
      assert.strictEqual(proxy.seen.filter(({ query }) => query.has("partNumber")).length, 2)
      assert.strictEqual(yield* unfinished(s3, prefix), 0)
    })
  )

  it.live("leave nothing when the content does not match the id", () =>
    Effect.gen(function* () {
      const { store, proxy, prefix } = yield* storeBehindProxy(s3)
      const repository = anyRepository()
      const error = yield* Effect.flip(store.put(repository, spoilt()))
      assert.strictEqual(error._tag, "ContentRefused")
      assert.isTrue(
        proxy.seen.some(({ method, query }) => method === "DELETE" && query.has("uploadId")),
        "the upload was aborted"
      )
      assert.strictEqual((yield* Effect.flip(store.head(keyOf(repository))))._tag, "ObjectMissing")
      assert.strictEqual(yield* unfinished(s3, prefix), 0)
    })
  )

  it.live("refuse wrong content also when the object exists already", () =>
    Effect.gen(function* () {
      const { store } = yield* storeBehindProxy(s3)
      const repository = anyRepository()
      yield* store.put(repository, arriving())
      assert.strictEqual((yield* Effect.flip(store.put(repository, spoilt())))._tag, "ContentRefused")
    })
  )

  it.live("leave nothing when they are interrupted", () =>
    Effect.gen(function* () {
      const { store, proxy, prefix } = yield* storeBehindProxy(s3)
      const stalling = blobArriving(id, bytes.byteLength, Stream.concat(Stream.take(chunks(bytes), 35), Stream.never))
      const putting = yield* Effect.forkChild(store.put(anyRepository(), stalling))
      while (!proxy.seen.some(({ query }) => query.has("partNumber"))) yield* Effect.sleep("20 millis")
      yield* Fiber.interrupt(putting)
      assert.strictEqual(yield* unfinished(s3, prefix), 0)
    })
  )

  it.live("send a part again that the service was too busy for", () =>
    Effect.gen(function* () {
      const { store, proxy } = yield* storeBehindProxy(s3)
      const repository = anyRepository()
      proxy.decide(first(2, ({ query }) => query.has("partNumber"), answer(503, "SlowDown")))
      assert.strictEqual((yield* store.put(repository, arriving())).outcome, "created")
      assert.isTrue(Buffer.from(yield* store.get(keyOf(repository))).equals(bytes))
    })
  )

  it.live("succeed when the answer to their completion is lost", () =>
    Effect.gen(function* () {
      const { store, proxy, prefix } = yield* storeBehindProxy(s3)
      const repository = anyRepository()
      proxy.decide(first(1, isCompletion, { do: "loseAnswer" }))
      assert.include(["created", "identical"], (yield* store.put(repository, arriving())).outcome)
      assert.isTrue(Buffer.from(yield* store.get(keyOf(repository))).equals(bytes))
      assert.strictEqual(yield* unfinished(s3, prefix), 0)
    })
  )

  it.live("are aborted when the service says that the object exists", () =>
    Effect.gen(function* () {
      const { store, proxy, prefix } = yield* storeBehindProxy(s3)
      const repository = anyRepository()
      proxy.decide(first(1, isCompletion, answer(412, "PreconditionFailed")))
      // The object does not exist after all: another try may succeed.
      const error = yield* Effect.flip(store.put(repository, arriving()))
      assert.isTrue(error._tag === "StoreUnavailable" && error.isRetryable)
      assert.strictEqual(yield* unfinished(s3, prefix), 0)
    })
  )
})
