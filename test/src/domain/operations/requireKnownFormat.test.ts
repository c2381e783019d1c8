/** The format of the store: written once, read at each start, and a newer one is refused before anything is written. */
import { assert, describe, it } from "@effect/vitest"
import { endingOf } from "@musehub/cli/errors"
import { ObjectCorrupt } from "@musehub/domain/object/Refused"
import { FormatTooNew } from "@musehub/domain/port/FormatTooNew"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import type { DocumentKey } from "@musehub/domain/port/StoreKey"
import { DocumentName } from "@musehub/domain/repository/Names"
import { requireKnownFormat } from "@musehub/domain/usecase/operations/requireKnownFormat"
import { Effect } from "effect"
import { injecting, random } from "../../support/faultyStore.ts"
import { interposed, type Store } from "../../support/interposedStore.ts"
import { seeded } from "../../support/seeded.ts"
import { memoryStore } from "../support/rootSamples.ts"

const key: DocumentKey = { kind: "hub", collection: "format", name: DocumentName.make("current") }
const format1 = 'format 13\0{"version":1}'
const newer = 'format 16\0{"version":9999}'

const require = (store: Store) => Effect.provideService(requireKnownFormat, ObjectStore, store)

const write = (store: Store, text: string) =>
  store.documents.write(key, new TextEncoder().encode(text), { _tag: "Any" })

const read = Effect.fnUntraced(function* (store: Store) {
  const found = yield* store.documents.read(key)
  return found._tag === "Found" ? new TextDecoder().decode(found.document.bytes) : found._tag
})

/** A store that fails the test when something is written to it. */
const writeProtected = (store: Store) =>
  interposed(store, (call, effect) =>
    /write|put|delete/i.test(call.operation) ? Effect.die(`${call.operation} ${call.path}`) : effect
  )

describe("the format of the store", () => {
  it.effect("is written down by the first hub that uses the store, and only read by later ones", () =>
    Effect.gen(function* () {
      const store = yield* memoryStore
      yield* require(store)
      assert.strictEqual(yield* read(store), format1)
      yield* require(writeProtected(store))
    })
  )

  it.effect("newer than this hub knows, refuses the start by name and writes nothing", () =>
    Effect.gen(function* () {
      const store = yield* memoryStore
      yield* write(store, newer)
      const error = yield* Effect.flip(require(writeProtected(store)))
      assert.instanceOf(error, FormatTooNew)
      assert.strictEqual(
        error.message,
        "the object store at memory: has format 9999, and this hub knows formats up to 1: run the newer hub, or " +
          "point this one at a copy of the store from before the upgrade"
      )
      assert.strictEqual(endingOf(error).exitCode, 3)
    })
  )

  it.effect("is not guessed if its document is damaged", () =>
    Effect.gen(function* () {
      const store = yield* memoryStore
      yield* write(store, 'format 13\0{"version":0}')
      assert.instanceOf(yield* Effect.flip(require(writeProtected(store))), ObjectCorrupt)
    })
  )

  it.live("is agreed on by hubs that start at once", () =>
    Effect.gen(function* () {
      for (let seed = 1; seed <= 20; seed++) {
        const plain = yield* memoryStore
        const store = interposed(plain, injecting(random(seeded(seed), { other: { turnsMax: 9 } })))
        yield* Effect.all(
          Array.from({ length: 8 }, () => require(store)),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(yield* read(plain), format1)
      }
    })
  )

  it.live("of a newer hub that starts at once with an older one, refuses the older one", () =>
    Effect.gen(function* () {
      const plain = yield* memoryStore
      const store = interposed(plain, (call, effect) =>
        call.operation === "documents.write" ? Effect.andThen(Effect.orDie(write(plain, newer)), effect) : effect
      )
      assert.instanceOf(yield* Effect.flip(require(store)), FormatTooNew)
      assert.strictEqual(yield* read(plain), newer)
    })
  )
})
