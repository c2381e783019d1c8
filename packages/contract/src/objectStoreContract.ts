/**
 * Tests of every object store's promises. An adapter runs the suite from a test file that calls `objectStoreContract`
 * with its layer and its capabilities. A test that does not apply says why in its title. Each test uses its own
 * repositories, so the suite may run against a store that others use.
 */
import { assert, it, type Vitest } from "@effect/vitest"
import { blobArriving, blobOf } from "@musehub/domain/object/Blob"
import { sha256 } from "@musehub/domain/object/Digest"
import { BlobId, type RepositoryId } from "@musehub/domain/object/Id"
import { PackFile } from "@musehub/domain/pack/PackFile"
import {
  type DocumentConflict,
  type DocumentVersion,
  type Expected,
  ObjectStore,
  type Sealed,
  StoreUnavailable
} from "@musehub/domain/port/ObjectStore"
import type { Page, PageRequest } from "@musehub/domain/port/Page"
import { type DocumentCollection, type DocumentKey, type ImmutableType } from "@musehub/domain/port/StoreKey"
import { DocumentName } from "@musehub/domain/repository/Names"
import { Deferred, Duration, Effect, Fiber, type Layer, Option, Result, Schema, Stream } from "effect"
import { randomUUID } from "node:crypto"
import {
  arriving,
  blob,
  bytesOf,
  commitBy,
  inPieces,
  keyOf,
  newRepository,
  ofAnyBytes,
  snapshotAt
} from "./StoreSamples.ts"

/** Capabilities of the store under test. The suite also tests that it reports the ones that it lacks. */
export interface Capabilities {
  /** The store itself decides conditional writes, so lost races are noticed. */
  readonly conditionalWrites: boolean
  /** Clients can upload and download by presigned URL. */
  readonly signUrls: boolean
  /** The refresh age that the layer was configured with, if a test can wait that long. */
  readonly refreshAgeMillis: number | undefined
}

type Suite = Vitest.MethodsNonLive<ObjectStore>

/** Types of what may have any bytes. */
type AnyBytesType = keyof typeof ofAnyBytes
const anyBytesTypes: ReadonlyArray<AnyBytesType> = ["blob", "pack"]

/** An object of each type, and a pack, in memory. */
const ofEachType = Effect.gen(function* () {
  const objects: ReadonlyArray<Sealed> = [
    blob("a few words, more than twenty bytes"),
    snapshotAt("2026-11-22T15:08:10Z", [["a", "hello"]]),
    commitBy("ada"),
    yield* PackFile.of(bytesOf(1000))
  ]
  return objects
})

/** Registers the suite with Vitest. The layer is built once. Its clock is the real one, since stores use real time. */
export const objectStoreContract = <E>(name: string, layer: Layer.Layer<ObjectStore, E>, can: Capabilities): void =>
  it.layer(layer, { timeout: "2 minutes", excludeTestServices: true })(`ObjectStore (${name})`, (it) => {
    putAndGet(it, can)
    arrivingBytes(it)
    ranges(it)
    listing(it)
    deletion(it)
    documents(it, can)
    races(it, can)
    uploads(it, can)
    downloads(it, can)
  })

/** Registers a test that needs a capability, or a skipped one that names what is missing. */
const needs = (it: Suite, capability: boolean, missing: string) => ({
  effect: <A, E>(title: string, test: () => Effect.Effect<A, E, ObjectStore>) =>
    it.effect.runIf(capability)(capability ? title : `${title} (skipped: ${missing})`, test)
})

const putAndGet = (it: Suite, can: Capabilities) => {
  it.effect("an object of each type and a pack are read byte for byte, whole or streamed, and have their size", () =>
    Effect.gen(function* () {
      const store = yield* ObjectStore
      const repository = newRepository()
      for (const object of yield* ofEachType) {
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

  it.effect("the empty blob is an object like any other", () =>
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

  it.effect("putting other bytes under the same id reports different, and the first bytes stay", () =>
    Effect.gen(function* () {
      const store = yield* ObjectStore
      const repository = newRepository()
      const pairs = [
        [commitBy("ada"), commitBy("bob")],
        [commitBy("of the same length: 1"), commitBy("of the same length: 2")],
        [snapshotAt("2026-11-22T15:08:10Z", [["a", "b"]]), snapshotAt("2026-11-22T15:08:11Z", [["a", "b"]])]
      ] as const
      for (const [first, second] of pairs) {
        yield* store.delete(keyOf(repository, first))
        const created = yield* store.put(repository, first)
        assert.deepStrictEqual(yield* store.put(repository, second), { ...created, outcome: "different" })
        assertBytes(yield* store.get(keyOf(repository, first)), first.content)
        assert.strictEqual((yield* store.put(repository, first)).outcome, "identical")
      }
    })
  )

  it.effect("repositories and types are separate, even under one id", () =>
    Effect.gen(function* () {
      const store = yield* ObjectStore
      const repository = newRepository()
      const snapshot = snapshotAt("2026-11-22T15:08:10Z")
      assert.strictEqual<string>(snapshot.id, blob("").id)
      yield* store.put(repository, blob(""))
      assert.strictEqual((yield* store.put(repository, snapshot)).outcome, "created")
      const pack = yield* PackFile.of(new Uint8Array())
      assert.strictEqual<string>(pack.id, snapshot.id)
      assert.strictEqual((yield* store.put(repository, pack)).outcome, "created")
      yield* store.delete(keyOf(repository, blob("")))
      assertBytes(yield* store.get(keyOf(repository, snapshot)), snapshot.content)
      assertBytes(yield* store.get(keyOf(repository, pack)), pack.content)
      yield* isMissing(store, newRepository(), snapshot)
      yield* isMissing(store, newRepository(), pack)
    })
  )

  it.effect("reading a missing object fails with ObjectMissing, a stream before its first chunk", () =>
    Effect.gen(function* () {
      const store = yield* ObjectStore
      const repository = newRepository()
      // Once in an unknown repository, once beside other objects.
      yield* isMissing(store, repository, blob("never put"))
      yield* store.put(repository, blob("something else"))
      yield* isMissing(store, repository, blob("never put"))
      yield* isMissing(store, repository, commitBy("eve"))
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
    "putting an old object or pack again refreshes it, an object even with different bytes",
    () =>
      Effect.gen(function* () {
        const store = yield* ObjectStore
        const repository = newRepository()
        const [ada, bob] = [commitBy("ada"), commitBy("bob")]
        const pack = yield* PackFile.of(bytesOf(1000))
        const head = store.head(keyOf(repository, ada))
        yield* store.put(repository, ada)
        yield* store.put(repository, pack)
        const firstOfPack = yield* store.head(keyOf(repository, pack))
        const first = yield* head
        // Some stores keep times in whole seconds.
        const pause = Effect.sleep(Duration.millis((can.refreshAgeMillis ?? 0) + 1200))
        yield* pause
        yield* store.put(repository, ada)
        const second = yield* head
        yield* store.put(repository, pack)
        assert.isAbove((yield* store.head(keyOf(repository, pack))).storedAtMillis, firstOfPack.storedAtMillis)
        yield* pause
        yield* store.put(repository, bob)
        const third = yield* head
        assert.isAbove(second.storedAtMillis, first.storedAtMillis)
        assert.isAbove(third.storedAtMillis, second.storedAtMillis)
        assertBytes(yield* store.get(keyOf(repository, ada)), ada.content)
      })
  )
}

const arrivingBytes = (it: Suite) => {
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

const ranges = (it: Suite) => {
  /** Sizes in bytes: within one chunk of every adapter, and over several. */
  const cases = [1000, 700_001].flatMap((size) => anyBytesTypes.map((type) => ({ size, type })))
  const parts = (size: number): ReadonlyArray<readonly [start: number, end: number]> => [
    [0, size],
    [0, 1],
    [size - 1, size],
    [1, size - 1],
    [Math.floor(size / 3), Math.floor((2 * size) / 3)],
    [0, 0],
    [Math.floor(size / 2), Math.floor(size / 2)],
    [size, size]
  ]
  const outside = (size: number): ReadonlyArray<readonly [start: number, end: number]> => [
    [0, size + 1],
    [size - 1, size + 1],
    [size, size + 1],
    [size + 1, size + 1],
    [size + 1, size + 10],
    [-1, 1],
    [2, 1],
    [0.5, 1],
    [Number.NaN, 1],
    [0, Number.POSITIVE_INFINITY]
  ]

  it.effect.each(cases)(
    "every range of a $type of $size bytes can be read, even after it was read whole",
    ({ size, type }) =>
      Effect.gen(function* () {
        const store = yield* ObjectStore
        const repository = newRepository()
        const bytes = bytesOf(size, 7)
        const object = yield* ofAnyBytes[type](bytes)
        const key = keyOf(repository, object)
        yield* store.put(repository, object)
        for (let round = 0; round < 2; round += 1) {
          for (const [start, end] of parts(size)) {
            assertBytes(yield* Stream.mkUint8Array(store.stream(key, { start, end })), bytes.subarray(start, end))
          }
          assertBytes(yield* Stream.mkUint8Array(store.stream(key)), bytes)
        }
      })
  )

  it.effect.each(cases)("a range outside a $type of $size bytes fails, and is never shortened", ({ size, type }) =>
    Effect.gen(function* () {
      const store = yield* ObjectStore
      const repository = newRepository()
      const object = yield* ofAnyBytes[type](bytesOf(size, 8))
      const key = keyOf(repository, object)
      yield* store.put(repository, object)
      for (let round = 0; round < 2; round += 1) {
        for (const [start, end] of outside(size)) {
          let chunks = 0
          const read = Stream.runForEach(store.stream(key, { start, end }), () => Effect.sync(() => (chunks += 1)))
          const error = yield* Effect.flip(read)
          assert.deepInclude(error, { _tag: "RangeOutside", ...key, start, end }, `${start} to ${end}`)
          assert.strictEqual(chunks, 0, `${start} to ${end}`)
        }
        yield* Stream.runDrain(store.stream(key))
      }
    })
  )

  it.effect.each(anyBytesTypes)("an empty %s has one range, and a missing one has none", (type) =>
    Effect.gen(function* () {
      const store = yield* ObjectStore
      const repository = newRepository()
      const object = yield* ofAnyBytes[type](new Uint8Array())
      const never = yield* ofAnyBytes[type](bytesOf(10, 9))
      yield* store.put(repository, object)
      const part = (end: number, of = object) =>
        Stream.mkUint8Array(store.stream(keyOf(repository, of), { start: 0, end }))
      assert.strictEqual((yield* part(0)).byteLength, 0)
      assert.strictEqual((yield* Effect.flip(part(1)))._tag, "RangeOutside")
      for (const end of [0, 1]) {
        assert.strictEqual((yield* Effect.flip(part(end, never)))._tag, "ObjectMissing")
      }
    })
  )

  it.effect.each(anyBytesTypes)("the store keeps its own copy of the bytes that a range of a %s is read from", (type) =>
    Effect.gen(function* () {
      const store = yield* ObjectStore
      const repository = newRepository()
      const bytes = bytesOf(1000)
      const object = yield* ofAnyBytes[type](bytes)
      const key = keyOf(repository, object)
      yield* store.put(repository, object)
      const part = store.stream(key, { start: 10, end: 20 })
      yield* Stream.runForEach(part, (chunk) => Effect.sync(() => chunk.fill(0)))
      assertBytes(yield* store.get(key), bytes)
    })
  )
}

const listing = (it: Suite) => {
  const several = (type: AnyBytesType) =>
    Effect.forEach([1, 2, 3, 4, 5, 6, 7], (seed) => ofAnyBytes[type](bytesOf(10, seed)))

  it.effect.each([
    { type: "blob", other: "pack" },
    { type: "pack", other: "blob" }
  ] as const)(
    "each $type is listed at once, in ascending order, in pages, only with its type and repository",
    ({ other, type }) =>
      Effect.gen(function* () {
        const store = yield* ObjectStore
        const repository = newRepository()
        const objects = yield* several(type)
        yield* Effect.forEach(objects, (object) => store.put(repository, object), { concurrency: "unbounded" })
        const stranger = yield* ofAnyBytes[other](bytesOf(10, 8))
        yield* store.put(repository, stranger)
        yield* store.put(repository, commitBy("ada"))
        yield* store.put(repository, snapshotAt("2026-11-22T15:08:10Z", [["a", "b"]]))
        yield* store.put(newRepository(), yield* ofAnyBytes[type](bytesOf(10, 9)))
        yield* store.documents.write({ kind: "root", repository }, bytesOf(10), absent)

        const ascending = objects.map(({ id }): string => id).toSorted()
        for (const limit of [1, 3, 6, 7, 8, 1000]) {
          const heads = yield* collect((page) => store.list(repository, type, page), limit)
          assert.deepStrictEqual(
            heads.map(({ id }) => id),
            ascending
          )
        }
        const [first] = yield* collect((page) => store.list(repository, type, page), 1000)
        const same = objects.find(({ id }) => id === first?.id) ?? assert.fail("another id is listed")
        assert.deepStrictEqual(first, yield* store.head(keyOf(repository, same)))
        assert.deepStrictEqual<ReadonlyArray<string>>(yield* idsOf(store, repository, other), [stranger.id])
        assert.deepStrictEqual(yield* idsOf(store, repository, "commit"), [commitBy("ada").id])
        assert.strictEqual((yield* idsOf(store, repository, "snapshot")).length, 1)
      })
  )

  it.effect("an empty repository has an empty listing", () =>
    Effect.gen(function* () {
      const store = yield* ObjectStore
      for (const type of ["commit", "pack"] as const) {
        const empty = { items: [], next: Option.none() }
        assert.deepStrictEqual(yield* store.list(newRepository(), type, { limit: 10 }), empty)
      }
    })
  )

  it.effect.each(anyBytesTypes)("a %s added or deleted between two pages does not disturb the others", (type) =>
    Effect.gen(function* () {
      const store = yield* ObjectStore
      const repository = newRepository()
      const objects = (yield* several(type)).slice(0, 6).toSorted((a, b) => (a.id < b.id ? -1 : 1))
      const [, seen, , , next, last] = objects
      assert.isDefined(seen)
      assert.isDefined(next)
      assert.isDefined(last)
      yield* Effect.forEach(objects, (object) => (object === last ? Effect.void : store.put(repository, object)))
      const first = yield* store.list(repository, type, { limit: 3 })
      yield* store.delete(keyOf(repository, seen))
      yield* store.put(repository, last)
      const rest = yield* store.list(repository, type, { limit: 3, after: Option.getOrUndefined(first.next) })
      assert.deepStrictEqual(
        [...first.items, ...rest.items].map(({ id }) => id),
        objects.map(({ id }): string => id)
      )
      assert.deepStrictEqual(rest.next, Option.none())
    })
  )

  it.effect("every repository is listed once, in ascending order, until it is empty", () =>
    Effect.gen(function* () {
      const store = yield* ObjectStore
      const [withBlob, withPack, withRoot] = [newRepository(), newRepository(), newRepository()]
      const withNothing = newRepository()
      const pack = yield* PackFile.of(bytesOf(10))
      yield* store.put(withBlob, blob("a"))
      yield* store.put(withPack, pack)
      yield* store.documents.write({ kind: "root", repository: withRoot }, bytesOf(10), absent)
      for (const limit of [2, 1000]) {
        const listed = yield* collect(store.listRepositories, limit)
        assert.includeMembers([...listed], [withBlob, withPack, withRoot])
        assert.notInclude(listed, withNothing)
        assert.deepStrictEqual(listed, [...new Set(listed)].toSorted())
      }
      yield* store.delete(keyOf(withBlob, blob("a")))
      yield* store.delete(keyOf(withPack, pack))
      yield* store.documents.delete({ kind: "root", repository: withRoot })
      const listed = yield* collect(store.listRepositories, 1000)
      assert.notInclude(listed, withBlob)
      assert.notInclude(listed, withPack)
      assert.notInclude(listed, withRoot)
    })
  )
}

const deletion = (it: Suite) => {
  it.effect("a deleted object or pack is gone, can be deleted again, and can be put again", () =>
    Effect.gen(function* () {
      const store = yield* ObjectStore
      const repository = newRepository()
      const pack = yield* PackFile.of(bytesOf(10))
      for (const [object, again] of [[commitBy("ada"), commitBy("bob")] as const, [pack, pack] as const]) {
        yield* store.delete(keyOf(repository, object))
        yield* store.put(repository, object)
        yield* store.delete(keyOf(repository, object))
        yield* store.delete(keyOf(repository, object))
        yield* isMissing(store, repository, object)
        assert.deepStrictEqual(yield* idsOf(store, repository, object.type), [])
        assert.strictEqual((yield* store.put(repository, again)).outcome, "created")
      }
    })
  )
}

const documents = (it: Suite, can: Capabilities) => {
  const conditional = needs(it, can.conditionalWrites, "the store does not decide conditional writes")

  const keys: ReadonlyArray<readonly [string, () => DocumentKey]> = [
    ["a root", () => ({ kind: "root", repository: newRepository() })],
    ["a copy in a history", () => ({ kind: "history", repository: newRepository(), sequence: 7 })],
    ["a document of the hub", () => ({ kind: "hub", collection: "probe", name: DocumentName.make(randomUUID()) })]
  ]
  for (const [what, newKey] of keys) {
    it.effect(`${what} is created, read, replaced and deleted`, () =>
      Effect.gen(function* () {
        const store = yield* ObjectStore
        const key = newKey()
        assert.deepStrictEqual(yield* store.documents.read(key), { _tag: "Absent" })

        const first = yield* store.documents.write(key, bytesOf(100, 1), absent)
        yield* holds(store, key, bytesOf(100, 1), first)
        assert.deepStrictEqual(yield* store.documents.read(key, first), { _tag: "Unchanged" })

        const second = yield* store.documents.write(key, bytesOf(200, 2), at(first))
        yield* holds(store, key, bytesOf(200, 2), second)
        yield* holds(store, key, bytesOf(200, 2), second, first)
        assert.notStrictEqual(second, first)

        const third = yield* store.documents.write(key, bytesOf(300, 3), { _tag: "Any" })
        yield* holds(store, key, bytesOf(300, 3), third)

        yield* store.documents.delete(key)
        yield* store.documents.delete(key)
        assert.deepStrictEqual(yield* store.documents.read(key, third), { _tag: "Absent" })
        const fourth = yield* store.documents.write(key, bytesOf(400, 4), { _tag: "Any" })
        yield* holds(store, key, bytesOf(400, 4), fourth)
        yield* store.documents.delete(key)
      })
    )

    conditional.effect(`${what} is written only in the expected state`, () =>
      Effect.gen(function* () {
        const store = yield* ObjectStore
        const key = newKey()
        const conflicts = (expected: Expected) =>
          Effect.map(Effect.flip(store.documents.write(key, bytesOf(50, 9), expected)), (error) =>
            assert.strictEqual(error._tag, "DocumentConflict")
          )

        const first = yield* store.documents.write(key, bytesOf(100, 1), absent)
        yield* conflicts(absent)
        yield* holds(store, key, bytesOf(100, 1), first)

        const second = yield* store.documents.write(key, bytesOf(100, 2), at(first))
        yield* conflicts(at(first))
        yield* conflicts(absent)
        yield* holds(store, key, bytesOf(100, 2), second)

        yield* store.documents.delete(key)
        yield* conflicts(at(second))
        assert.deepStrictEqual(yield* store.documents.read(key), { _tag: "Absent" })
        const third = yield* store.documents.write(key, bytesOf(100, 3), absent)
        yield* holds(store, key, bytesOf(100, 3), third)
        yield* store.documents.delete(key)
      })
    )
  }

  it.effect.each([0, 1, 2 * mebibyte])("a document of %d bytes is read as it was written", (size) =>
    Effect.gen(function* () {
      const store = yield* ObjectStore
      const key = { kind: "root", repository: newRepository() } as const
      const version = yield* store.documents.write(key, bytesOf(size), absent)
      yield* holds(store, key, bytesOf(size), version)
    })
  )

  it.effect("the store keeps its own copy of a document", () =>
    Effect.gen(function* () {
      const store = yield* ObjectStore
      const key = { kind: "root", repository: newRepository() } as const
      const bytes = bytesOf(100)
      const version = yield* store.documents.write(key, bytes, absent)
      bytes.fill(0)
      const read = yield* store.documents.read(key)
      if (read._tag === "Found") read.document.bytes.fill(1)
      yield* holds(store, key, bytesOf(100), version)
    })
  )

  it.effect("a history is listed in the order of its sequence, in pages, without the root", () =>
    Effect.gen(function* () {
      const store = yield* ObjectStore
      const repository = newRepository()
      const collection = { kind: "history", repository } as const
      assert.deepStrictEqual(yield* store.documents.list(collection, { limit: 10 }), { items: [], next: Option.none() })
      yield* store.documents.write({ kind: "root", repository }, bytesOf(10), absent)
      for (const sequence of [10, 2, 9_007_199_254_740_991, 0, 1]) {
        yield* store.documents.write({ kind: "history", repository, sequence }, bytesOf(10, sequence), absent)
      }
      for (const limit of [2, 5, 1000]) {
        assert.deepStrictEqual(yield* collect((page) => store.documents.list(collection, page), limit), [
          "0000000000000000",
          "0000000000000001",
          "0000000000000002",
          "0000000000000010",
          "9007199254740991"
        ])
      }
    })
  )

  it.effect("a collection of the hub is listed in ascending order, without the others", () =>
    Effect.gen(function* () {
      const store = yield* ObjectStore
      // The collection may hold documents of others; the prefix marks ours.
      const prefix = randomUUID()
      const collection: DocumentCollection = { kind: "hub", collection: "probe" }
      const names = ["b", "a.b", "a", "a-b", "c_d", "10", "9"].map((name) => DocumentName.make(`${prefix}.${name}`))
      const ours = Effect.map(
        collect((page) => store.documents.list(collection, page), 1000),
        (listed) => listed.filter((name) => name.startsWith(prefix))
      )
      for (const name of names)
        yield* store.documents.write({ kind: "hub", collection: "probe", name }, bytesOf(10), absent)
      const foreign = { kind: "hub", collection: "users", name: DocumentName.make(`${prefix}.z`) } as const
      yield* store.documents.write(foreign, bytesOf(10), absent)
      assert.deepStrictEqual<ReadonlyArray<string>>(yield* ours, names.toSorted())
      for (const name of names) yield* store.documents.delete({ kind: "hub", collection: "probe", name })
      yield* store.documents.delete(foreign)
      assert.deepStrictEqual(yield* ours, [])
    })
  )
}

const races = (it: Suite, can: Capabilities) => {
  const conditional = needs(it, can.conditionalWrites, "the store does not decide conditional writes")

  it.effect.each(anyBytesTypes)("32 concurrent puts of one %s all succeed", (type) =>
    Effect.gen(function* () {
      const store = yield* ObjectStore
      const repository = newRepository()
      const object = yield* ofAnyBytes[type](bytesOf(10_000))
      const receipts = yield* atOnce(() => store.put(repository, object))
      const outcomes = receipts.map(({ outcome }) => outcome)
      assert.notInclude(outcomes, "different")
      assert.include(outcomes, "created")
      if (can.conditionalWrites) assert.strictEqual(outcomes.filter((outcome) => outcome === "created").length, 1)
      assertBytes(yield* store.get(keyOf(repository, object)), bytesOf(10_000))
    })
  )

  conditional.effect("of 32 different commits under one id, put concurrently, exactly one is created and stays", () =>
    Effect.gen(function* () {
      const store = yield* ObjectStore
      const repository = newRepository()
      const receipts = yield* atOnce((index) => store.put(repository, commitBy(`author ${index}`)))
      const winners = receipts.flatMap(({ outcome }, index) => (outcome === "created" ? [index] : []))
      assert.strictEqual(winners.length, 1)
      assert.strictEqual(receipts.filter(({ outcome }) => outcome === "different").length, writers - 1)
      const winner = commitBy(`author ${winners[0]}`)
      assertBytes(yield* store.get(keyOf(repository, winner)), winner.content)
    })
  )

  conditional.effect("of 32 concurrent writers that create a document, exactly one wins", () =>
    Effect.gen(function* () {
      const store = yield* ObjectStore
      const key = { kind: "root", repository: newRepository() } as const
      const results = yield* atOnce((index) =>
        Effect.result(store.documents.write(key, bytesOf(1000, index + 1), absent))
      )
      yield* oneWon(store, key, results)
    })
  )

  conditional.effect("of 32 concurrent writers that replace a document, exactly one wins, each time", () =>
    Effect.gen(function* () {
      const store = yield* ObjectStore
      const key = { kind: "root", repository: newRepository() } as const
      let version = yield* store.documents.write(key, bytesOf(10), absent)
      for (let round = 0; round < 3; round += 1) {
        const expected = at(version)
        const results = yield* atOnce((index) =>
          Effect.result(store.documents.write(key, bytesOf(1000, 100 * round + index + 1), expected))
        )
        version = yield* oneWon(store, key, results)
      }
    })
  )

  conditional.effect("no update is lost among writers that read, add one, and try again after a conflict", () =>
    Effect.gen(function* () {
      const store = yield* ObjectStore
      const key = { kind: "root", repository: newRepository() } as const
      yield* store.documents.write(key, encoded(0), absent)
      const addOne = Effect.gen(function* () {
        const read = yield* store.documents.read(key)
        assert(read._tag === "Found")
        yield* store.documents.write(key, encoded(decoded(read.document.bytes) + 1), at(read.document.version))
      }).pipe(Effect.retry({ while: (error) => error._tag === "DocumentConflict" }))
      yield* Effect.forEach(Array.from({ length: 6 }), () => Effect.forEach(Array.from({ length: 5 }), () => addOne), {
        concurrency: "unbounded"
      })
      const read = yield* store.documents.read(key)
      assert.strictEqual(read._tag === "Found" ? decoded(read.document.bytes) : undefined, 30)
    })
  )
}

const uploads = (it: Suite, can: Capabilities) => {
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

const downloads = (it: Suite, can: Capabilities) => {
  needs(it, can.signUrls, "the store signs no URLs").effect(
    "a client downloads objects of every type and packs with one plain GET, whole or a range",
    () =>
      Effect.gen(function* () {
        const store = yield* ObjectStore
        const { presignGet } = (yield* Effect.fromOption(store.signed)).downloads
        const repository = newRepository()
        const get = Effect.fnUntraced(function* (url: string, headers: Record<string, string> = {}) {
          return yield* Effect.promise(async () => {
            const answer = await fetch(url, { headers })
            return { status: answer.status, bytes: new Uint8Array(await answer.arrayBuffer()) }
          })
        })
        for (const object of [blobOf(bytesOf(100_000, 9)), ...(yield* ofEachType)]) {
          yield* store.put(repository, object)
          const url = yield* presignGet(keyOf(repository, object), Duration.minutes(5))
          const whole = yield* get(url)
          assert.strictEqual(whole.status, 200)
          assertBytes(whole.bytes, contentOf(object))
          const part = yield* get(url, { range: "bytes=10-19" })
          assert.strictEqual(part.status, 206)
          assertBytes(part.bytes, contentOf(object).subarray(10, 20))
        }
        const nowhere = yield* presignGet(keyOf(repository, blob("never put")), Duration.minutes(5))
        assert.strictEqual((yield* get(nowhere)).status, 404)
      })
  )
}

const mebibyte = 1024 * 1024
const writers = 32
const clockSkewMillisMax = 5 * 60 * 1000

const absent: Expected = { _tag: "Absent" }
const at = (version: DocumentVersion): Expected => ({ _tag: "Version", version })

const encoded = (count: number): Uint8Array => new TextEncoder().encode(String(count))
const decoded = (bytes: Uint8Array): number => Number(new TextDecoder().decode(bytes))

type Store = ObjectStore["Service"]

/** Compares by hash first: the failure of a large comparison would print both sides. */
const assertBytes = (actual: Uint8Array, expected: Uint8Array): void => {
  if (expected.byteLength > 10_000) {
    assert.strictEqual(actual.byteLength, expected.byteLength)
    assert.strictEqual(sha256(actual), sha256(expected))
  } else {
    assert.deepStrictEqual([...actual], [...expected])
  }
}

const contentOf = (object: Sealed): Uint8Array => {
  assert(object.content instanceof Uint8Array)
  return object.content
}

const isMissing = (store: Store, repository: RepositoryId, object: Sealed) =>
  Effect.gen(function* () {
    const key = keyOf(repository, object)
    let chunks = 0
    const streamed = Stream.runForEach(store.stream(key), () => Effect.sync(() => (chunks += 1)))
    for (const attempt of [store.get(key), store.head(key), streamed]) {
      const error = yield* Effect.flip(Effect.asVoid(attempt))
      assert(error._tag === "ObjectMissing")
      assert.deepStrictEqual([error.repository, error.type, error.id], [repository, object.type, object.id])
    }
    assert.strictEqual(chunks, 0)
  })

const holds = (store: Store, key: DocumentKey, bytes: Uint8Array, version: DocumentVersion, known?: DocumentVersion) =>
  Effect.gen(function* () {
    const read = yield* store.documents.read(key, known)
    assert(read._tag === "Found")
    assertBytes(read.document.bytes, bytes)
    assert.strictEqual(read.document.version, version)
  })

/** Returns all pages of a listing. Checks that each keeps to its limit and that the next one starts after it. */
const collect = <A, E>(list: (page: PageRequest) => Effect.Effect<Page<A>, E>, limit: number) =>
  Effect.gen(function* () {
    const items: Array<A> = []
    let after: string | undefined
    do {
      const page: Page<A> = yield* list({ limit, after })
      assert.isAtMost(page.items.length, limit)
      items.push(...page.items)
      const next: string | undefined = Option.getOrUndefined(page.next)
      assert.isTrue(next === undefined || next !== after, "a listing that stands still")
      after = next
    } while (after !== undefined)
    return items
  })

const idsOf = (store: Store, repository: RepositoryId, type: ImmutableType) =>
  Effect.map(
    collect((page) => store.list(repository, type, page), 1000),
    (heads) => heads.map(({ id }) => id)
  )

const atOnce = <A, E>(write: (index: number) => Effect.Effect<A, E>) =>
  Effect.forEach(
    Array.from({ length: writers }, (_, index) => index),
    write,
    { concurrency: "unbounded" }
  )

/**
 * Checks that exactly one writer won: the document is in the state that the winner got, and all others met a conflict.
 * A store may also answer that it cannot tell; only then may no writer have got the win. Returns the present version.
 */
const oneWon = (
  store: Store,
  key: DocumentKey,
  results: ReadonlyArray<Result.Result<DocumentVersion, DocumentConflict | StoreUnavailable>>
) =>
  Effect.gen(function* () {
    const told = results.filter(Result.isSuccess).map(({ success }) => success)
    const unclear = results.some((result) => Result.isFailure(result) && result.failure instanceof StoreUnavailable)
    const read = yield* store.documents.read(key)
    assert(read._tag === "Found")
    assert.deepStrictEqual(told, unclear && told.length === 0 ? [] : [read.document.version])
    return read.document.version
  })
