/** Uploads that clients make past the hub. */
import { assert } from "@effect/vitest"
import { blobArriving, blobOf } from "@musehub/domain/object/Blob"
import { sha256 } from "@musehub/domain/object/Digest"
import { BlobId } from "@musehub/domain/object/Id"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { everyItem } from "@musehub/domain/port/Page"
import { Duration, Effect, Option, Stream } from "effect"
import { blob, bytesOf, keyOf, newRepository } from "../StoreSamples.ts"
import { needs, assertBytes, isMissing, idsOf, type Capabilities, type Suite } from "./support.ts"

export const uploads = (it: Suite, can: Capabilities) => {
  it.effect("the store says whether it accepts uploads", () =>
    Effect.gen(function* () {
      const store = yield* ObjectStore
      assert.strictEqual(Option.isSome(store.signed), can.signUrls)
    })
  )

  const signed = needs(it, can.signUrls, "the store signs no URLs")

  signed.effect("a client uploads with one plain PUT; the bytes stay apart from the objects", () =>
    Effect.gen(function* () {
      const store = yield* ObjectStore
      const uploads = yield* Effect.map(Effect.fromOption(store.signed), ({ uploads }) => uploads)
      for (const bytes of [bytesOf(100_000, 6), new Uint8Array(0)]) {
        const repository = newRepository()
        const object = blobOf(bytes)
        const key = { repository, id: object.id }
        assert.deepStrictEqual(yield* uploads.size(key), Option.none())

        const url = yield* uploads.presignPut(key, Duration.minutes(5))
        // The client's HTTP library always adds this header, so the URL must not depend on its absence.
        const response = yield* Effect.promise(() =>
          fetch(url, {
            method: "PUT",
            body: bytes.slice(),
            headers: { "Content-Type": "application/x-www-form-urlencoded" }
          })
        )
        assert.isTrue(response.ok, `the store answered ${response.status}`)

        assert.deepStrictEqual(yield* uploads.size(key), Option.some(bytes.byteLength))
        const listed = yield* uploads.list(repository, { limit: 10 })
        assert.deepStrictEqual(
          listed.items.map(({ id, size }) => [id, size]),
          [[object.id, bytes.byteLength]]
        )
        assert.isAbove(listed.items[0]?.storedAtMillis ?? 0, Date.parse("2020-01-01"))
        assertBytes(yield* Stream.mkUint8Array(uploads.stream(key)), bytes)
        yield* isMissing(store, repository, object)
        assert.deepStrictEqual(yield* idsOf(store, repository, "blob"), [])

        yield* store.put(repository, blobArriving(object.id, object.size, uploads.stream(key)))
        assertBytes(yield* store.get(keyOf(repository, object)), bytes)
        yield* uploads.delete(key)
        yield* uploads.delete(key)
        assert.deepStrictEqual(yield* uploads.size(key), Option.none())
        assertBytes(yield* store.get(keyOf(repository, object)), bytes)
      }
    })
  )

  signed.effect("lists the uploads of a repository in pages, in ascending order of id, and none of another one", () =>
    Effect.gen(function* () {
      const store = yield* ObjectStore
      const uploads = yield* Effect.map(Effect.fromOption(store.signed), ({ uploads }) => uploads)
      const [repository, other] = [newRepository(), newRepository()]
      const blobs = ["one", "two", "three"].map(blob)
      for (const each of [repository, other]) {
        for (const { id } of each === repository ? blobs : blobs.slice(0, 1)) {
          const url = yield* uploads.presignPut({ repository: each, id }, Duration.minutes(5))
          yield* Effect.promise(() => fetch(url, { method: "PUT", body: "any bytes" }))
        }
      }
      const listed = everyItem(2, (page) => uploads.list(repository, page))
      const ids = (yield* Stream.runCollect(listed)).map(({ id }) => id)
      assert.deepStrictEqual(ids, blobs.map(({ id }) => id as string).toSorted())
      for (const { id } of blobs) yield* uploads.delete({ repository, id })
      assert.deepStrictEqual((yield* uploads.list(repository, { limit: 10 })).items, [])
      assert.lengthOf((yield* uploads.list(other, { limit: 10 })).items, 1)
    })
  )

  signed.effect("an upload whose bytes do not match its id never becomes an object", () =>
    Effect.gen(function* () {
      const store = yield* ObjectStore
      const uploads = yield* Effect.map(Effect.fromOption(store.signed), ({ uploads }) => uploads)
      const repository = newRepository()
      const promised = blob("what was promised")
      const key = { repository, id: promised.id }
      const url = yield* uploads.presignPut(key, Duration.minutes(5))
      yield* Effect.promise(() => fetch(url, { method: "PUT", body: "something else!!!" }))
      const put = store.put(repository, blobArriving(promised.id, promised.size, uploads.stream(key)))
      assert.strictEqual((yield* Effect.flip(put))._tag, "ContentRefused")
      yield* isMissing(store, repository, promised)
      yield* uploads.delete(key)
    })
  )

  signed.effect("reading a missing upload fails with UploadMissing", () =>
    Effect.gen(function* () {
      const store = yield* ObjectStore
      const uploads = yield* Effect.map(Effect.fromOption(store.signed), ({ uploads }) => uploads)
      const key = { repository: newRepository(), id: BlobId.make(sha256("never uploaded")) }
      const error = yield* Effect.flip(Stream.runDrain(uploads.stream(key)))
      assert.deepInclude(error, { _tag: "UploadMissing", ...key })
    })
  )
}
