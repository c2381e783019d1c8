/**
 * S3 over a bad connection: lost answers, refusals, silence and truncated bodies, each encountered once by a request of
 * the adapter. Puts must succeed as usual, document writes must report an unknown outcome, and no stream may end early.
 */
import { PutObjectCommand } from "@aws-sdk/client-s3"
import { assert, it } from "@effect/vitest"
import { plugin } from "@musehub/adapter-s3/plugin"
import { blobOf } from "@musehub/domain/object/Blob"
import type { CanonicalObject } from "@musehub/domain/object/CanonicalObject"
import type { BlobId } from "@musehub/domain/object/Id"
import type { DocumentRead } from "@musehub/domain/port/ObjectStore"
import { type DocumentKey, immutablePath } from "@musehub/domain/port/StoreKey"
import { DocumentName } from "@musehub/domain/repository/Names"
import { Effect, Fiber, Layer, Option, Stream } from "effect"
import { randomBytes } from "node:crypto"
import { inspect } from "node:util"
import { answer, type Fate, first, pass, type Seen } from "../services/FaultyProxy.ts"
import { sdkClient } from "../services/S3Server.ts"
import { acquireS3, describeS3, s3Url } from "../services/services.ts"
import { anyRepository, impatient, storeBehindProxy } from "./support.ts"

const s3 = await acquireS3()

const utf8 = (text: string) => new TextEncoder().encode(text)
const isPut = ({ method }: Seen) => method === "PUT"
const isGet = ({ method, path }: Seen) => method === "GET" && /repositories|hub/.test(path)
const puts = (proxy: { readonly seen: ReadonlyArray<Seen> }) => proxy.seen.filter(isPut).length
const textOf = (read: DocumentRead) => (read._tag === "Found" ? Buffer.from(read.document.bytes).toString() : read._tag)
const openError = (url: string) => Effect.flip(Effect.scoped(Layer.build(plugin.layer(url))))
const sizeOf = (chunks: ReadonlyArray<Uint8Array>) => chunks.reduce((total, chunk) => total + chunk.byteLength, 0)
const keyOf = (repository: ReturnType<typeof anyRepository>, blob: CanonicalObject<"blob">) => ({
  repository,
  type: "blob" as const,
  id: blob.id as BlobId
})

describeS3("a put to S3", s3, (s3) => {
  const faults: ReadonlyArray<readonly [name: string, fate: Fate, outcome: "created" | "identical"]> = [
    ["finds its own object when the answer is lost", { do: "loseAnswer" }, "identical"],
    ["whose connection is reset is sent again", { do: "loseRequest" }, "created"],
    ["that is never answered is sent again", { do: "hang" }, "created"],
    ["is sent again after SlowDown", answer(503, "SlowDown"), "created"],
    ["is sent again after an internal error", answer(500, "InternalError"), "created"],
    ["is sent again after bytes arrived damaged", answer(400, "BadDigest"), "created"],
    ["is sent again after 409, another write under way", answer(409, "ConditionalRequestConflict"), "created"],
    ["is sent again after 404, a deletion under way", answer(404, "NoSuchKey"), "created"],
    ["is sent again after a 412 about an object that is gone", answer(412, "PreconditionFailed"), "created"],
    ["works where conditions are not implemented", answer(501, "NotImplemented"), "created"]
  ]
  for (const [name, fate, outcome] of faults) {
    it.live(name, () =>
      Effect.gen(function* () {
        const { store, proxy } = yield* storeBehindProxy(s3, impatient)
        const repository = anyRepository()
        const blob = blobOf(utf8(name))
        proxy.decide(first(1, isPut, fate))
        assert.strictEqual((yield* store.put(repository, blob)).outcome, outcome)
        assert.strictEqual(puts(proxy), 2)
        assert.deepStrictEqual(Buffer.from(yield* store.get(keyOf(repository, blob))), Buffer.from(utf8(name)))
      })
    )
  }

  it.live("is given up after a bounded number of tries, and reports that another may help", () =>
    Effect.gen(function* () {
      const { store, proxy } = yield* storeBehindProxy(s3)
      proxy.decide((seen) => (isPut(seen) ? answer(503, "SlowDown") : pass))
      const error = yield* Effect.flip(store.put(anyRepository(), blobOf(utf8("x"))))
      assert.isTrue(error._tag === "StoreUnavailable" && error.isRetryable)
      assert.strictEqual(puts(proxy), 6)
    })
  )

  it.live("does not overwrite where conditions are not implemented", () =>
    Effect.gen(function* () {
      const { store, proxy } = yield* storeBehindProxy(s3)
      const repository = anyRepository()
      const blob = blobOf(utf8("the first bytes"))
      yield* store.put(repository, blob)
      proxy.decide((seen) => (isPut(seen) && "if-none-match" in seen.headers ? answer(501, "NotImplemented") : pass))
      assert.strictEqual((yield* store.put(repository, blob)).outcome, "identical")
      assert.strictEqual(puts(proxy), 2)
    })
  )

  it.live("sends the hash of its bytes and the condition", () =>
    Effect.gen(function* () {
      const { store, proxy } = yield* storeBehindProxy(s3)
      const blob = blobOf(utf8("bytes"))
      yield* store.put(anyRepository(), blob)
      const headers = proxy.seen.find(isPut)?.headers ?? {}
      assert.strictEqual(headers["if-none-match"], "*")
      assert.strictEqual(headers["x-amz-checksum-sha256"], Buffer.from(blob.sha256, "hex").toString("base64"))
      assert.strictEqual(headers["x-amz-content-sha256"], blob.sha256)
      assert.strictEqual(headers["x-amz-meta-sha256"], blob.sha256)
      assert.isUndefined(headers["x-amz-sdk-checksum-algorithm"])
      assert.isUndefined(headers["expect"])
    })
  )

  it.live("costs one HEAD on a hit, and one PUT more where other bytes are there", () =>
    Effect.gen(function* () {
      const { store, proxy, prefix } = yield* storeBehindProxy(s3)
      const repository = anyRepository()
      const blob = blobOf(utf8("wanted"))
      yield* store.put(repository, blob)
      const before = proxy.seen.length
      assert.strictEqual((yield* store.put(repository, blob)).outcome, "identical")
      assert.deepStrictEqual(
        proxy.seen.slice(before).map(({ method }) => method),
        ["PUT", "HEAD"]
      )
      const other = blobOf(utf8("other"))
      yield* putPast(`${prefix}/${immutablePath(keyOf(repository, other))}`, utf8("not that"), "0".repeat(64))
      const damaged = proxy.seen.length
      assert.strictEqual((yield* store.put(repository, other)).outcome, "replaced")
      assert.deepStrictEqual(
        proxy.seen.slice(damaged).map(({ method }) => method),
        ["PUT", "HEAD", "PUT"]
      )
      assert.strictEqual(Buffer.from(yield* store.get(keyOf(repository, other))).toString(), "other")
    })
  )

  it.live("reads a hit that has no hash", () =>
    Effect.gen(function* () {
      const { store, prefix } = yield* storeBehindProxy(s3)
      const repository = anyRepository()
      const [same, other] = [blobOf(utf8("same")), blobOf(utf8("other"))]
      yield* putPast(`${prefix}/${immutablePath(keyOf(repository, same))}`, utf8("same"))
      yield* putPast(`${prefix}/${immutablePath(keyOf(repository, other))}`, utf8("wrong"))
      assert.strictEqual((yield* store.put(repository, same)).outcome, "identical")
      assert.strictEqual((yield* store.put(repository, other)).outcome, "replaced")
    })
  )

  it.live("refreshes the modification time of an old hit and keeps its bytes", () =>
    Effect.gen(function* () {
      const { store } = yield* storeBehindProxy(s3, {}, { refreshAgeMillis: 1000 })
      const repository = anyRepository()
      const blob = blobOf(utf8("old"))
      yield* store.put(repository, blob)
      const before = yield* store.head(keyOf(repository, blob))
      yield* Effect.sleep("2500 millis")
      assert.strictEqual((yield* store.put(repository, blob)).outcome, "identical")
      const after = yield* store.head(keyOf(repository, blob))
      assert.isAbove(after.storedAtMillis, before.storedAtMillis)
      assert.strictEqual(Buffer.from(yield* store.get(keyOf(repository, blob))).toString(), "old")
      assert.strictEqual((yield* store.put(repository, blob)).outcome, "identical")
    })
  )

  it.live("stays within the limit of requests for many objects", () =>
    Effect.gen(function* () {
      const { store, proxy } = yield* storeBehindProxy(s3, { concurrency: "4" })
      const repository = anyRepository()
      const blobs = Array.from({ length: 40 }, (_, n) => blobOf(utf8(`blob ${n}`)))
      yield* Effect.forEach(blobs, (blob) => store.put(repository, blob), { concurrency: "unbounded" })
      proxy.decide(() => ({ do: "hang" }))
      const more = Array.from({ length: 40 }, (_, n) => blobOf(utf8(`blob ${n} that hangs`)))
      const hanging = yield* Effect.forkChild(
        Effect.forEach(more, (blob) => store.put(repository, blob), { concurrency: "unbounded" })
      )
      while (proxy.busiest() < 2) yield* Effect.sleep(10)
      yield* Effect.sleep(200)
      assert.isAtMost(proxy.busiest(), 4)
      yield* Fiber.interrupt(hanging)
    })
  )

  it.live("reads small objects while slow uploads take all the requests that they may", () =>
    Effect.gen(function* () {
      const { store, proxy } = yield* storeBehindProxy(s3, { concurrency: "4" })
      const repository = anyRepository()
      const small = blobOf(utf8("small"))
      yield* store.put(repository, small)
      proxy.decide(({ method }) => (method === "PUT" ? { do: "hang" } : pass))
      const large = Array.from({ length: 8 }, (_, n) => blobOf(new Uint8Array(300 * 1024).fill(n)))
      const uploads = yield* Effect.forkChild(
        Effect.forEach(large, (blob) => store.put(repository, blob), { concurrency: "unbounded" })
      )
      yield* Effect.sleep(200)
      const read = yield* Effect.timeout(store.get(keyOf(repository, small)), "5 seconds")
      assert.strictEqual(Buffer.from(read).toString(), "small")
      yield* Fiber.interrupt(uploads)
    })
  )
})

describeS3("a document on S3", s3, (s3) => {
  const key: DocumentKey = { kind: "hub", collection: "names", name: DocumentName.make("a-name") }
  const absent = { _tag: "Absent" } as const
  const unknowns: ReadonlyArray<readonly [name: string, fate: Fate, after: string]> = [
    ["whose answer is lost", { do: "loseAnswer" }, "mine"],
    ["that the service had no time for", answer(503, "SlowDown"), "Absent"],
    ["that another write delays (409)", answer(409, "ConditionalRequestConflict"), "Absent"],
    ["that crashed the service", answer(500, "InternalError"), "Absent"],
    ["that is cut off without an answer", answer(500, "UnknownError"), "Absent"],
    ["that is never answered", { do: "hang" }, "Absent"],
    ["whose connection is reset", { do: "loseRequest" }, "Absent"]
  ]
  for (const [name, fate, after] of unknowns) {
    it.live(`write ${name} has one attempt and an unknown outcome`, () =>
      Effect.gen(function* () {
        const { store, proxy } = yield* storeBehindProxy(s3, impatient)
        proxy.decide((seen) => (isPut(seen) ? fate : pass))
        const error = yield* Effect.flip(store.documents.write(key, utf8("mine"), absent))
        assert.isTrue(error._tag === "StoreUnavailable" && error.isRetryable)
        assert.strictEqual(puts(proxy), 1)
        assert.strictEqual(textOf(yield* store.documents.read(key)), after)
      })
    )
  }

  for (const [status, code] of [
    [412, "PreconditionFailed"],
    [404, "NoSuchKey"]
  ] as const) {
    it.live(`replaced under a condition that ${status} refuses is a conflict`, () =>
      Effect.gen(function* () {
        const { store, proxy } = yield* storeBehindProxy(s3)
        const first = yield* store.documents.write(key, utf8("1"), absent)
        const version = yield* store.documents.write(key, utf8("2"), { _tag: "Version", version: first })
        proxy.decide((seen) => (isPut(seen) ? answer(status, code) : pass))
        const before = puts(proxy)
        const error = yield* Effect.flip(store.documents.write(key, utf8("3"), { _tag: "Version", version }))
        assert.strictEqual(error._tag, "DocumentConflict")
        assert.strictEqual(puts(proxy), before + 1)
      })
    )
  }

  it.live("does not conflict when it is created in a bucket that vanished", () =>
    Effect.gen(function* () {
      const { store, proxy } = yield* storeBehindProxy(s3)
      proxy.decide((seen) => (isPut(seen) ? answer(404, "NoSuchBucket") : pass))
      const error = yield* Effect.flip(store.documents.write(key, utf8("1"), absent))
      assert.isTrue(error._tag === "StoreUnavailable" && !error.isRetryable)
    })
  )

  it.live("is replaced in one request once the service's spelling of a condition is known", () =>
    Effect.gen(function* () {
      const { store, proxy } = yield* storeBehindProxy(s3)
      let version = yield* store.documents.write(key, utf8("0"), absent)
      version = yield* store.documents.write(key, utf8("1"), { _tag: "Version", version })
      for (const text of ["2", "3"]) {
        const before = proxy.seen.length
        version = yield* store.documents.write(key, utf8(text), { _tag: "Version", version })
        assert.strictEqual(proxy.seen.length, before + 1)
      }
      assert.strictEqual(textOf(yield* store.documents.read(key)), "3")
      assert.strictEqual((yield* store.documents.read(key, version))._tag, "Unchanged")
    })
  )

  it.live("goes to exactly one of 32 writers that replace it at once", () =>
    Effect.gen(function* () {
      const { store } = yield* storeBehindProxy(s3)
      const version = yield* store.documents.write(key, utf8("before"), absent)
      const outcomes = yield* Effect.forEach(
        Array.from({ length: 32 }, (_, n) => utf8(`writer ${n}`)),
        (bytes) => Effect.result(store.documents.write(key, bytes, { _tag: "Version", version })),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(outcomes.filter(({ _tag }) => _tag === "Success").length, 1)
      for (const outcome of outcomes) {
        if (outcome._tag === "Failure") assert.strictEqual(outcome.failure._tag, "DocumentConflict")
      }
    })
  )
})

describeS3("reading from S3", s3, (s3) => {
  const large = blobOf(randomBytes(2 * 1024 * 1024))
  const small = blobOf(utf8("small ".repeat(1000)))

  it.live("reads again when the connection broke before it returned a byte", () =>
    Effect.gen(function* () {
      const { store, proxy } = yield* storeBehindProxy(s3)
      const repository = anyRepository()
      yield* store.put(repository, small)
      yield* store.put(repository, large)
      for (const fate of [{ do: "truncate", bytes: 100 }, { do: "loseAnswer" }, answer(503, "SlowDown")] as const) {
        for (const blob of [small, large]) {
          proxy.decide(first(1, isGet, fate))
          assert.strictEqual((yield* store.get(keyOf(repository, blob))).byteLength, blob.size)
        }
        proxy.decide(first(1, isGet, fate))
        const read = yield* Stream.runCollect(store.stream(keyOf(repository, small)))
        assert.strictEqual(Buffer.concat(read).byteLength, small.size)
      }
    })
  )

  it.live("fails a stream that is cut, and never ends it early", () =>
    Effect.gen(function* () {
      const { store, proxy } = yield* storeBehindProxy(s3)
      const repository = anyRepository()
      yield* store.put(repository, large)
      proxy.decide(first(1, isGet, { do: "truncate", bytes: 1_500_000 }))
      let seen = 0
      const error = yield* store.stream(keyOf(repository, large)).pipe(
        Stream.runForEach((chunk) => Effect.sync(() => void (seen += chunk.byteLength))),
        Effect.flip
      )
      assert.isAbove(seen, 0)
      assert.isBelow(seen, large.size)
      assert.isTrue(error._tag === "StoreUnavailable" && error.isRetryable)
    })
  )

  it.live("waits longer for a slow reader than for a slow service", () =>
    Effect.gen(function* () {
      const { store } = yield* storeBehindProxy(s3, { timeout_millis: "300" })
      const repository = anyRepository()
      yield* store.put(repository, large)
      let waits = 2
      const read = yield* store.stream(keyOf(repository, large)).pipe(
        Stream.tap(() => (waits-- > 0 ? Effect.sleep("700 millis") : Effect.void)),
        Stream.runCollect
      )
      assert.strictEqual(sizeOf(read), large.size)
    })
  )

  it.live("releases its connection when the reader stops, and continues with others", () =>
    Effect.gen(function* () {
      const { store } = yield* storeBehindProxy(s3, { concurrency: "1" })
      const repository = anyRepository()
      yield* store.put(repository, large)
      for (let n = 0; n < 12; n++) {
        yield* Stream.runDrain(Stream.take(store.stream(keyOf(repository, large)), 1))
      }
      assert.strictEqual((yield* store.get(keyOf(repository, large))).byteLength, large.size)
    })
  )

  it.live("does not block a put that the stream feeds, even with one request at a time", () =>
    Effect.gen(function* () {
      const { store } = yield* storeBehindProxy(s3, { concurrency: "1" })
      const [from, to] = [anyRepository(), anyRepository()]
      yield* store.put(from, large)
      const sizes = yield* store.stream(keyOf(from, large)).pipe(
        Stream.mapEffect((chunk) => Effect.as(store.put(to, blobOf(chunk)), chunk.byteLength)),
        Stream.runFold(
          () => 0,
          (total, size) => total + size
        )
      )
      assert.strictEqual(sizes, large.size)
    })
  )

  it.live("fails a listing when one of its pages cannot be read", () =>
    Effect.gen(function* () {
      const { store, proxy } = yield* storeBehindProxy(s3)
      const repository = anyRepository()
      const blobs = [1, 2, 3].map((n) => blobOf(utf8(`${n}`)))
      yield* Effect.forEach(blobs, (blob) => store.put(repository, blob))
      const page = yield* store.list(repository, "blob", { limit: 2 })
      assert.strictEqual(page.items.length, 2)
      proxy.decide(() => answer(403, "AccessDenied"))
      const after = Option.getOrUndefined(page.next)
      const error = yield* Effect.flip(store.list(repository, "blob", { limit: 2, after }))
      assert.isFalse(error.isRetryable)
      proxy.decide(first(1, () => true, answer(500, "InternalError")))
      assert.strictEqual((yield* store.list(repository, "blob", { limit: 2, after })).items.length, 1)
    })
  )
})

describeS3("opening a store on S3", s3, (s3) => {
  it.live("refuses a bucket that does not exist, and does not create it", () =>
    Effect.gen(function* () {
      const error = yield* openError(s3Url({ ...s3, bucket: "musehub-no-such-bucket" }, "x"))
      assert.isTrue(error._tag === "StoreUnavailable" && !error.isRetryable)
      assert.include(inspect(error), "s3://musehub-no-such-bucket/x")
      assert.include(inspect(error), "the bucket does not exist")
    })
  )

  it.live("shows no credential when the credentials are wrong", () =>
    Effect.gen(function* () {
      const right = process.env["AWS_SECRET_ACCESS_KEY"]
      process.env["AWS_SECRET_ACCESS_KEY"] = "a-wrong-secret"
      const error = yield* Effect.ensuring(
        openError(s3Url(s3, "x")),
        Effect.sync(() => {
          process.env["AWS_SECRET_ACCESS_KEY"] = right
        })
      )
      const shown = inspect(error, { depth: Infinity, showHidden: true }) + JSON.stringify(error) + String(error)
      assert.include(shown, "the secret key does not fit the access key")
      for (const secret of ["a-wrong-secret", s3.accessKeyId, "Signature=", "AWS4-HMAC"]) {
        assert.notInclude(shown, secret)
      }
    })
  )

  it.live("shows no credential in the failure of a request", () =>
    Effect.gen(function* () {
      const { store, proxy } = yield* storeBehindProxy(s3)
      const key = keyOf(anyRepository(), blobOf(utf8("x")))
      for (const fate of [answer(403, "SignatureDoesNotMatch"), answer(400, "AuthorizationHeaderMalformed")]) {
        proxy.decide(() => fate)
        const error = yield* Effect.flip(store.get(key))
        const shown = inspect(error, { depth: Infinity, showHidden: true }) + JSON.stringify(error)
        for (const secret of [s3.secretAccessKey, s3.accessKeyId, "Signature=", "AWS4-HMAC"]) {
          assert.notInclude(shown, secret)
        }
      }
    })
  )

  it.live("detects that bytes with a wrong checksum are refused, and leaves nothing behind", () =>
    Effect.gen(function* () {
      const { store } = yield* storeBehindProxy(s3)
      const enforced = yield* Effect.fromOption(store.probeChecksum)
      assert.isTrue(yield* enforced)
      const left = yield* store.documents.list({ kind: "hub", collection: "probe" }, { limit: 10 })
      assert.deepStrictEqual(left.items, [])
    })
  )

  it.live("detects a service that ignores checksums", () =>
    Effect.gen(function* () {
      const { store, proxy } = yield* storeBehindProxy(s3)
      proxy.decide((seen) => (isPut(seen) ? answer(200, "ignored") : pass))
      assert.isFalse(yield* yield* Effect.fromOption(store.probeChecksum))
    })
  )
})

/** Puts bytes without the adapter, as another program might. */
const putPast = (path: string, bytes: Uint8Array, sha256?: string) =>
  Effect.promise(async () => {
    if ("skipped" in s3) return
    const client = sdkClient(s3)
    const metadata = sha256 === undefined ? {} : { Metadata: { sha256 } }
    await client.send(new PutObjectCommand({ Bucket: s3.bucket, Key: path, Body: bytes, ...metadata }))
    client.destroy()
  })
