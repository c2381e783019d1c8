/** What is put is read byte for byte, and putting it again changes nothing. */
import { assert } from "@effect/vitest"
import { blobOf } from "@musehub/domain/object/Blob"
import { PackFile } from "@musehub/domain/pack/PackFile"
import { ObjectStore, type Sealed } from "@musehub/domain/port/ObjectStore"
import { Duration, Effect, Schema, Stream } from "effect"
import { arriving, blob, bytesOf, keyOf, newRepository, ofAnyBytes } from "../StoreSamples.ts"
import {
  anyBytesTypes,
  blobAndPack,
  needs,
  mebibyte,
  assertBytes,
  contentOf,
  isMissing,
  type Capabilities,
  type Suite
} from "./support.ts"

export const putAndGet = (it: Suite, can: Capabilities) => {
  it.effect("a blob and a pack are read byte for byte, whole or streamed, and have their size", () =>
    Effect.gen(function* () {
      const store = yield* ObjectStore
      const repository = newRepository()
      for (const object of yield* blobAndPack(1000)) {
        const before = Date.now()
        const receipt = yield* store.put(repository, object)
        const key = keyOf(repository, object)
        const head = yield* store.head(key)
        assert.strictEqual(receipt.outcome, "created")
        assert.notStrictEqual(receipt.storageUri, "")
        assertBytes(yield* store.get(key), contentOf(object))
        assertBytes(yield* Stream.mkUint8Array(store.stream(key)), contentOf(object))
        assert.deepStrictEqual(
          { ...head, storedAtMillis: 0 },
          {
            id: object.id,
            size: object.size,
            storageUri: receipt.storageUri,
            storedAtMillis: 0
          }
        )
        assert.isBelow(Math.abs(head.storedAtMillis - before), clockSkewMillisMax)
      }
    })
  )

  it.effect.prop(
    "any bytes are read as they were put",
    { bytes: Schema.Uint8Array },
    ({ bytes }) =>
      Effect.gen(function* () {
        const store = yield* ObjectStore
        const repository = newRepository()
        for (const object of [blobOf(bytes), yield* PackFile.of(bytes)]) {
          yield* store.put(repository, object)
          assertBytes(yield* store.get(keyOf(repository, object)), bytes)
          assertBytes(yield* Stream.mkUint8Array(store.stream(keyOf(repository, object))), bytes)
        }
      }),
    { arbitrary: { runs: 25 } }
  )

  it.effect("the empty blob is a blob like any other", () =>
    Effect.gen(function* () {
      const store = yield* ObjectStore
      const repository = newRepository()
      const key = keyOf(repository, blob(""))
      assert.strictEqual((yield* store.put(repository, arriving(new Uint8Array(0)))).outcome, "created")
      assert.strictEqual((yield* store.put(repository, blob(""))).outcome, "identical")
      assert.strictEqual((yield* store.get(key)).byteLength, 0)
      assert.strictEqual((yield* store.head(key)).size, 0)
      assert.strictEqual((yield* Stream.mkUint8Array(store.stream(key))).byteLength, 0)
    })
  )

  it.effect("putting the same bytes again reports identical, whole or streamed, and changes nothing", () =>
    Effect.gen(function* () {
      const store = yield* ObjectStore
      const repository = newRepository()
      const bytes = bytesOf(300_000)
      const pack = yield* PackFile.of(bytes)
      for (const [object, ...more] of [
        [blobOf(bytes), blobOf(bytes), arriving(bytes)] as const,
        [pack, pack] as const
      ]) {
        const first = yield* store.put(repository, object)
        for (const again of more) {
          assert.deepStrictEqual(yield* store.put(repository, again), { ...first, outcome: "identical" })
        }
        assertBytes(yield* store.get(keyOf(repository, object)), bytes)
      }
    })
  )

  it.effect("repositories and types are separate, even under one id", () =>
    Effect.gen(function* () {
      const store = yield* ObjectStore
      const repository = newRepository()
      const bytes = bytesOf(100)
      const [ofBlob, ofPack] = [blobOf(bytes), yield* PackFile.of(bytes)]
      assert.strictEqual<string>(ofBlob.id, ofPack.id)
      yield* store.put(repository, ofBlob)
      yield* isMissing(store, repository, ofPack)
      assert.strictEqual((yield* store.put(repository, ofPack)).outcome, "created")
      yield* store.delete(keyOf(repository, ofBlob))
      assertBytes(yield* store.get(keyOf(repository, ofPack)), bytes)
      yield* isMissing(store, repository, ofBlob)
      yield* isMissing(store, newRepository(), ofPack)
    })
  )

  it.effect("reading a missing blob or pack fails with ObjectMissing, a stream before its first chunk", () =>
    Effect.gen(function* () {
      const store = yield* ObjectStore
      const repository = newRepository()
      // Once in an unknown repository, once beside other objects.
      yield* isMissing(store, repository, blob("never put"))
      yield* store.put(repository, blob("something else"))
      yield* isMissing(store, repository, blob("never put"))
      yield* isMissing(store, repository, yield* PackFile.of(bytesOf(10)))
    })
  )

  const owned = {
    blob: (bytes: Uint8Array): Effect.Effect<Sealed> => Effect.succeed(blobOf(bytes)),
    pack: ofAnyBytes.pack
  }
  it.effect.each(anyBytesTypes)("the store keeps its own copy of a %s", (type) =>
    Effect.gen(function* () {
      const store = yield* ObjectStore
      const repository = newRepository()
      const bytes = bytesOf(1000)
      const object = yield* owned[type](bytes)
      yield* store.put(repository, object)
      bytes.fill(0)
      const read = yield* store.get(keyOf(repository, object))
      read.fill(1)
      yield* Stream.runForEach(store.stream(keyOf(repository, object)), (chunk) => Effect.sync(() => chunk.fill(2)))
      assertBytes(yield* store.get(keyOf(repository, object)), bytesOf(1000))
    })
  )

  it.effect.each(anyBytesTypes)("a reader may leave the stream of a %s early", (type) =>
    Effect.gen(function* () {
      const store = yield* ObjectStore
      const repository = newRepository()
      const bytes = bytesOf(3 * mebibyte)
      const object = yield* ofAnyBytes[type](bytes)
      yield* store.put(repository, object)
      const [first] = yield* Stream.runCollect(Stream.take(store.stream(keyOf(repository, object)), 1))
      assert.isDefined(first)
      assertBytes(first, bytes.subarray(0, first.byteLength))
    })
  )

  needs(it, can.refreshAgeMillis !== undefined, "the refresh age is too long to wait for").effect(
    "putting an old blob or pack again refreshes it",
    () =>
      Effect.gen(function* () {
        const store = yield* ObjectStore
        const repository = newRepository()
        const objects = yield* blobAndPack(1000)
        const times = Effect.forEach(objects, (object) =>
          Effect.map(store.head(keyOf(repository, object)), ({ storedAtMillis }) => storedAtMillis)
        )
        for (const object of objects) yield* store.put(repository, object)
        const before = yield* times
        // Some stores keep times in whole seconds.
        yield* Effect.sleep(Duration.millis((can.refreshAgeMillis ?? 0) + 1200))
        for (const object of objects) {
          assert.strictEqual((yield* store.put(repository, object)).outcome, "identical")
          assertBytes(yield* store.get(keyOf(repository, object)), bytesOf(1000))
        }
        for (const [position, after] of (yield* times).entries()) assert.isAbove(after, before[position] ?? after)
      })
  )
}

const clockSkewMillisMax = 5 * 60 * 1000
