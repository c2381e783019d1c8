/** A store with a clock of its own, and garbage collections of a hub on it. */
import { assert } from "@effect/vitest"
import { probe } from "@musehub/domain/usecase/operations/probe"
import { applyGc, type Collected } from "@musehub/domain/usecase/operations/gc/applyGc"
import type { Plan, PlanEntry } from "@musehub/domain/usecase/operations/gc/Plan"
import { planGc, type PlanOptions } from "@musehub/domain/usecase/operations/gc/planGc"
import { Effect } from "effect"
import type { Store } from "../../support/interposedStore.ts"
import { at, startHub, type TestHub } from "../support/hubSamples.ts"
import { memoryStore } from "../support/rootSamples.ts"

export const days = 24 * 60 * 60 * 1000

/** A store whose clock is set by hand: what is stored before a step of it grows older by that. */
export const agingStore = Effect.gen(function* () {
  const plain = yield* memoryStore
  let passed = 0
  const stored = new Map<string, number>()
  const store: Store = {
    ...plain,
    put: (repository, sealed) =>
      Effect.tap(plain.put(repository, sealed), ({ outcome, storageUri }) =>
        Effect.sync(() => {
          // An adapter refreshes what is older than a day.
          const isFresh = outcome === "identical" && passed - (stored.get(storageUri) ?? 0) <= days
          if (!isFresh) stored.set(storageUri, passed)
        })
      ),
    head: (key) =>
      Effect.map(plain.head(key), (head) => ({
        ...head,
        storedAtMillis: head.storedAtMillis + (stored.get(head.storageUri) ?? 0)
      })),
    list: (repository, type, page) =>
      Effect.map(plain.list(repository, type, page), (listed) => ({
        ...listed,
        items: listed.items.map((head) => ({
          ...head,
          storedAtMillis: head.storedAtMillis + (stored.get(head.storageUri) ?? 0)
        }))
      }))
  }
  return { store, passed: () => passed, pass: (millis: number) => Effect.sync(() => void (passed += millis)) }
})

/** A hub on such a store, which was probed. */
export const agingHub = Effect.gen(function* () {
  const { pass, store } = yield* agingStore
  const hub = yield* startHub({ store })
  yield* at(hub)(probe())
  return { hub, pass }
})

/** Makes a plan as another process does. */
export const planned = Effect.fnUntraced(function* (
  { index, store }: Pick<TestHub, "index" | "store">,
  options: Partial<PlanOptions> = {}
) {
  const refusals: Array<string> = []
  const plan = yield* at(yield* startHub({ index, store }))(
    planGc({ onRefused: ({ name }) => Effect.sync(() => void refusals.push(name)), ...options })
  )
  return { plan, refusals, kinds: plan.entries.map(({ kind }) => kind).toSorted() }
})

/** Applies a plan as another process does. */
export const applied = Effect.fnUntraced(function* (
  { index, store }: Pick<TestHub, "index" | "store">,
  plan: Plan,
  isSure = true
) {
  const left: Array<{ readonly entry: PlanEntry; readonly reason: string }> = []
  const collected: Collected = yield* at(yield* startHub({ index, store }))(
    applyGc(plan, { isSure, onLeft: (entry, reason) => Effect.sync(() => void left.push({ entry, reason })) })
  )
  assert.strictEqual(collected.left, left.length)
  return { collected, left }
})
