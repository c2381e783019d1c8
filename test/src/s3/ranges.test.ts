/**
 * Parts of objects on S3: one request each, and only the requested bytes, also from a service that ignores ranges or
 * over a connection that breaks.
 */
import { assert, it } from "@effect/vitest"
import { blobOf } from "@musehub/domain/object/Blob"
import type { ByteRange } from "@musehub/domain/port/ObjectStore"
import { Effect, Stream } from "effect"
import { bytesOf, keyOf } from "@musehub/contract/StoreSamples"
import { type Fate, first, type Seen } from "../services/FaultyProxy.ts"
import { acquireS3, describeS3 } from "../services/services.ts"
import { anyRepository, impatient, storeBehindProxy } from "./support.ts"

const s3 = await acquireS3()

const isGet = ({ method }: Seen) => method === "GET"
const size = 1_000_000
const bytes = bytesOf(size)
const large: ByteRange = { start: 100, end: 900_000 }
const small: ByteRange = { start: 100, end: 200 }

describeS3("a part of an object on S3", s3, (s3) => {
  const setup = Effect.gen(function* () {
    const { proxy, store } = yield* storeBehindProxy(s3, impatient)
    const blob = blobOf(bytes)
    const key = keyOf(anyRepository(), blob)
    yield* store.put(key.repository, blob)
    const asked = proxy.seen.length
    const read = (range: ByteRange) => Stream.mkUint8Array(store.stream(key, range))
    return { proxy, read, requests: () => proxy.seen.slice(asked) }
  })

  it.live("costs one request with a Range, and one for the size when it is empty", () =>
    Effect.gen(function* () {
      const { read, requests } = yield* setup
      yield* read(large)
      assert.deepStrictEqual(
        requests().map(({ headers, method }) => [method, headers["range"]]),
        [["GET", "bytes=100-899999"]]
      )
      yield* read({ start: 5, end: 5 })
      assert.deepStrictEqual(
        requests().map(({ method }) => method),
        ["GET", "HEAD"]
      )
    })
  )

  it.live("is refused from a service that sends the whole object, since those are the wrong bytes", () =>
    Effect.gen(function* () {
      const { proxy, read, requests } = yield* setup
      proxy.decide(() => ({ do: "send", bytes }))
      for (const range of [small, large, { start: 0, end: 5 }, { start: 1, end: 1 + size }]) {
        const error = yield* Effect.flip(read(range))
        assert.isTrue(error._tag === "StoreUnavailable" && !error.isRetryable)
        assert.match(String(error._tag === "StoreUnavailable" ? error.reason.cause : ""), /instead of bytes/)
      }
      assert.lengthOf(requests(), 4, "trying again does not help")
      // Here the whole object is the requested part.
      assert.deepStrictEqual(Buffer.from(yield* read({ start: 0, end: size })), Buffer.from(bytes))
    })
  )

  const faults: ReadonlyArray<readonly [name: string, fate: Fate]> = [
    ["answer is lost", { do: "loseAnswer" }],
    ["connection is reset", { do: "loseRequest" }],
    ["request is never answered", { do: "hang" }]
  ]
  it.live.each(faults)("whose %s is requested again, and is the same", ([, fate]) =>
    Effect.gen(function* () {
      const { proxy, read } = yield* setup
      for (const range of [small, large]) {
        proxy.decide(first(1, isGet, fate))
        assert.deepStrictEqual(Buffer.from(yield* read(range)), Buffer.from(bytes.subarray(range.start, range.end)))
      }
    })
  )

  it.live("fails when its body is cut off, and never ends early", () =>
    Effect.gen(function* () {
      const { proxy, read } = yield* setup
      proxy.decide(first(1, isGet, { do: "truncate", bytes: 400_000 }))
      const error = yield* Effect.flip(read(large))
      assert.isTrue(error._tag === "StoreUnavailable" && error.isRetryable)
    })
  )
})
