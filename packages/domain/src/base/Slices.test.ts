import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { eachInSlices, joining } from "./Slices.ts"

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

describe("many bytes", () => {
  it("are joined in order, with pauses", () => {
    const parts = [0, 1, 3_000_000, 7, 2_500_000].map((length, part) => new Uint8Array(length).fill(part))
    const slices = joining(parts)
    let pauses = 0
    let slice = slices.next()
    for (; slice.done !== true; slice = slices.next()) pauses += 1
    assert.isAtLeast(pauses, 4)
    assert.strictEqual(Buffer.compare(slice.value, Buffer.concat(parts)), 0)
  })
})
