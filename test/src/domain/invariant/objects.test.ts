/**
 * Single objects and large blobs that bypass the hub, without a network: what is listed, signed and read from the
 * store.
 */
import { admitted } from "@musehub/domain/usecase/admission/Admission"
import { assert, describe, it } from "@effect/vitest"
import { packedBlobBytesMax } from "@musehub/domain/pack/limits"
import { emptyBlobId, type ObjectType } from "@musehub/domain/object/Id"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { immutablePath } from "@musehub/domain/port/StoreKey"
import { listLargeBlobs } from "@musehub/domain/usecase/fetch/listLargeBlobs"
import { planMpack } from "@musehub/domain/usecase/fetch/planMpack"
import { presignDownloads } from "@musehub/domain/usecase/fetch/presignDownloads"
import { ObjectUnknown, readObject } from "@musehub/domain/usecase/fetch/readObject"
import type { OpenRepository } from "@musehub/domain/usecase/access/openRepository"
import { deleteBranch } from "@musehub/domain/usecase/branches/deleteBranch"
import { storeTags } from "@musehub/domain/usecase/tags/storeTags"
import { largeBlobsMax } from "@musehub/domain/wire/Limits"
import { TagId } from "@musehub/domain/repository/Tag"
import { Duration, Effect, Option, Stream } from "effect"
import { randomUUID } from "node:crypto"
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
  type Step,
  step,
  type TestHub,
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
          Effect.succeed(`signed:${immutablePath(key)}?seconds=${Duration.toSeconds(timeToLive)}`)
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
      const large = ["y", "z"].map((letter) => letter.repeat(packedBlobBytesMax + 1))
      const all = [...texts, ...large]
      const many = step("many", Object.fromEntries(all.map((text, n) => [`file ${n}`, text])))
      yield* pushSteps(hub, repository, "main", [many])
      count.reset()
      const wanted = { want: [many.commit.id], have: [], bytesMin: 10 }
      const blobs = yield* at(hub)(listLargeBlobs(yield* open, wanted))
      const largest = all.map(textBlob).toSorted((a, b) => b.size - a.size || (a.id < b.id ? -1 : 1))
      assert.deepStrictEqual(
        blobs.map(({ id, size }) => ({ id, size })),
        largest.slice(0, largeBlobsMax).map(({ id, size }) => ({ id, size }))
      )
      const signed = blobs.filter(({ url }) => url !== null)
      assert.sameMembers(
        signed.map(({ id }) => id),
        large.map((text) => textBlob(text).id),
        "the others are in packs"
      )
      assert.lengthOf(count.of("downloads.presignGet"), 2)
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
        const whole = yield* at(hub)(admitted("plan", planMpack(reading, { ...history, haveBlobs: [] })))
        const rest = yield* at(hub)(
          admitted("plan", planMpack(reading, { ...history, haveBlobs: [large, larger, emptyBlobId] }))
        )
        assert.deepStrictEqual([whole.header.blobs, rest.header.blobs], [4, 2])
        const framed = "blob 1000\0".length + "blob 2000\0".length
        assert.strictEqual(whole.header.bytes - rest.header.bytes, 3000 + framed)
        const left = rest.objects.flatMap((entry) => (entry.type === "blob" ? [entry.id] : []))
        assert.sameMembers(left, [textBlob("s").id, textBlob("t").id])
        assert.lengthOf(whole.objects, 8)
      }
    })
  )
})

describe("presignDownloads", () => {
  it.effect("signs readable large blobs, leaves the others to the hub, and does nothing if any is unreadable", () =>
    Effect.gen(function* () {
      const { count, hub, open, repository } = yield* setup
      const large = "l".repeat(packedBlobBytesMax + 1)
      const one = step("one", { a: large, b: "b", empty: "" })
      yield* pushSteps(hub, repository, "main", [one])
      const [a, b] = [textBlob(large).id, textBlob("b").id]
      const { inline, presigned } = yield* at(hub)(presignDownloads(yield* open, [a, emptyBlobId, b]))
      assert.deepStrictEqual([[...presigned.keys()], inline], [[a], [emptyBlobId, b]])
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
  it.effect("reads one block of a pack, and of a large blob only the size and the requested part", () =>
    Effect.gen(function* () {
      const { count, hub, repository } = yield* setup
      const large = "0123456789".repeat(packedBlobBytesMax / 5)
      const one = step("one", { a: "0123456789", large })
      yield* pushSteps(hub, repository, "main", [one])
      const cold = yield* startHub({ store: hub.store, index: hub.index })
      const open = yield* opened(cold, repository)
      const small = yield* at(cold)(readObject(open, "blob", textBlob("0123456789").id))
      assert.strictEqual(small.size, 10)
      count.reset()
      const middle = yield* at(cold)(Stream.mkUint8Array(small.part({ start: 2, end: 5 })))
      assert.strictEqual(new TextDecoder().decode(middle), "234")
      assert.deepStrictEqual(
        count.calls.map(({ operation }) => operation),
        ["stream"]
      )
      const blob = yield* at(cold)(readObject(open, "blob", textBlob(large).id))
      assert.strictEqual(blob.size, large.length)
      count.reset()
      const part = yield* at(cold)(Stream.mkUint8Array(blob.part({ start: 2, end: 5 })))
      assert.strictEqual(new TextDecoder().decode(part), "234")
      assert.lengthOf(count.of("stream", /blobs/), 1)
      const commit = yield* at(cold)(readObject(open, "commit", one.commit.id))
      const whole = yield* at(cold)(Stream.mkUint8Array(commit.whole))
      assert.strictEqual(whole.byteLength, commit.size)
      const cut = yield* at(cold)(Stream.mkUint8Array(commit.part({ start: 7, end: 20 })))
      assert.deepStrictEqual(Buffer.from(cut), Buffer.from(whole.subarray(7, 20)))
    })
  )
})

describe("single objects while the index is away", () => {
  const contentOf = (hub: TestHub, open: OpenRepository, type: ObjectType, id: string) =>
    at(hub)(
      Effect.flatMap(readObject(open, type, id), ({ part, sha256, size, whole }) =>
        Effect.gen(function* () {
          const bytes = yield* Stream.mkUint8Array(whole)
          const end = Math.min(7, size)
          const middle = yield* Stream.mkUint8Array(part({ start: 0, end }))
          assert.deepStrictEqual(middle, bytes.slice(0, end))
          return { bytes, sha256, size }
        })
      )
    )

  it.effect("are those of the store to which branches and tags lead, the same as with the index", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* setup
      const large = "large".repeat(packedBlobBytesMax / 4)
      const one = step("one", { a: "first", b: "both" })
      const two = step("two", { a: "second", b: "both", large }, [one])
      const side = step("side", { c: "tagged" }, [one])
      yield* pushSteps(hub, repository, "main", [one, two])
      yield* pushSteps(hub, repository, "side", [side])
      const tag = {
        tag_id: TagId.make(randomUUID()),
        repo_id: repository.id,
        commit_id: side.commit.id,
        tag: "stage:rough",
        created_at: "2026-11-22T15:10:09.649238+00:00"
      }
      yield* at(hub)(storeTags(yield* opened(hub, repository), [tag]))
      yield* at(hub)(deleteBranch(yield* opened(hub, repository), "side"))
      const open = yield* openedFor(withoutIndex(hub), repository, bob, "read")
      const lost = yield* openedFor(hub, repository, bob, "read")
      for (const { blobs, commit, snapshot } of [one, two, side]) {
        for (const [type, id] of [
          ["commit", commit.id],
          ["snapshot", snapshot.id],
          ...blobs.map((blob) => ["blob", blob.id] as const)
        ] as const) {
          const expected = yield* contentOf(hub, lost, type, id)
          assert.deepStrictEqual(yield* contentOf(withoutIndex(hub), open, type, id), expected, `${type} ${id}`)
          const later = yield* contentOf(withoutIndex(hub), lost, type, id)
          assert.deepStrictEqual(later, expected, `${type} ${id}, with an index that is lost during the request`)
        }
      }
      const ids = [one, two, side].flatMap(({ blobs }) => blobs.map(({ id }) => id))
      const { presigned } = yield* at(withoutIndex(hub))(presignDownloads(open, ids))
      assert.deepStrictEqual([...presigned.keys()], [textBlob(large).id])
    })
  )

  it.effect("do not include what a refused push left in the store, which costs as much as what never was", () =>
    Effect.gen(function* () {
      const { count, hub, repository } = yield* setup
      const one = step("one", { a: "a" })
      yield* pushSteps(hub, repository, "main", [one])
      const refused = step("refused", { secret: "secret" }, [one])
      const faster = Effect.orDie(pushSteps(hub, repository, "main", [step("faster", { a: "b" }, [one])]))
      yield* Effect.flip(pushSteps(hub, repository, "main", [refused], { meanwhile: faster }))
      const open = yield* openedFor(withoutIndex(hub), repository, bob, "read")
      const callsOf = Effect.fnUntraced(function* (type: ObjectType, id: string) {
        count.reset()
        const failed = yield* Effect.flip(at(withoutIndex(hub))(readObject(open, type, id)))
        assert.instanceOf(failed, ObjectUnknown)
        return count.calls.map(({ operation }) => operation)
      })
      const never = step("never", { secret: "other" })
      for (const [type, left, other] of [
        ["commit", refused.commit.id, never.commit.id],
        ["snapshot", refused.snapshot.id, never.snapshot.id],
        ["blob", textBlob("secret").id, textBlob("other").id]
      ] as const) {
        assert.deepStrictEqual(yield* callsOf(type, left), yield* callsOf(type, other), type)
      }
      const failed = yield* Effect.flip(at(withoutIndex(hub))(presignDownloads(open, [textBlob("secret").id])))
      assert.instanceOf(failed, ObjectUnknown)
    })
  )

  it.effect("cost a bounded number of reads where a large blob is in no snapshot of a long history", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* setup
      const message = "m".repeat(1024 * 1024)
      const steps: Array<Step> = []
      // 64 MiB of records are what one search reads.
      for (let number = 0; number < 70; number++) {
        steps.push(step(`${number} ${message}`, { own: `${number}` }, steps.slice(-1)))
      }
      yield* pushSteps(hub, repository, "main", steps)
      const open = yield* openedFor(withoutIndex(hub), repository, bob, "read")
      const read = (type: ObjectType, id: string) => at(withoutIndex(hub))(readObject(open, type, id))
      yield* read("blob", textBlob("0").id)
      yield* read("commit", steps[0]?.commit.id ?? "")
      const failed = yield* Effect.flip(read("blob", textBlob("nowhere").id))
      assert.strictEqual(failed._tag, "IndexUnavailable", "the rest of the history is not read")
    })
  )
})
