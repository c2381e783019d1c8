import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { GivingWay } from "./GivingWay.ts"

const isDone = (fiber: Fiber.Fiber<void>): boolean => fiber.pollUnsafe() !== undefined

/** A deriver that waits for its turn, and a request that goes on until it is interrupted. */
const waiting = Effect.gen(function* () {
  const way = new GivingWay()
  const request = yield* Effect.forkChild(way.to(Effect.never), { startImmediately: true })
  const turn = Effect.forkChild(way.turn, { startImmediately: true })
  return { request, turn }
})

describe("a deriver that gives way", () => {
  it.effect("waits for a request, and now and then no longer", () =>
    Effect.gen(function* () {
      const { request, turn } = yield* waiting
      const first = yield* turn
      yield* TestClock.adjust("999 millis")
      assert.isFalse(isDone(first))
      yield* TestClock.adjust("1 millis")
      assert.isTrue(isDone(first))
      assert.isTrue(isDone(yield* turn))
      yield* TestClock.adjust("100 millis")
      const second = yield* turn
      assert.isFalse(isDone(second))
      yield* Fiber.interrupt(request)
      yield* Fiber.join(second)
      assert.isTrue(isDone(yield* turn))
    })
  )

  it.effect("has no time to itself for having waited until the end of a request", () =>
    Effect.gen(function* () {
      const way = new GivingWay()
      const request = yield* Effect.forkChild(way.to(Effect.never), { startImmediately: true })
      const first = yield* Effect.forkChild(way.turn, { startImmediately: true })
      yield* Fiber.interrupt(request)
      yield* Fiber.join(first)
      yield* Effect.forkChild(way.to(Effect.never), { startImmediately: true })
      assert.isFalse(isDone(yield* Effect.forkChild(way.turn, { startImmediately: true })))
    })
  )

  it.effect("does not wait for a request that began over a minute ago", () =>
    Effect.gen(function* () {
      const { turn } = yield* waiting
      yield* TestClock.adjust("60001 millis")
      assert.isTrue(isDone(yield* turn))
    })
  )
})
