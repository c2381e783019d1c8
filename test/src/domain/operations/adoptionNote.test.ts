/** What an adoption left behind is noted in the store, within bounds. */
import { assert, describe, it } from "@effect/vitest"
import { expected } from "@musehub/domain/base/expected"
import { rowsMax } from "@musehub/domain/hub/verification/AdoptionReport"
import { lastAdoption, noteAdoption } from "@musehub/domain/usecase/operations/adoptionNote"
import { Effect, Option } from "effect"
import { at, startHub } from "../support/hubSamples.ts"

const rows = (repository: string, ...names: ReadonlyArray<string>) => ({
  name: repository,
  quarantined: names.map((row) => ({ repository, row, reason: "it has no head" }))
})

const noted = Effect.map(lastAdoption(), (report) => expected(Option.getOrUndefined(report), "a note"))

describe("what an adoption left behind", () => {
  it.effect("is that of the last run for each repository", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      yield* at(hub)(
        Effect.gen(function* () {
          assert.isTrue(Option.isNone(yield* lastAdoption()))
          yield* noteAdoption([rows("ada/a", "branch x"), rows("ada/b", "branch y", "branch z")], true, "1.2.3")
          assert.deepInclude(yield* noted, { version: "1.2.3", more: 0 })
          yield* noteAdoption([rows("ada/b", "branch z"), rows("ada/c")], false, "1.2.3")
          assert.deepStrictEqual(
            (yield* noted).left.map(({ repository, row }) => `${repository} ${row}`),
            ["ada/a branch x", "ada/b branch z"]
          )
          yield* noteAdoption([rows("ada/b")], true, "1.2.4")
          assert.deepInclude(yield* noted, { version: "1.2.4", left: [], more: 0 })
        })
      )
    })
  )

  it.effect("is a bounded number of rows, and the count of the others", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const names = Array.from({ length: rowsMax + 2 }, (_, number) => `branch ${number}`)
      yield* at(hub)(
        Effect.gen(function* () {
          yield* noteAdoption([rows("ada/a", ...names)], true, "1.2.3")
          const { left, more } = yield* noted
          assert.deepStrictEqual([left.length, more], [rowsMax, 2])
        })
      )
    })
  )
})
