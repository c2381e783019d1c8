/**
 * Does a task at hubs that meet a mishap at each of its calls in turn, and looks at what other hubs see then: all of it
 * or nothing, with the index and without. Another attempt leads to all of it.
 */
import { assert, it } from "@effect/vitest"
import { elementAt, expected } from "@musehub/domain/base/expected"
import type { FullName } from "@musehub/domain/repository/Names"
import { Cause, Effect, Exit, Option, type Scope } from "effect"
import { isDeepStrictEqual } from "node:util"
import { whileTimePasses } from "../../support/time.ts"
import { assertRowsTellTheTruth, startHub, type TestHub, withoutIndex } from "../support/hubSamples.ts"
import { type Mishap, mishaps, unluckyHub } from "./mishaps.ts"
import { chainOf } from "../support/rootSamples.ts"
import { type VisibleState, visibleState } from "./visibleState.ts"

type Before = VisibleState | undefined

/** What a client asks a hub for. */
export interface Task<World extends FullName, A, E extends { readonly _tag: string }> {
  /** Makes what the task needs, at a hub that meets no mishap. */
  readonly prepare: (hub: TestHub) => Effect.Effect<World, unknown, Scope.Scope>
  readonly run: (hub: TestHub, world: World) => Effect.Effect<A, E>
  /** Asserts that all of it is seen. */
  readonly assertDone: (after: VisibleState, before: Before, world: World) => void
  /** Asserts how another attempt ends when all of it was done. */
  readonly assertAgain?: (exit: Exit.Exit<A, E>) => void
}

/** Failures of a task that may have been done. */
const uncertain = new Set(["RootOutcomeUnknown"])

const isRefused = <E extends { readonly _tag: string }>(exit: Exit.Exit<unknown, E>): boolean =>
  Exit.isFailure(exit) && Option.exists(Cause.findErrorOption(exit.cause), ({ _tag }) => !uncertain.has(_tag))

type Starts = (hub: TestHub) => Effect.Effect<TestHub, never, Scope.Scope>
const withSameIndex: Starts = ({ index, store }) => startHub({ store, index })
const withEmptyIndex: Starts = ({ store }) => startHub({ store })

/** Other processes over the same store. */
const others = [withSameIndex, withEmptyIndex, (hub: TestHub) => Effect.map(withEmptyIndex(hub), withoutIndex)]

/** Which process the next attempt is sent to. */
const nextProcesses: { readonly [P in Mishap["process"]]: (unlucky: TestHub, calm: TestHub) => ReturnType<Starts> } = {
  "goes on": Effect.succeed,
  "starts again": (_, calm) => withSameIndex(calm),
  "starts again with an empty index": (_, calm) => withEmptyIndex(calm)
}

/** Reads what one of the other hubs sees, by a number. */
const seenBy = Effect.fnUntraced(function* (hub: TestHub, name: FullName, number: number) {
  const other = yield* elementAt(others, number % others.length)(hub)
  return yield* visibleState(other, name, number % 2 === 0 ? "mpack" : "dictionaries")
})

/** Does the task at a hub that meets the mishap at the n-th call, and then again. Returns whether it met it. */
const crash = Effect.fnUntraced(function* <World extends FullName, A, E extends { readonly _tag: string }>(
  { assertAgain, assertDone, prepare, run }: Task<World, A, E>,
  mishap: Mishap,
  nth: number
) {
  const calm = yield* startHub()
  const world = yield* prepare(calm)
  const before = yield* visibleState(calm, world)
  const unlucky = yield* unluckyHub(calm, mishap, nth)
  const exit = yield* Effect.exit(whileTimePasses(run(unlucky.hub, world)))
  unlucky.mend()

  const seen = yield* seenBy(calm, world, nth)
  if (mishap.process === "starts again") {
    for (const number of [nth + 1, nth + 2]) assert.deepStrictEqual(yield* seenBy(calm, world, number), seen)
  }
  const isBefore = isDeepStrictEqual(seen, before)
  if (!isBefore) assertDone(expected(seen, "what is seen"), before, world)
  if (Exit.isSuccess(exit)) assert.isFalse(isBefore, "what was acknowledged is seen")
  if (isRefused(exit)) assert.isTrue(isBefore, "what was refused is not seen")

  const next = yield* nextProcesses[mishap.process](unlucky.hub, calm)
  const again = yield* Effect.exit(run(next, world))
  if (isBefore || assertAgain === undefined) assert.isTrue(Exit.isSuccess(again), "another attempt succeeds")
  else assertAgain(again)
  const last = expected(yield* visibleState(next, world), "what is seen")
  assertDone(last, before, world)
  if (!isBefore) assert.deepStrictEqual(last, seen, "it is done once")
  yield* chainOf(calm.store, last.id)
  if (mishap.process === "starts again") yield* assertRowsTellTheTruth(calm, last.id)
  return unlucky.isMet()
}, Effect.scoped)

/** Adds a test for each mishap, which lets it happen at each call of the task in turn. */
export const crashing = <World extends FullName, A, E extends { readonly _tag: string }>(task: Task<World, A, E>) => {
  for (const [title, mishap] of Object.entries(mishaps)) {
    it.effect(`is done wholly or not at all by a hub that ${title}`, () =>
      Effect.gen(function* () {
        let nth = 1
        while (yield* crash(task, mishap, nth)) nth += 1
        assert.isAtLeast(nth - 1, mishap.callsMin)
      })
    )
  }
}
