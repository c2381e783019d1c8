/** A hub without damage has no faults, whatever was done to it, and one that does not answer has none either. */
import { assert, describe, it } from "@effect/vitest"
import { Fault } from "@musehub/domain/port/UnavailableReason"
import { StoreUnavailable } from "@musehub/domain/port/ObjectStore"
import { UserName } from "@musehub/domain/repository/Names"
import { rebuildIndex } from "@musehub/domain/usecase/operations/rebuildIndex"
import { type VerifyOptions, verifyHub } from "@musehub/domain/usecase/operations/verify/verifyHub"
import { mergePacks } from "@musehub/domain/usecase/packs/mergePacks"
import { ensureUser } from "@musehub/domain/usecase/people/tokens"
import { Effect, Fiber } from "effect"
import { interposed } from "../../support/interposedStore.ts"
import { forSeeds } from "../../support/seeded.ts"
import { runProgram } from "../rebuild/runProgram.ts"
import { ada, at, failingIndex, newRepository, pushSteps, startHub, step, type TestHub } from "../support/hubSamples.ts"
import { memoryStore } from "../support/rootSamples.ts"
import { withRowsOf } from "./lyingRows.ts"
import { assertSound, findingsOf, grownHub, levels } from "./verified.ts"

const programs = 4
const stepsOfEach = 50

/** A hub whose store fails the call with this number, counted from 0; and how many calls were made. */
const failingAt = (store: TestHub["store"], number: number) => {
  const made = { calls: 0 }
  const failing = interposed(store, (call, effect) =>
    Effect.gen(function* () {
      made.calls += 1
      if (made.calls - 1 !== number) return yield* effect
      const reason = new Fault({ cause: new Error("injected: the store is away") })
      return yield* new StoreUnavailable({ operation: call.operation, key: call.path, reason })
    })
  )
  return { made, store: failing }
}

describe("verify", () => {
  it.effect(`finds no fault after ${programs} random programs, nor in an index that was rebuilt`, () =>
    forSeeds(programs, (random) =>
      Effect.gen(function* () {
        const store = yield* memoryStore
        const hub = yield* startHub({ store })
        for (const user of ["ada", "bob"]) yield* at(hub)(ensureUser(UserName.make(user)))
        yield* runProgram(random, [hub, yield* startHub(hub)], stepsOfEach)
        yield* assertSound(hub)
        const rebuilt = yield* startHub({ store })
        yield* at(rebuilt)(rebuildIndex())
        yield* assertSound(rebuilt)
      })
    )
  )

  it.effect("fails where the store does not answer, and counts nothing as lost", () =>
    Effect.gen(function* () {
      const { hub } = yield* grownHub
      const whole = failingAt(hub.store, -1)
      yield* findingsOf({ store: whole.store, index: hub.index }, "deep")
      assert.isAbove(whole.made.calls, 50)
      for (let number = 0; number < whole.made.calls; number += 3) {
        const { store } = failingAt(hub.store, number)
        let faults = 0
        const error = yield* Effect.flip(
          at(yield* startHub({ store, index: hub.index }))(
            verifyHub({
              level: "deep",
              version: "1.2.3",
              onFinding: ({ severity }) => Effect.sync(() => void (faults += severity === "fault" ? 1 : 0))
            })
          )
        )
        assert.deepStrictEqual([error._tag, faults], ["StoreUnavailable", 0], `call ${number}`)
      }
    })
  )

  it.effect("fails where the index does not answer", () =>
    Effect.gen(function* () {
      const { hub } = yield* grownHub
      const index = failingIndex(hub.index, () => true)
      const error = yield* Effect.flip(findingsOf({ store: hub.store, index }, "quick"))
      assert.strictEqual(error._tag, "IndexUnavailable")
    })
  )

  it.effect("finds no fault beside pushes", () =>
    Effect.gen(function* () {
      const { hub, repository, second } = yield* grownHub
      const pushing = Effect.fnUntraced(function* (branch: string) {
        let last = second
        for (let number = 0; number < 20; number += 1) {
          last = step(`${branch} ${number}`, { a: `text ${number} of ${branch}` }, [last])
          yield* pushSteps(hub, repository, branch, [last], { by: ada })
          if (number % 5 === 0) yield* newRepository(hub, `${branch}-${number}`)
          if (number % 5 === 3) yield* at(hub)(mergePacks(repository.id, 2))
        }
      })
      for (const level of levels) {
        const pushed = yield* Effect.forkChild(pushing(level))
        // Every call of the store lets the pushes go on.
        const store = interposed(hub.store, (_, effect) => Effect.andThen(Effect.yieldNow, effect))
        while (pushed.pollUnsafe() === undefined) {
          const { faults } = yield* findingsOf({ store, index: hub.index }, level)
          assert.deepStrictEqual(faults, [], level)
        }
        yield* Fiber.join(pushed)
      }
    })
  )

  it.effect("finds no fault in rows of a pack that was pushed and merged while they were read", () =>
    Effect.gen(function* () {
      const { hub, repository, second } = yield* grownHub
      let isFirst = true
      const index = withRowsOf(
        hub.index,
        Effect.fnUntraced(function* (...asked) {
          if (!isFirst) return yield* hub.index.rows(...asked)
          isFirst = false
          yield* Effect.orDie(
            pushSteps(hub, repository, "main", [step("late", { a: "late" }, [second])], { force: true })
          )
          const rows = yield* hub.index.rows(...asked)
          yield* Effect.orDie(at(hub)(mergePacks(repository.id, 2)))
          return rows
        })
      )
      const { faults } = yield* findingsOf({ store: hub.store, index }, "default")
      assert.deepStrictEqual(faults, [])
    })
  )

  it.effect("says how much it will read, and reads that", () =>
    Effect.gen(function* () {
      const { hub } = yield* grownHub
      for (const level of levels) {
        const told: Array<Readonly<Record<"objects" | "objectsTotal" | "bytes" | "bytesTotal", number>>> = []
        const onProgress: VerifyOptions["onProgress"] = ({ bytes, bytesTotal, objects, objectsTotal }) =>
          void told.push({ bytes, bytesTotal, objects, objectsTotal })
        const { verified } = yield* findingsOf(hub, level, { onProgress })
        const last = told.at(-1)
        assert.strictEqual(told.length > 0, level !== "quick")
        if (last === undefined) continue
        assert.deepStrictEqual([last.objects, last.bytes], [verified.objects, verified.bytes])
        assert.deepStrictEqual([last.objectsTotal, last.bytesTotal], [verified.objects, verified.bytes], level)
      }
    })
  )

  it.effect("reads only the repositories that it is asked for", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* grownHub
      const other = yield* newRepository(hub, "other", { initialize: true })
      yield* hub.store.documents.delete({ kind: "root", repository: other.id })
      const { faults, verified } = yield* findingsOf(hub, "default", { repositories: [repository.id] })
      assert.deepStrictEqual([faults, verified.repositories], [[], 1])
      const found = yield* findingsOf(hub, "default", { repositories: [other.id] })
      assert.deepStrictEqual(
        found.faults.map(({ _tag }) => _tag),
        ["RootMissing"]
      )
    })
  )
})
