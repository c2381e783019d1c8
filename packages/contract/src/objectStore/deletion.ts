/** What is deleted is gone. */
import { assert } from "@effect/vitest"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { Effect } from "effect"
import { keyOf, newRepository } from "../StoreSamples.ts"
import { blobAndPack, isMissing, idsOf, type Suite } from "./support.ts"

export const deletion = (it: Suite) => {
  it.effect("a deleted blob or pack is gone, can be deleted again, and can be put again", () =>
    Effect.gen(function* () {
      const store = yield* ObjectStore
      const repository = newRepository()
      for (const object of yield* blobAndPack(10)) {
        yield* store.delete(keyOf(repository, object))
        yield* store.put(repository, object)
        yield* store.delete(keyOf(repository, object))
        yield* store.delete(keyOf(repository, object))
        yield* isMissing(store, repository, object)
        assert.deepStrictEqual(yield* idsOf(store, repository, object.type), [])
        assert.strictEqual((yield* store.put(repository, object)).outcome, "created")
      }
    })
  )
}
