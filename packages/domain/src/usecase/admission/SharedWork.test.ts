import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Layer, Scope } from "effect"
import { layer, shared } from "./SharedWork.ts"

const sharing = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.provide(effect, Layer.fresh(layer))

/** Work that waits for `go`, and counts how often it was begun and how many of its results are in use. */
const counted = Effect.gen(function* () {
  const go = yield* Deferred.make<string, string>()
  const counts = { begun: 0, kept: 0 }
  const work = Effect.gen(function* () {
    counts.begun++
    yield* Effect.acquireRelease(
      Effect.sync(() => counts.kept++),
      () => Effect.sync(() => counts.kept--)
    )
    return yield* Deferred.await(go)
  })
  return { counts, go, work }
})

const forked = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.forkChild(effect, { startImmediately: true })

describe("work that several callers ask for at the same time", () => {
  it.effect("is done once for all of them, and its result is kept until the last is done with it", () =>
    Effect.gen(function* () {
      const { counts, go, work } = yield* counted
      const [first, second] = [yield* Scope.make(), yield* Scope.make()]
      const callers = [
        yield* forked(Scope.provide(shared("key", work), first)),
        yield* forked(Scope.provide(shared("key", work), second))
      ]
      yield* Deferred.succeed(go, "plan")
      assert.deepStrictEqual(yield* Fiber.joinAll(callers), ["plan", "plan"])
      assert.deepStrictEqual(counts, { begun: 1, kept: 1 })
      yield* Scope.close(first, Exit.void)
      assert.deepStrictEqual(counts, { begun: 1, kept: 1 })
      assert.strictEqual(yield* Effect.scoped(shared("key", work)), "plan")
      yield* Scope.close(second, Exit.void)
      assert.deepStrictEqual(counts, { begun: 1, kept: 0 })
      yield* Effect.scoped(shared("key", work))
      assert.strictEqual(counts.begun, 2)
    }).pipe(sharing)
  )

  it.effect("goes on when the caller that began it leaves, and ends when all have left", () =>
    Effect.gen(function* () {
      const { counts, work } = yield* counted
      const first = yield* forked(Effect.scoped(shared("key", work)))
      const second = yield* forked(Effect.scoped(shared("key", work)))
      yield* Fiber.interrupt(first)
      assert.deepStrictEqual(counts, { begun: 1, kept: 1 })
      yield* Fiber.interrupt(second)
      assert.deepStrictEqual(counts, { begun: 1, kept: 0 })
    }).pipe(sharing)
  )

  it.effect("fails for those who wait for it, and is begun again by the next", () =>
    Effect.gen(function* () {
      const { counts, go, work } = yield* counted
      const waiting = yield* forked(Effect.flip(Effect.scoped(shared("key", work))))
      yield* Deferred.fail(go, "busy")
      assert.strictEqual(yield* Fiber.join(waiting), "busy")
      yield* Effect.flip(Effect.scoped(shared("key", work)))
      assert.deepStrictEqual(counts, { begun: 2, kept: 0 })
    }).pipe(sharing)
  )

  it.effect("is done for each of them under another key, or where no layer shares it", () =>
    Effect.gen(function* () {
      const { counts, go, work } = yield* counted
      yield* Deferred.succeed(go, "plan")
      yield* sharing(Effect.scoped(Effect.andThen(shared("one", work), shared("another", work))))
      assert.strictEqual(counts.begun, 2)
      yield* Effect.scoped(Effect.andThen(shared("key", work), shared("key", work)))
      assert.strictEqual(counts.begun, 4)
    })
  )
})
