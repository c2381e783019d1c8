/** Which store and which index belong together. A pair that does not is refused before anything is written. */
import { assert, describe, it } from "@effect/vitest"
import * as MemoryIndex from "@musehub/adapter-memory/MemoryIndex"
import * as MemoryObjectStore from "@musehub/adapter-memory/MemoryObjectStore"
import { endingOf } from "@musehub/cli/errors"
import { createRoot, newRoot, reflect } from "@musehub/contract/IndexSamples"
import { newRepository } from "@musehub/contract/StoreSamples"
import { type WholeIndex, wholeIndexOf } from "@musehub/contract/wholeIndex"
import * as Roots from "@musehub/domain/invariant/Roots"
import { RepositoryIndex } from "@musehub/domain/port/index/RepositoryIndex"
import { hubOf, identityDocument, layer as identified } from "@musehub/domain/port/interpose/identifiedStore"
import { ObjectStore, StoreUnavailable } from "@musehub/domain/port/ObjectStore"
import type { DocumentKey } from "@musehub/domain/port/StoreKey"
import { StoreForeign } from "@musehub/domain/port/StoreForeign"
import { DocumentName } from "@musehub/domain/repository/Names"
import { requireSameHub } from "@musehub/domain/usecase/operations/requireSameHub"
import { Context, Effect, Layer, Option } from "effect"

const storeOf = Effect.map(Layer.build(Layer.fresh(MemoryObjectStore.layer())), Context.get(ObjectStore))
const indexOf = Effect.map(Layer.build(Layer.fresh(MemoryIndex.layer)), wholeIndexOf)

type Store = ObjectStore["Service"]
type Index = WholeIndex

const require = (store: Store, index: Index) =>
  requireSameHub.pipe(Effect.provideService(ObjectStore, store), Effect.provideService(RepositoryIndex, index))

const rootsOn = (store: Store) => Layer.provide(Roots.layer, Layer.succeed(ObjectStore, store))

/** Creates a repository in both. */
const fill = Effect.fnUntraced(function* (store: Store, index: Index) {
  const root = yield* Effect.provide(createRoot(newRoot(newRepository())), rootsOn(store))
  yield* reflect(index, root)
})

describe("a store that is not the index's", () => {
  it.effect("is told by the id that the first start writes into both", () =>
    Effect.gen(function* () {
      const [store, index] = [yield* storeOf, yield* indexOf]
      yield* require(store, index)
      const id = yield* hubOf(store.documents)
      assert.isTrue(Option.isSome(id))
      assert.deepStrictEqual(yield* index.hub, id)
      yield* require(store, index)
      for (const other of [yield* storeOf, yield* otherHub]) {
        const error = yield* Effect.flip(require(other, index))
        assert.instanceOf(error, StoreForeign)
        assert.strictEqual(endingOf(error).exitCode, 2)
      }
    })
  )

  it.effect("is any store for an empty index, which takes its id", () =>
    Effect.gen(function* () {
      const [store, index] = [yield* storeOf, yield* indexOf]
      yield* require(store, index)
      yield* fill(store, index)
      const fresh = yield* indexOf
      yield* require(store, fresh)
      assert.deepStrictEqual(yield* fresh.hub, yield* index.hub)
    })
  )

  it.effect("is recognised by its repositories where one side is from before hubs had ids", () =>
    Effect.gen(function* () {
      const [store, index] = [yield* storeOf, yield* indexOf]
      yield* fill(store, index)
      const error = yield* Effect.flip(require(yield* storeOf, index))
      assert.instanceOf(error, StoreForeign)
      assert.match(
        error.message,
        /memory: names no hub and lacks the repositories of the index, and memory: names no hub/
      )
      yield* require(store, index)
      assert.deepStrictEqual(yield* index.hub, yield* hubOf(store.documents))
    })
  )

  it.effect("is agreed on by hubs that start at once", () =>
    Effect.gen(function* () {
      const [store, index] = [yield* storeOf, yield* indexOf]
      yield* Effect.all(
        Array.from({ length: 16 }, () => require(store, index)),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(yield* index.hub, yield* hubOf(store.documents))
    })
  )
})

/** A store of another hub. */
const otherHub = Effect.tap(storeOf, (store) => Effect.flatMap(indexOf, (index) => require(store, index)))

describe("a store that lost its id", () => {
  it.effect("answers neither that something does not exist nor that it was created", () =>
    Effect.gen(function* () {
      const [bare, index] = [yield* storeOf, yield* indexOf]
      yield* require(bare, index)
      const { documents } = Context.get(
        yield* Layer.build(Layer.provide(identified, Layer.succeed(ObjectStore, bare))),
        ObjectStore
      )
      const name: DocumentKey = { kind: "hub", collection: "names", name: DocumentName.make("ada.songs") }
      const bytes = new Uint8Array([1])
      assert.strictEqual((yield* documents.read(name))._tag, "Absent")
      yield* bare.documents.delete(identityDocument)
      const write = Effect.asVoid(documents.write(name, bytes, { _tag: "Absent" }))
      for (const call of [Effect.asVoid(documents.read(name)), write]) {
        const error = yield* Effect.flip<void, unknown, never>(call)
        assert.instanceOf(error, StoreUnavailable)
        assert.isTrue(error.isRetryable)
        assert.include(error.message, "hub/names/ada.songs")
      }
    })
  )
})
