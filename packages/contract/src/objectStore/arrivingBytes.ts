/** Blobs whose bytes arrive in pieces: visible only whole, and never with other bytes than their id names. */
import { assert } from "@effect/vitest"
import { blobArriving, blobOf } from "@musehub/domain/object/Blob"
import { PackFile } from "@musehub/domain/pack/PackFile"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { Deferred, Effect, Fiber, Stream } from "effect"
import { arriving, bytesOf, inPieces, keyOf, newRepository } from "../StoreSamples.ts"
import { mebibyte, assertBytes, isMissing, idsOf, type Suite } from "./support.ts"

export const arrivingBytes = (it: Suite) => {
  const sizes = [1, 256 * 1024, 5 * mebibyte, 5 * mebibyte + 1, 12 * mebibyte]
  it.effect.each(sizes)("a blob of %d bytes may arrive in pieces", (size) =>
    Effect.gen(function* () {
      const store = yield* ObjectStore
      const repository = newRepository()
      const bytes = bytesOf(size)
      assert.strictEqual((yield* store.put(repository, arriving(bytes))).outcome, "created")
      const key = keyOf(repository, blobOf(bytes))
      assert.strictEqual((yield* store.head(key)).size, size)
      assertBytes(yield* Stream.mkUint8Array(store.stream(key)), bytes)
      assertBytes(yield* store.get(key), bytes)
      assert.strictEqual((yield* store.put(repository, arriving(bytes))).outcome, "identical")
    })
  )

  it.effect("a blob and a pack of 12 MiB may be put whole", () =>
    Effect.gen(function* () {
      const store = yield* ObjectStore
      const repository = newRepository()
      const bytes = bytesOf(12 * mebibyte, 2)
      for (const object of [blobOf(bytes), yield* PackFile.of(bytes)]) {
        yield* store.put(repository, object)
        assertBytes(yield* Stream.mkUint8Array(store.stream(keyOf(repository, object))), bytes)
      }
    })
  )

  it.effect("one object's stream may be the content of another put", () =>
    Effect.gen(function* () {
      const store = yield* ObjectStore
      const [from, to] = [newRepository(), newRepository()]
      const bytes = bytesOf(6 * mebibyte, 3)
      const object = blobOf(bytes)
      yield* store.put(from, object)
      yield* store.put(to, blobArriving(object.id, object.size, store.stream(keyOf(from, object))))
      assertBytes(yield* store.get(keyOf(to, object)), bytes)
    })
  )

  it.effect.each([1000, 6 * mebibyte])("a refused stream of %d bytes leaves nothing behind", (size) =>
    Effect.gen(function* () {
      const store = yield* ObjectStore
      const repository = newRepository()
      const bytes = bytesOf(size, 4)
      const object = blobOf(bytes)
      const wrong = bytes.slice()
      wrong[size - 1] = (wrong[size - 1] ?? 0) ^ 1
      const refused = {
        "a wrong hash": inPieces(wrong),
        "too few bytes": inPieces(bytes.subarray(0, size - 1)),
        "too many bytes": Stream.concat(inPieces(bytes), Stream.make(new Uint8Array(1))),
        "a cut": Stream.concat(inPieces(bytes.subarray(0, size - 1)), Stream.fail("the connection was reset"))
      }
      for (const [how, content] of Object.entries(refused)) {
        const error = yield* Effect.flip(store.put(repository, blobArriving(object.id, size, content)))
        assert.strictEqual(error._tag, "ContentRefused", how)
        yield* isMissing(store, repository, object)
      }
      assert.deepStrictEqual(yield* idsOf(store, repository, "blob"), [])
      // The right bytes can still be put.
      assert.strictEqual((yield* store.put(repository, arriving(bytes))).outcome, "created")
    })
  )

  it.effect("bytes become visible only whole, and an interrupted put leaves nothing behind", () =>
    Effect.gen(function* () {
      const store = yield* ObjectStore
      const repository = newRepository()
      const bytes = bytesOf(6 * mebibyte, 5)
      const object = blobOf(bytes)
      const half = yield* Deferred.make<void>()
      const go = yield* Deferred.make<void>()
      const slowly = (signal: Deferred.Deferred<void>) =>
        blobArriving(
          object.id,
          object.size,
          inPieces(bytes.subarray(0, 3 * mebibyte)).pipe(
            Stream.concat(
              Stream.fromEffectDrain(Effect.andThen(Deferred.succeed(signal, undefined), Deferred.await(go)))
            ),
            Stream.concat(inPieces(bytes.subarray(3 * mebibyte)))
          )
        )

      const putting = yield* Effect.forkChild(store.put(repository, slowly(half)))
      yield* Deferred.await(half)
      yield* isMissing(store, repository, object)
      assert.deepStrictEqual(yield* idsOf(store, repository, "blob"), [])

      const halfAgain = yield* Deferred.make<void>()
      const elsewhere = newRepository()
      const interrupted = yield* Effect.forkChild(store.put(elsewhere, slowly(halfAgain)))
      yield* Deferred.await(halfAgain)
      yield* Fiber.interrupt(interrupted)
      yield* isMissing(store, elsewhere, object)

      yield* Deferred.succeed(go, undefined)
      assert.strictEqual((yield* Fiber.join(putting)).outcome, "created")
      assertBytes(yield* store.get(keyOf(repository, object)), bytes)
    })
  )
}
