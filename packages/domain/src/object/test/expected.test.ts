import { assert, it } from "@effect/vitest"
import { Cause, Effect, Exit } from "effect"
import { expected } from "../expected.ts"

it("returns a value that is present, even an empty one", () => {
  for (const value of [0, "", false, null]) assert.strictEqual(expected(value, "a value"), value)
})

it.effect("ends an effect as a defect that says what is absent", () =>
  Effect.gen(function* () {
    const generations = new Map([["a", 1]])
    const exit = yield* Effect.exit(
      Effect.gen(function* () {
        return yield* Effect.sync(() => expected(generations.get("b"), "the generation of commit b"))
      })
    )
    assert.isTrue(Exit.isFailure(exit) && Cause.hasDies(exit.cause))
    assert.include(String(exit), "expected the generation of commit b, which is absent")
  })
)
