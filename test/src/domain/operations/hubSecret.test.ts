/** The secret that the hubs of one store share. */
import { assert, describe, it } from "@effect/vitest"
import { ObjectStore, StoreUnavailable } from "@musehub/domain/port/ObjectStore"
import { Refused } from "@musehub/domain/port/UnavailableReason"
import { hubSecret } from "@musehub/domain/usecase/operations/hubSecret"
import { Effect, Redacted } from "effect"
import { injecting } from "../../support/faultyStore.ts"
import { interposed, type Store } from "../../support/interposedStore.ts"
import { whileTimePasses } from "../../support/time.ts"
import { memoryStore } from "../support/rootSamples.ts"

const secretOf = (store: Store) =>
  Effect.map(Effect.provideService(hubSecret, ObjectStore, store), (secret) => Redacted.value(secret))

describe("the secret of the hub", () => {
  it.effect("is made once for each store, also by hubs that start together, and never by guessing", () =>
    Effect.gen(function* () {
      const slow = interposed(
        yield* memoryStore,
        injecting(() => ({ turnsBefore: 2, turnsAfter: 2 }))
      )
      const found = yield* whileTimePasses(
        Effect.forEach([1, 2, 3, 4, 5], () => secretOf(slow), { concurrency: "unbounded" })
      )
      assert.lengthOf(new Set(found), 1)
      assert.strictEqual(yield* secretOf(slow), found[0])
      assert.notStrictEqual(yield* secretOf(yield* memoryStore), found[0])
    })
  )

  it.effect("is one of its own in a process whose store takes no writes", () =>
    Effect.gen(function* () {
      const store = yield* memoryStore
      const reason = new Refused({ cause: new Error("injected: read-only") })
      const readOnly: Store = {
        ...store,
        documents: {
          ...store.documents,
          write: () => Effect.fail(new StoreUnavailable({ operation: "write", key: "a key", reason }))
        }
      }
      assert.match(yield* secretOf(readOnly), /^[0-9a-f]{64}$/)
      assert.deepStrictEqual(
        (yield* store.documents.list({ kind: "hub", collection: "secret" }, { limit: 10 })).items,
        []
      )
    })
  )
})
