/** Bytes under a key that do not give its hash are replaced by those that do. */
import { assert } from "@effect/vitest"
import { blobArriving, blobOf } from "@musehub/domain/object/Blob"
import { sha256 } from "@musehub/domain/object/Digest"
import { PackFile } from "@musehub/domain/pack/PackFile"
import { ObjectStore, type Sealed } from "@musehub/domain/port/ObjectStore"
import { Effect, Stream } from "effect"
import { arriving, bytesOf, inPieces, keyOf, mislabeled, newRepository } from "../StoreSamples.ts"
import { mebibyte, assertBytes, idsOf, atOnce, type Suite } from "./support.ts"

export const damage = (it: Suite) => {
  const altered = (bytes: Uint8Array) => bytes.map((byte, position) => (position === 500 ? byte ^ 1 : byte))

  const isHealed = Effect.fnUntraced(function* (right: Sealed, bytes: Uint8Array, wrong: Uint8Array) {
    const store = yield* ObjectStore
    const repository = newRepository()
    const key = keyOf(repository, right)
    const { storageUri } = yield* store.put(repository, mislabeled(right, wrong))
    assert.deepStrictEqual(yield* store.put(repository, right), { outcome: "replaced", storageUri })
    assertBytes(yield* store.get(key), bytes)
    assertBytes(yield* Stream.mkUint8Array(store.stream(key)), bytes)
    assert.strictEqual((yield* store.head(key)).size, bytes.byteLength)
    assert.deepStrictEqual<ReadonlyArray<string>>(yield* idsOf(store, repository, key.type), [key.id])
    assert.strictEqual((yield* store.put(repository, right)).outcome, "identical")
  })

  it.effect("a blob or pack that was altered, cut or emptied is replaced by the right bytes", () =>
    Effect.gen(function* () {
      const bytes = bytesOf(1000, 11)
      for (const wrong of [altered(bytes), bytes.subarray(0, 999), new Uint8Array()]) {
        for (const right of [blobOf(bytes), arriving(bytes), yield* PackFile.of(bytes)]) {
          yield* isHealed(right, bytes, wrong)
        }
      }
    })
  )

  it.effect("a large blob that was altered is replaced by the right bytes, which arrive in pieces", () =>
    Effect.gen(function* () {
      const bytes = bytesOf(9 * mebibyte, 11)
      yield* isHealed(arriving(bytes), bytes, altered(bytes))
    })
  )

  it.effect("a stream that is refused replaces nothing", () =>
    Effect.gen(function* () {
      const store = yield* ObjectStore
      const repository = newRepository()
      const right = blobOf(bytesOf(1000))
      const wrong = bytesOf(1000, 2)
      yield* store.put(repository, mislabeled(right, wrong))
      const refused = blobArriving(right.id, right.size, inPieces(bytesOf(1000, 3)))
      assert.strictEqual((yield* Effect.flip(store.put(repository, refused)))._tag, "ContentRefused")
      assertBytes(yield* store.get(keyOf(repository, right)), wrong)
    })
  )

  it.effect("a reader of a damaged pack that is replaced meanwhile sees the old bytes or the new ones", () =>
    Effect.gen(function* () {
      const store = yield* ObjectStore
      const repository = newRepository()
      const bytes = bytesOf(mebibyte, 12)
      const wrong = bytesOf(mebibyte, 13)
      const right = yield* PackFile.of(bytes)
      yield* store.put(repository, mislabeled(right, wrong))
      const reads = Effect.forEach(Array.from({ length: 8 }), () => store.get(keyOf(repository, right)), {
        concurrency: "unbounded"
      })
      const [receipts, seen] = yield* Effect.all([atOnce(() => store.put(repository, right)), reads], {
        concurrency: "unbounded"
      })
      for (const { outcome } of receipts) assert.notStrictEqual(outcome, "created")
      for (const read of seen) assert.include([sha256(bytes), sha256(wrong)], sha256(read))
      assertBytes(yield* store.get(keyOf(repository, right)), bytes)
    })
  )
}
