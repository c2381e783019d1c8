import type { Effect } from "effect"
import { inSlices, type Slices, sliceSteps } from "./Slices.ts"

/** Simple work on an item, such as putting it into a map, costs some ten steps. */
const stepsPerItem = 10

const visiting = function* <A>(items: Iterable<A>, each: (item: A) => void): Slices<void> {
  let steps = 0
  for (const item of items) {
    each(item)
    steps += stepsPerItem
    if (steps < sliceSteps) continue
    yield steps
    steps = 0
  }
}

/** Calls `each` for every item, with a pause after each slice of them. */
export const eachInSlices = <A>(items: Iterable<A>, each: (item: A) => void): Effect.Effect<void> =>
  inSlices(visiting(items, each))
