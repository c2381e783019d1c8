/** Many fibers with much to do, beside those that answer short requests. What counts is steps, not time. */
import { assert, describe, it } from "@effect/vitest"
import { FairScheduler } from "@musehub/http/fairness/FairScheduler"
import { Effect, Fiber, Scheduler } from "effect"

const stepMillis = 1

/** A step takes a moment and is counted. */
const makeSteps = () => {
  const steps = { taken: 0 }
  const step = Effect.sync(() => {
    const until = performance.now() + stepMillis
    while (performance.now() < until);
    steps.taken += 1
  })
  return { steps, step }
}

const many = 100

const eachOf = <A>(effect: Effect.Effect<A>) => Effect.forEach(Array.from({ length: many }), () => effect)

/** Waits until the event loop comes to its timers. */
const loopTurn = Effect.callback<void>((resume) => void setTimeout(() => resume(Effect.void)))

const fairly = <A>(effect: Effect.Effect<A>) => Effect.provideService(effect, Scheduler.Scheduler, new FairScheduler())

describe("many fibers with much to do", () => {
  for (const [how, pause] of [
    ["that pause", Effect.yieldNow],
    ["that do not pause", Effect.void]
  ] as const) {
    it.live(`${how} leave the event loop to others after a few steps`, () =>
      Effect.gen(function* () {
        const { step, steps } = makeSteps()
        const work = Effect.repeat(Effect.andThen(step, pause), { times: 50 })
        const fibers = yield* fairly(eachOf(Effect.forkDetach(work)))
        for (let turn = 0; turn < 10; turn++) {
          const before = steps.taken
          yield* loopTurn
          assert.isAtMost(steps.taken - before, many / 2)
        }
        yield* Fiber.interruptAll(fibers)
      })
    )
  }

  it.live("let one go first that has little to do", () =>
    Effect.gen(function* () {
      const scheduler = new FairScheduler()
      const { step, steps } = makeSteps()
      const on = Effect.provideService(Scheduler.Scheduler, scheduler)
      const fibers = yield* on(eachOf(Effect.forkDetach(Effect.forever(Effect.andThen(step, Effect.yieldNow)))))
      while (steps.taken < many * 8) yield* loopTurn
      const before = steps.taken
      yield* Fiber.join(yield* on(Effect.forkDetach(Effect.repeat(Effect.yieldNow, { times: 3 }))))
      assert.isAtMost(steps.taken - before, many)
      yield* Fiber.interruptAll(fibers)
    })
  )

  it.live("go on while there are always some with little to do", () =>
    Effect.gen(function* () {
      const { step, steps } = makeSteps()
      const fiber = yield* Effect.forkChild(Effect.repeat(Effect.andThen(step, Effect.yieldNow), { times: 20 }))
      const others = makeSteps()
      const short: Effect.Effect<void> = Effect.suspend(() =>
        steps.taken > 20 || others.steps.taken > many * 30
          ? Effect.void
          : Effect.andThen(others.step, Effect.asVoid(Effect.forkDetach(short)))
      )
      yield* eachOf(Effect.forkDetach(short))
      yield* Fiber.join(fiber)
      assert.isAtMost(others.steps.taken, many * 20)
    }).pipe(fairly)
  )

  it.live("of one caller leave half of the time to another", () =>
    Effect.gen(function* () {
      const scheduler = new FairScheduler()
      const [attacking, honest] = [makeSteps(), makeSteps()]
      const work = (step: Effect.Effect<void>) => Effect.forever(Effect.andThen(step, Effect.yieldNow))
      const fork = (caller: string, step: Effect.Effect<void>) =>
        Effect.forkChild(
          Effect.provideService(
            work(step),
            Scheduler.Scheduler,
            scheduler.paidBy(() => ({ kind: "user", name: caller }))
          )
        )
      const fibers = yield* eachOf(fork("attacking", attacking.step))
      const one = yield* fork("honest", honest.step)
      while (attacking.steps.taken < many * 2) yield* loopTurn
      assert.isAtLeast(honest.steps.taken, many / 2)
      yield* Fiber.interruptAll([one, ...fibers])
    })
  )

  it.live("wait while connections come, and never for long", () =>
    Effect.gen(function* () {
      const scheduler = new FairScheduler()
      const { step, steps } = makeSteps()
      const work = Effect.forever(Effect.andThen(step, Effect.yieldNow))
      const fibers = yield* eachOf(Effect.provideService(Effect.forkDetach(work), Scheduler.Scheduler, scheduler))
      const turns = { all: 0, without: 0 }
      const until = steps.taken + 20
      yield* Effect.callback<void>((resume) => {
        const turn = (before: number) => {
          scheduler.connected()
          turns.all += 1
          if (steps.taken === before) turns.without += 1
          if (steps.taken < until) setImmediate(turn, steps.taken)
          else resume(Effect.void)
        }
        turn(steps.taken)
      })
      assert.isAtLeast(turns.without, turns.all / 2)
      yield* Fiber.interruptAll(fibers)
    })
  )

  it.live("that are interrupted before they begin do not begin", () =>
    Effect.gen(function* () {
      const { step, steps } = makeSteps()
      const fibers = yield* eachOf(Effect.forkDetach(step))
      const begun = yield* Effect.callback<number>((resume) => {
        setImmediate(() => {
          for (const fiber of fibers) fiber.interruptUnsafe()
          resume(Effect.succeed(steps.taken))
        })
      })
      yield* Fiber.awaitAll(fibers)
      assert.strictEqual(steps.taken, begun)
      assert.isBelow(begun, many)
    }).pipe(fairly)
  )

  it.live("count together where they belong to one request, however many it makes", () =>
    Effect.gen(function* () {
      const scheduler = new FairScheduler()
      const asked = () => scheduler.paidBy(() => ({ kind: "user", name: "ada" }))
      const { step, steps } = makeSteps()
      const forking: Effect.Effect<void> = Effect.suspend(() =>
        steps.taken > many * 2 ? Effect.void : Effect.andThen(step, Effect.asVoid(Effect.forkDetach(forking)))
      )
      yield* Effect.provideService(eachOf(Effect.forkDetach(forking)), Scheduler.Scheduler, asked())
      while (steps.taken < many / 2) yield* loopTurn
      const before = steps.taken
      const short = Effect.repeat(Effect.yieldNow, { times: 3 })
      yield* Fiber.join(yield* Effect.provideService(Effect.forkDetach(short), Scheduler.Scheduler, asked()))
      assert.isAtMost(steps.taken - before, many / 2)
    })
  )
})
