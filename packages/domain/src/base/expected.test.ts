import { assert, it } from "@effect/vitest"
import { Cause, Effect, Exit } from "effect"
import { elementAt, expected, orDefault } from "./expected.ts"

it("a value that is there is given, also an empty one", () => {
  for (const value of [0, "", false, null]) assert.strictEqual(expected(value, "a value"), value)
})

it.effect("a value that must be there and is not ends an effect as a defect, which names it", () =>
  Effect.gen(function* () {
    const generations = new Map([["a", 1]])
    const exit = yield* Effect.exit(Effect.sync(() => expected(generations.get("b"), "the generation of commit b")))
    assert.isTrue(Exit.isFailure(exit) && Cause.hasDies(exit.cause))
    assert.include(String(exit), "expected the generation of commit b, which is absent")
  })
)

it("an element is given where the list has one, and absent outside of it", () => {
  assert.strictEqual(elementAt(["a", ""], 1), "")
  for (const place of [-1, 2, 0.5]) {
    assert.throws(() => elementAt(["a", ""], place), `expected an element at ${place} of 2, which is absent`)
  }
})

it("another value stands only for one that is absent", () => {
  assert.deepStrictEqual([orDefault(undefined, 1), orDefault(null, 1), orDefault<number, number>(0, 1)], [1, 1, 0])
})
