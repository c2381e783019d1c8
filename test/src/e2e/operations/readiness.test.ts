/** `GET /health` and `GET /ready`: whether the process is alive, and what it can serve. */
import { assert, describe, it } from "@effect/vitest"
import * as MemoryIndex from "@musehub/adapter-memory/MemoryIndex"
import * as MemoryObjectStore from "@musehub/adapter-memory/MemoryObjectStore"
import { portsOf, wholeIndexOf } from "@musehub/contract/wholeIndex"
import { IndexUnavailable } from "@musehub/domain/port/index/IndexUnavailable"
import { ObjectStore, StoreUnavailable } from "@musehub/domain/port/ObjectStore"
import { Fault } from "@musehub/domain/port/UnavailableReason"
import { Context, Effect, Layer } from "effect"
import { interposed } from "../../support/interposedStore.ts"
import { interposedIndex } from "../hub/interposedIndex.ts"
import { startHub } from "../hub/Hub.ts"

type State = "up" | "fails" | "hangs"

/** A hub whose store and index can be made to fail or to hang. */
const spoilable = Effect.gen(function* () {
  const storage = yield* Layer.build(Layer.fresh(Layer.merge(MemoryObjectStore.layer(), MemoryIndex.layer)))
  const states: { store: State; index: State } = { store: "up", index: "up" }
  const reason = new Fault({ cause: new Error("injected") })
  const spoilt = <A, E, R, F>(state: State, call: Effect.Effect<A, E, R>, failure: F): Effect.Effect<A, E | F, R> =>
    state === "hangs" ? Effect.never : state === "fails" ? Effect.fail(failure) : call
  const store = interposed(Context.get(storage, ObjectStore), ({ operation, path }, call) =>
    Effect.suspend(() => spoilt(states.store, call, new StoreUnavailable({ operation, key: path, reason })))
  )
  const index = interposedIndex(wholeIndexOf(storage), (operation, call) =>
    Effect.suspend(() => spoilt(states.index, call, new IndexUnavailable({ operation, reason })))
  )
  const hub = yield* startHub(Context.merge(Context.make(ObjectStore, store), portsOf(index)))
  const ask = (path: string) =>
    Effect.promise(async () => {
      const answer = await fetch(`${hub.url}${path}`, { headers: { accept: "application/json" } })
      return { status: answer.status, body: (await answer.json()) as unknown }
    })
  return { ask, states }
})

describe("GET /health and GET /ready", () => {
  it.live("a hub that can do everything is alive and ready", () =>
    Effect.gen(function* () {
      const { ask } = yield* spoilable
      assert.strictEqual((yield* ask("/health")).status, 200)
      assert.deepStrictEqual(yield* ask("/ready"), {
        status: 200,
        body: { status: "ready", store: "available", index: "available", migrations: "applied" }
      })
    }).pipe(Effect.scoped)
  )

  for (const state of ["fails", "hangs"] as const) {
    it.live(`without an index (it ${state}) the hub is degraded, and ready to serve clones`, () =>
      Effect.gen(function* () {
        const { ask, states } = yield* spoilable
        states.index = state
        assert.deepStrictEqual(yield* ask("/ready"), {
          status: 200,
          body: { status: "degraded", store: "available", index: "unavailable", migrations: "unknown" }
        })
      }).pipe(Effect.scoped)
    )

    it.live(`without a store (it ${state}) the hub is not ready, but alive`, () =>
      Effect.gen(function* () {
        const { ask, states } = yield* spoilable
        states.store = state
        assert.deepStrictEqual(yield* ask("/ready"), {
          status: 503,
          body: { status: "unavailable", store: "unavailable", index: "available", migrations: "applied" }
        })
        assert.strictEqual((yield* ask("/health")).status, 200)
      }).pipe(Effect.scoped)
    )
  }
})
