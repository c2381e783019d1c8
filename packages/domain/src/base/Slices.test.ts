import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { eachInSlices } from "./Slices.ts"

describe("a loop over many items", () => {
  it.live("lets other work run before it ends", () =>
    Effect.gen(function* () {
      let seen = 0
      const loop = yield* Effect.forkChild(
        eachInSlices(Array.from({ length: 100_000 }).keys(), () => seen++),
        { startImmediately: true }
      )
      yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
      assert.isAbove(seen, 0)
      assert.isBelow(seen, 100_000)
      yield* Fiber.join(loop)
      assert.strictEqual(seen, 100_000)
    })
  )
})
