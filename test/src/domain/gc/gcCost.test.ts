/** What a plan says that carrying it out asks the store is what it asks. */
import { assert, describe, it } from "@effect/vitest"
import { estimateGc } from "@musehub/domain/usecase/operations/cost/estimateGc"
import { listPrices, moneyToStore } from "@musehub/domain/usecase/operations/cost/Prices"
import { requestClasses } from "@musehub/domain/usecase/operations/cost/Requests"
import type { Plan } from "@musehub/domain/usecase/operations/gc/Plan"
import { mergePacks } from "@musehub/domain/usecase/packs/mergePacks"
import { Effect } from "effect"
import { callCount } from "../../support/countingStore.ts"
import { interposed } from "../../support/interposedStore.ts"
import { requestsOf } from "../../support/requestsOf.ts"
import { at, newRepository, pushSteps, step, type TestHub } from "../support/hubSamples.ts"
import { largeText } from "../verify/verified.ts"
import { agingHub, applied, days, planned } from "./collected.ts"

/** Applies a plan, and asserts that it asks the store for what was estimated. Returns the bytes that went. */
const assertClose = Effect.fnUntraced(function* ({ index, store }: TestHub, plan: Plan) {
  const calls = callCount()
  const { collected, left } = yield* applied({ index, store: interposed(store, calls.interpose) }, plan)
  assert.deepStrictEqual(left, [])
  const real = requestsOf(calls.calls)
  const { freedBytes, requests } = estimateGc(plan)
  assert.strictEqual(requests.delete, real.delete)
  for (const each of requestClasses) assert.closeTo(requests[each], real[each], 3 + real[each] / 5, each)
  return { freedBytes, bytes: collected.bytes }
})

describe("the cost of a plan of gc", () => {
  it.effect("is what carrying it out asks the store, by class, and the bytes that go", () =>
    Effect.gen(function* () {
      const { hub, pass } = yield* agingHub
      const repository = yield* newRepository(hub)
      let parent = step("base", { a: "one" })
      yield* pushSteps(hub, repository, "main", [parent])
      for (let count = 0; count < 10; count += 1) {
        parent = step(`step ${count}`, { a: `${count}`, big: largeText }, [parent])
        yield* pushSteps(hub, repository, "main", [parent])
      }
      yield* at(hub)(mergePacks(repository.id, 2))
      yield* pass(15 * days)
      const replaced = yield* planned(hub, { isSure: true })
      assert.isAbove(replaced.kinds.length, 10)
      const went = yield* assertClose(hub, replaced.plan)
      assert.strictEqual(went.freedBytes, went.bytes)

      yield* pushSteps(hub, repository, "main", [step("other", { a: "z".repeat(5000) })], { force: true })
      yield* pass(15 * days)
      const lost = yield* planned(hub, { isSure: true, retentionMillis: -2 * days })
      assert.deepStrictEqual(lost.kinds, ["blob", "drop"])
      const dropped = yield* assertClose(hub, lost.plan)
      // Packs that were written again go by a later plan.
      assert.isAbove(dropped.freedBytes, dropped.bytes)
      assert.strictEqual(estimateGc({ entries: [], repositories: [] }).freedBytes, 0)
    })
  )

  it("prices what is stored by the GiB and month", () => {
    assert.strictEqual(moneyToStore(2 ** 31, { ...listPrices, gibMonth: 3 }), 6)
  })
})
