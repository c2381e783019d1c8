/** A collection that is stopped at any of its writes is begun again with the same plan, and ends as if undisturbed. */
import { assert, describe, it } from "@effect/vitest"
import { applyGc } from "@musehub/domain/usecase/operations/gc/applyGc"
import { mergePacks } from "@musehub/domain/usecase/packs/mergePacks"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { expected } from "@musehub/domain/base/expected"
import { mishaps, unluckyHub } from "../crashes/mishaps.ts"
import { at, clone, newRepository, pushSteps, step, storedIds } from "../support/hubSamples.ts"
import { assertSound, largeText } from "../verify/verified.ts"
import { agingHub, applied, days, planned } from "./collected.ts"

const collectable = Effect.gen(function* () {
  const { hub, pass } = yield* agingHub
  const repository = yield* newRepository(hub)
  const base = step("base", { a: "one" })
  const lost = step("lost", { a: "x".repeat(9000), big: largeText }, [base])
  const kept = step("kept", { a: "three" }, [base])
  yield* pushSteps(hub, repository, "main", [base])
  yield* at(hub)(mergePacks(repository.id, 2))
  for (const each of [lost, kept]) yield* pushSteps(hub, repository, "main", [each], { force: true })
  yield* pass(15 * days)
  const { plan } = yield* planned(hub, { isSure: true, retentionMillis: -2 * days })
  return { hub, kept, plan, repository }
})

/** Lets time pass until an effect ends. */
const inTime = Effect.fnUntraced(function* <A, E, R>(effect: Effect.Effect<A, E, R>) {
  const running = yield* Effect.forkChild(effect)
  while (running.pollUnsafe() === undefined) yield* TestClock.adjust("5 seconds")
  return yield* Fiber.join(running)
})

describe("gc that is stopped", () => {
  it.effect("ends as an undisturbed one, when it is begun again", () =>
    Effect.gen(function* () {
      const whole = yield* collectable
      yield* applied(whole.hub, whole.plan)
      const ids = yield* storedIds(whole.hub.store, whole.repository.id)
      const mishap = expected(mishaps["stops before a write"], "the mishap")
      let stops = 0
      for (let nth = 1; ; nth += 1) {
        const { hub, kept, plan, repository } = yield* collectable
        const unlucky = yield* unluckyHub(hub, mishap, nth)
        yield* Effect.exit(inTime(at(unlucky.hub)(applyGc(plan, { isSure: true, onLeft: () => Effect.void }))))
        if (!unlucky.isMet()) break
        stops += 1
        yield* inTime(applied(hub, plan))
        const again = yield* storedIds(hub.store, repository.id)
        for (const type of ["blob", "snapshot", "commit"] as const) {
          assert.deepStrictEqual(again[type].toSorted(), ids[type].toSorted(), `stop ${nth}`)
        }
        const left = yield* hub.store.documents.list({ kind: "condemned", repository: repository.id }, { limit: 9 })
        assert.isAtMost(left.items.length, 1)
        yield* assertSound(hub)
        yield* clone(hub, repository, [kept.commit.id])
      }
      assert.isAbove(stops, 10)
    })
  )
})
