/**
 * Single objects and large blobs that bypass the hub, without a network: what is listed, signed and read from the
 * store.
 */
import { assert, describe, it } from "@effect/vitest"
import { emptyBlobId } from "@musehub/domain/object/Id"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { objectPath } from "@musehub/domain/port/StoreKey"
import { listLargeBlobs } from "@musehub/domain/usecase/fetch/listLargeBlobs"
import { type MpackFetch, planMpack } from "@musehub/domain/usecase/fetch/planMpack"
import { presignDownloads } from "@musehub/domain/usecase/fetch/presignDownloads"
import { ObjectUnknown, readObject } from "@musehub/domain/usecase/fetch/readObject"
import { largeBlobsMax } from "@musehub/domain/wire/Limits"
import { Duration, Effect, Option, Stream } from "effect"
import { callCount } from "../../support/countingStore.ts"
import { interposed, type Store } from "../../support/interposedStore.ts"
import {
  at,
  bob,
  newRepository,
  opened,
  openedFor,
  pushSteps,
  startHub,
  step,
  textBlob,
  withoutIndex
} from "../support/hubSamples.ts"
import { withUploads } from "../../support/uploads.ts"
import { memoryStore } from "../support/rootSamples.ts"

/** Signs by naming what was signed. */
const signing = (plain: Store): Store => {
  const { store } = withUploads(plain)
  return ObjectStore.of({
    ...store,
    signed: Option.map(store.signed, (signed) => ({
      ...signed,
      downloads: {
        presignGet: (key, timeToLive) =>
          Effect.succeed(`signed:${objectPath(key)}?seconds=${Duration.toSeconds(timeToLive)}`)
      }
    }))
  })
}

const setup = Effect.gen(function* () {
  const count = callCount()
  const store = interposed(signing(yield* memoryStore), count.interpose)
  const hub = yield* startHub({ store })
  const repository = yield* newRepository(hub)
  return { count, hub, repository, open: openedFor(hub, repository, bob, "read") }
})

describe("listLargeBlobs", () => {
  it.effect("lists the largest, up to the limit, and signs no others", () =>
    Effect.gen(function* () {
      const { count, hub, open, repository } = yield* setup
      const texts = Array.from({ length: largeBlobsMax + 50 }, (_, n) => `${n} ${"x".repeat(n)}`)
      const many = step("many", Object.fromEntries(texts.map((text, n) => [`file ${n}`, text])))
      yield* pushSteps(hub, repository, "main", [many])
      count.reset()
      const wanted = { want: [many.commit.id], have: [], bytesMin: 10 }
      const blobs = yield* at(hub)(listLargeBlobs(yield* open, wanted))
      const largest = texts.map(textBlob).toSorted((a, b) => b.size - a.size)
      assert.deepStrictEqual(
        blobs.map(({ id, size }) => ({ id, size })),
        largest.slice(0, largeBlobsMax).map(({ id, size }) => ({ id, size }))
      )
      assert.lengthOf(count.of("downloads.presignGet"), largeBlobsMax)
      const [first] = blobs
      assert.strictEqual(first?.url, `signed:repositories/${repository.id}/blobs/${first?.id}?seconds=3600`)
      assert.deepStrictEqual(
        yield* at(hub)(listLargeBlobs(yield* open, { ...wanted, bytesMin: (largest[0]?.size ?? 0) + 1 })),
        []
      )
    })
  )

  it.effect("works from the store while the index is away, as does the plan of a stream without them", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* setup
      const one = step("one", { large: "l".repeat(1000), small: "s" })
      const two = step("two", { large: "l".repeat(1000), larger: "m".repeat(2000), small: "t" }, [one])
      yield* pushSteps(hub, repository, "main", [one, two])
      const [large, larger] = [textBlob("l".repeat(1000)).id, textBlob("m".repeat(2000)).id]
      for (const from of [hub, withoutIndex(hub)]) {
        const reading = yield* openedFor(from, repository, bob, "read")
        const history = { want: [two.commit.id], have: [] }
        const blobs = yield* at(hub)(listLargeBlobs(reading, { ...history, bytesMin: 1000 }))
        assert.deepStrictEqual(
          blobs.map(({ id }) => id),
          [larger, large]
        )
        const whole = yield* at(hub)(planMpack(reading, { ...history, haveBlobs: [] }))
        const rest = yield* at(hub)(planMpack(reading, { ...history, haveBlobs: [large, larger, emptyBlobId] }))
        assert.deepStrictEqual([whole.header.blobs, rest.header.blobs], [4, 2])
        const framed = "blob 1000\0".length + "blob 2000\0".length
        assert.strictEqual(whole.header.bytes - rest.header.bytes, 3000 + framed)
        const entriesOf = ({ parts }: MpackFetch) =>
          [...parts(16)].flatMap((part) => ("loose" in part ? part.loose : part.entries))
        const left = entriesOf(rest).flatMap((entry) => (entry.type === "blob" ? [entry.id] : []))
        assert.sameMembers(left, [textBlob("s").id, textBlob("t").id])
        assert.lengthOf(entriesOf(whole), 8)
      }
    })
  )
})

describe("presignDownloads", () => {
  it.effect("signs readable objects, never the empty blob, and nothing if any object is unreadable", () =>
    Effect.gen(function* () {
      const { count, hub, open, repository } = yield* setup
      const one = step("one", { a: "a", b: "b", empty: "" })
      yield* pushSteps(hub, repository, "main", [one])
      const [a, b] = [textBlob("a").id, textBlob("b").id]
      const { inline, presigned } = yield* at(hub)(presignDownloads(yield* open, [a, emptyBlobId, b]))
      assert.deepStrictEqual([[...presigned.keys()], inline], [[a, b], [emptyBlobId]])
      count.reset()
      const stranger = textBlob("stranger").id
      const failed = yield* Effect.flip(at(hub)(presignDownloads(yield* open, [a, stranger])))
      assert.instanceOf(failed, ObjectUnknown)
      assert.deepStrictEqual([failed.type, failed.missing, failed.total], ["blob", [stranger], 1])
      assert.lengthOf(count.of("downloads.presignGet"), 0)
    })
  )
})

describe("readObject", () => {
  it.effect("reads only the size and the requested part from the store", () =>
    Effect.gen(function* () {
      const { count, hub, repository } = yield* setup
      const one = step("one", { a: "0123456789" })
      yield* pushSteps(hub, repository, "main", [one])
      const open = yield* opened(hub, repository)
      count.reset()
      const blob = yield* at(hub)(readObject(open, "blob", textBlob("0123456789").id))
      assert.strictEqual(blob.size, 10)
      const part = yield* at(hub)(Stream.mkUint8Array(blob.part({ start: 2, end: 5 })))
      assert.strictEqual(new TextDecoder().decode(part), "234")
      assert.deepStrictEqual(
        count.calls.map(({ operation }) => operation),
        ["head", "stream"]
      )
      count.reset()
      const commit = yield* at(hub)(readObject(open, "commit", one.commit.id))
      assert.lengthOf(count.calls, 0, "the index has the size and hash of a record")
      const whole = yield* at(hub)(Stream.mkUint8Array(commit.whole))
      assert.strictEqual(whole.byteLength, commit.size)
      const middle = yield* at(hub)(Stream.mkUint8Array(commit.part({ start: 7, end: 20 })))
      assert.deepStrictEqual(Buffer.from(middle), Buffer.from(whole.subarray(7, 20)))
    })
  )
})
