/** What every lock promises. Part of the suite in `indexContract.ts`. */
import { assert } from "@effect/vitest"
import type { Index } from "@musehub/domain/port/index/Index"
import type { Lock } from "@musehub/domain/port/Lock"
import { Deferred, Duration, Effect, Exit, Fiber, Layer, Result } from "effect"
import { randomUUID } from "node:crypto"
import type { Capabilities, Suite } from "../IndexSuite.ts"
import { wholeIndex } from "../wholeIndex.ts"

export const locks = <E>(it: Suite, layer: Layer.Layer<Index | Lock, E>, can: Capabilities) => {
  it.effect("a lock admits one effect at a time and returns its result", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const name = randomUUID()
      let inside = 0
      let most = 0
      const enter = Effect.gen(function* () {
        most = Math.max(most, ++inside)
        yield* Effect.sleep(Duration.millis(2))
        inside--
        return "done"
      })
      const results = yield* Effect.all(
        Array.from({ length: 30 }, () => index.withLock(name, enter)),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(most, 1)
      assert.deepStrictEqual(new Set(results), new Set(["done"]))
    })
  )

  it.effect("a lock ends with its effect, however that ends, and passes on its failure", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const name = randomUUID()
      assert.deepStrictEqual(yield* Effect.result(index.withLock(name, Effect.fail("no"))), Result.fail("no"))
      assert.isTrue(Exit.hasDies(yield* Effect.exit(index.withLock(name, Effect.die("bug")))))
      const entered = yield* Deferred.make<void>()
      const stuck = yield* Effect.forkChild(
        index.withLock(name, Effect.andThen(Deferred.succeed(entered, undefined), Effect.never))
      )
      yield* Deferred.await(entered)
      const waiting = yield* Effect.forkChild(index.withLock(name, Effect.void))
      yield* Effect.sleep(Duration.millis(20))
      yield* Fiber.interrupt(waiting)
      yield* Fiber.interrupt(stuck)
      yield* index.withLock(name, Effect.void)
    })
  )

  it.effect("locks of other names do not wait, and many waiting lockers do not block queries", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const name = randomUUID()
      const answer = yield* index.withLock(
        name,
        Effect.gen(function* () {
          // Detached, since an effect under a lock may run in a fiber of its own, which ends its children.
          const waiting = yield* Effect.forkDetach(
            Effect.all(
              Array.from({ length: 60 }, () => index.withLock(name, Effect.void)),
              { concurrency: "unbounded" }
            )
          )
          yield* Effect.sleep(Duration.millis(20))
          return { waiting, counts: yield* index.withLock(`${name}-other`, index.counts) }
        })
      )
      assert.isAtLeast(answer.counts.commits, 0)
      assert.strictEqual((yield* Fiber.join(answer.waiting)).length, 60)
    })
  )

  it.effect.runIf(can.shared)(
    can.shared
      ? "processes exclude each other"
      : "processes exclude each other (skipped: no other process can open this index)",
    () =>
      Effect.gen(function* () {
        const index = yield* wholeIndex
        const name = randomUUID()
        const order: Array<string> = []
        const other = yield* Layer.build(Layer.fresh(layer))
        const entered = yield* Deferred.make<void>()
        const first = yield* Effect.forkChild(
          index.withLock(
            name,
            Effect.gen(function* () {
              yield* Deferred.succeed(entered, undefined)
              yield* Effect.sleep(Duration.millis(100))
              order.push("first")
            })
          )
        )
        yield* Deferred.await(entered)
        const second = Effect.flatMap(wholeIndex, (own) =>
          own.withLock(
            name,
            Effect.sync(() => order.push("second"))
          )
        )
        yield* Effect.provide(second, other)
        yield* Fiber.join(first)
        assert.deepStrictEqual(order, ["first", "second"])
      })
  )
}
