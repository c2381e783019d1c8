/** The documents, which change by compare-and-set. */
import { assert } from "@effect/vitest"
import { ObjectStore, type DocumentVersion, type Expected } from "@musehub/domain/port/ObjectStore"
import type { DocumentCollection, DocumentKey } from "@musehub/domain/port/StoreKey"
import { DocumentName } from "@musehub/domain/repository/Names"
import { Effect, Option } from "effect"
import { randomUUID } from "node:crypto"
import { bytesOf, newRepository } from "../StoreSamples.ts"
import {
  needs,
  mebibyte,
  absent,
  at,
  assertBytes,
  collect,
  type Capabilities,
  type Suite,
  type Store
} from "./support.ts"

export const documents = (it: Suite, can: Capabilities) => {
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

const holds = (store: Store, key: DocumentKey, bytes: Uint8Array, version: DocumentVersion, known?: DocumentVersion) =>
  Effect.gen(function* () {
    const read = yield* store.documents.read(key, known)
    assert(read._tag === "Found")
    assertBytes(read.document.bytes, bytes)
    assert.strictEqual(read.document.version, version)
  })
