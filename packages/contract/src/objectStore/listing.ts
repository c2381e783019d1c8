/** Listings: complete, ordered, in pages, and apart from each other. */
import { assert } from "@effect/vitest"
import { PackFile } from "@musehub/domain/pack/PackFile"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import type { ImmutableType } from "@musehub/domain/port/StoreKey"
import { Effect, Option } from "effect"
import { blob, bytesOf, keyOf, newRepository, ofAnyBytes } from "../StoreSamples.ts"
import { anyBytesTypes, absent, collect, idsOf, type Suite } from "./support.ts"

export const listing = (it: Suite) => {
  const several = (type: ImmutableType) =>
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
      })
  )

  it.effect("an empty repository has an empty listing", () =>
    Effect.gen(function* () {
      const store = yield* ObjectStore
      for (const type of anyBytesTypes) {
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
