/**
 * Long computations in slices, so that other requests are served in between. A generator yields the number of steps
 * that it took since it last yielded; what runs it pauses, and may end it when it has taken too many.
 */
import { Effect } from "effect"

/** A step is about the reading of one byte or the comparison of two numbers: some nanoseconds. */
export type Slices<A> = Generator<number, A>

/** Steps after which a generator yields. */
export const sliceSteps = 20_000

/** Runs a computation to its end without a pause. */
export const finish = <A>(slices: Slices<A>): A => {
  for (;;) {
    const { done, value } = slices.next()
    if (done === true) return value
  }
}

/** Runs a computation with a pause after each slice. Returns its result, or undefined after `stepsMax` steps. */
export const withinSteps = Effect.fnUntraced(function* <A>(slices: Slices<A>, stepsMax: number) {
  let steps = 0
  let pauseAt = sliceSteps
  for (;;) {
    const { done, value } = slices.next()
    if (done === true) return { result: value as A | undefined, steps }
    steps += value
    if (steps > stepsMax) return { result: undefined, steps }
    if (steps < pauseAt) continue
    pauseAt = steps + sliceSteps
    yield* Effect.yieldNow
  }
})

/** Runs a computation to its end with a pause after each slice. */
export const inSlices = Effect.fnUntraced(function* <A>(slices: Slices<A>) {
  let steps = 0
  for (;;) {
    const { done, value } = slices.next()
    if (done === true) return value
    steps += value
    if (steps < sliceSteps) continue
    steps = 0
    yield* Effect.yieldNow
  }
})
