/**
 * Two hubs on one store, each with an index of its own: a token that one of them revokes is refused by the other within
 * a stated time, whatever the index of that one says.
 */
import { wholeIndexOf, portsOf } from "@musehub/contract/wholeIndex"
import { assert, describe, it } from "@effect/vitest"
import * as MemoryIndex from "@musehub/adapter-memory/MemoryIndex"
import * as MemoryObjectStore from "@musehub/adapter-memory/MemoryObjectStore"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { staleMillisMax } from "@musehub/domain/usecase/people/believing"
import { revokeToken } from "@musehub/domain/usecase/people/tokens"
import { sha256 } from "@musehub/domain/object/Digest"
import { Context, Effect, Layer } from "effect"
import { callCount } from "../../support/countingStore.ts"
import { interposed } from "../../support/interposedStore.ts"
import { type Hub, startHub, tokenFor } from "../hub/Hub.ts"
import { indexControl, interposedIndex } from "../hub/interposedIndex.ts"
import { call } from "../muse/MuseClient.ts"

const ownIndex = Layer.build(Layer.fresh(MemoryIndex.layer))

const scene = Effect.gen(function* () {
  const store = Context.get(yield* Layer.build(Layer.fresh(MemoryObjectStore.layer())), ObjectStore)
  const count = callCount()
  const counted = interposed(store, count.interpose)
  const control = indexControl()
  const one = yield* startHub(Context.merge(Context.make(ObjectStore, store), yield* ownIndex))
  const other = yield* startHub(
    Context.merge(
      Context.make(ObjectStore, counted),
      portsOf(interposedIndex(wholeIndexOf(yield* ownIndex), control.interpose))
    )
  )
  return { one, other, count, control, ada: yield* tokenFor(one, "ada"), bob: yield* tokenFor(one, "bob") }
})

const publicId = (secret: string) => sha256(secret).slice(0, 12)

const revoke = (hub: Hub, secret: string) =>
  revokeToken(publicId(secret)).pipe(Effect.provideContext(hub.services), Effect.orDie)

const statusOf = (hub: Hub, token: string) =>
  Effect.map(call({ url: hub.url, repository: "api/v1", token }, "GET", "user"), ({ status }) => status)

/** Waits until a token is refused, and returns how long that took. */
const refusedAfter = Effect.fnUntraced(function* (hub: Hub, token: string) {
  const since = performance.now()
  while ((yield* statusOf(hub, token)) !== 401) {
    assert.isBelow(performance.now() - since, staleMillisMax * 3, "the token is still accepted")
    yield* Effect.sleep(50)
  }
  return performance.now() - since
})

/** The most time that an answer of these tests takes on a machine that does much else. */
const graceMillis = 2000

describe("two hubs on one store, an index each", () => {
  it.live("a token that one revokes is refused by the other in time, also while the other's index is down", () =>
    Effect.gen(function* () {
      const { ada, bob, control, count, one, other } = yield* scene
      assert.deepStrictEqual([yield* statusOf(other, ada), yield* statusOf(other, bob)], [200, 200])
      count.reset()
      const since = performance.now()
      for (let request = 0; request < 40; request++) assert.strictEqual(yield* statusOf(other, bob), 200)
      const periods = 1 + Math.ceil((performance.now() - since) / staleMillisMax)
      assert.isAtMost(
        count.of("documents.read", /^hub\/tokens\//).length,
        periods,
        "one read of the token in that time"
      )
      control.fail(() => true)
      yield* revoke(one, ada)
      assert.strictEqual(yield* statusOf(one, ada), 401, "at once where it was revoked")
      assert.isAtMost(yield* refusedAfter(other, ada), staleMillisMax + graceMillis)
      assert.strictEqual(yield* statusOf(other, bob), 200)
    })
  )
})
