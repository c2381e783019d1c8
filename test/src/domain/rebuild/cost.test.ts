/** What a dry run says of a rebuild is what the rebuild asks the store. */
import { assert, describe, it } from "@effect/vitest"
import { estimateRebuild } from "@musehub/domain/usecase/operations/cost/estimateRebuild"
import { listPrices, moneyOf } from "@musehub/domain/usecase/operations/cost/Prices"
import { type RequestClass, requestClasses, Requests } from "@musehub/domain/usecase/operations/cost/Requests"
import { rebuildIndex } from "@musehub/domain/usecase/operations/rebuildIndex"
import { Effect } from "effect"
import { callCount } from "../../support/countingStore.ts"
import { interposed } from "../../support/interposedStore.ts"
import { requestsOf } from "../../support/requestsOf.ts"
import { seeded } from "../../support/seeded.ts"
import { at, newRepository, pushSteps, startHub, step, type TestHub } from "../support/hubSamples.ts"
import { hubAt, inMemory } from "./proofs.ts"
import { runProgram } from "./runProgram.ts"

/** Rebuilds into an index that is empty, or that of another hub, and returns the requests by class. */
const counted = Effect.fnUntraced(function* ({ store }: TestHub, index?: TestHub["index"]) {
  const calls = callCount()
  const hub = yield* startHub({ store: interposed(store, calls.interpose), ...(index === undefined ? {} : { index }) })
  calls.reset()
  yield* at(hub)(rebuildIndex())
  return requestsOf(calls.calls)
})

/** Asserts that an estimate is that of the rebuild, but for a share of the reads. */
const assertClose = (estimated: Readonly<Record<RequestClass, number>>, real: Record<RequestClass, number>) => {
  for (const each of ["list", "head", "put", "delete"] as const) assert.strictEqual(estimated[each], real[each], each)
  assert.isAtLeast(estimated.get, real.get * 0.95)
  assert.isAtMost(estimated.get, real.get * 1.1 + 2)
}

describe("a dry run of a rebuild", () => {
  it.live(
    "says how many requests of each class it takes, for an index that is empty, whole, or behind",
    () =>
      Effect.gen(function* () {
        const hub = yield* hubAt(yield* inMemory)
        yield* runProgram(seeded(7), [hub, yield* startHub(hub)], 80)
        const empty = yield* startHub({ store: hub.store })
        const before = yield* at(empty)(estimateRebuild())
        assert.deepStrictEqual(yield* empty.index.counts, { repositories: 0, commits: 0, snapshots: 0, blobs: 0 })
        assertClose(before.requests, yield* counted(hub))
        assert.isAbove(before.packs, 10)
        assert.strictEqual(before.unreadable, 0)

        const { index } = empty
        yield* at(empty)(rebuildIndex())
        const after = yield* at(yield* startHub({ store: hub.store, index }))(estimateRebuild())
        assert.strictEqual(after.packs, 0)
        assertClose(after.requests, yield* counted(hub, index))
        assert.isBelow(after.requests.get, before.requests.get)

        const later = yield* newRepository(hub, "later")
        yield* pushSteps(hub, later, "main", [step("first", { a: "1" })])
        const behind = yield* at(yield* startHub({ store: hub.store, index }))(estimateRebuild())
        // A push puts the blobs that came ahead in a pack of their own.
        assert.strictEqual(behind.packs, 2)
        assertClose(behind.requests, yield* counted(hub, index))
      }).pipe(Effect.scoped),
    60_000
  )

  it("prices each class by the thousand, and bytes by the GiB", () => {
    const requests = new Requests()
    const one = { list: 0, get: 0, head: 0, put: 0, delete: 0, gib: 0 }
    for (const each of requestClasses) {
      const counts = Object.assign(new Requests(), { [each]: 2000 })
      assert.strictEqual(moneyOf(counts, { ...listPrices, ...one, [each]: 3 }), 6)
    }
    requests.read(2 ** 31)
    assert.strictEqual(moneyOf(requests, { ...listPrices, ...one, gib: 5 }), 10)
    requests.listed(0)
    requests.listed(1000)
    requests.listed(1001)
    assert.strictEqual(requests.list, 4)
  })
})
