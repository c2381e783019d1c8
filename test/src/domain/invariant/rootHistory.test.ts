/** The walk over the copies of roots. */
import { assert, describe, it } from "@effect/vitest"
import { rootsBackFrom } from "@musehub/domain/invariant/RootHistory"
import { documentPath } from "@musehub/domain/port/StoreKey"
import { Effect, Stream } from "effect"
import { historyPath } from "../../support/countingStore.ts"
import { ada, at, openedFor } from "../support/hubSamples.ts"
import { chainOf } from "../support/rootSamples.ts"
import { protect, world } from "../support/proposalSamples.ts"

describe("the roots' history", () => {
  it.effect("returns every root, newest first, and detects a copy that is missing or another's", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      for (let turn = 0; turn < 40; turn++) {
        yield* protect(hub, repository, "main", { approvals: turn % 3, selfApproval: true })
      }
      const { root } = yield* openedFor(hub, repository, ada, "read")
      const walk = at(hub)(Stream.runCollect(rootsBackFrom(root.value)))
      assert.deepStrictEqual(yield* walk, (yield* chainOf(hub.store, repository.id)).toReversed())
      const key = { kind: "history", repository: repository.id, sequence: 20 } as const
      assert.match(documentPath(key), historyPath)
      const neighbour = yield* hub.store.documents.read({ ...key, sequence: 21 })
      assert(neighbour._tag === "Found")
      yield* hub.store.documents.write(key, neighbour.document.bytes, { _tag: "Any" })
      assert.deepInclude(yield* Effect.flip(walk), { _tag: "ObjectCorrupt", key: documentPath(key) })
      yield* hub.store.documents.delete(key)
      assert.deepInclude(yield* Effect.flip(walk), { _tag: "ObjectCorrupt", key: documentPath(key) })
      // A walk that ends before it does not fail.
      const recent = yield* at(hub)(Stream.runCollect(rootsBackFrom(root.value).pipe(Stream.take(5))))
      assert.strictEqual(recent.length, 5)
    })
  )
})
