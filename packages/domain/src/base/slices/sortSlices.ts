/** Sorting in slices: short runs by the language, then merged in pairs. Stable, like the language's own. */
import { elementAt, orDefault } from "../expected.ts"
import { type Slices, sliceSteps } from "./Slices.ts"

/** Elements that are sorted in one go. */
const runLength = 4096

/** A comparison through a function costs some ten steps. */
const stepsPerComparison = 10

/** Returns a sorted copy. */
export const sortSlices = function* <A>(
  list: ReadonlyArray<A>,
  compare: (one: A, other: A) => number
): Slices<ReadonlyArray<A>> {
  const sorted: Array<ReadonlyArray<A>> = []
  for (let from = 0; from < list.length; from += runLength) {
    sorted.push(list.slice(from, from + runLength).toSorted(compare))
    yield sliceSteps
  }
  let runs: ReadonlyArray<ReadonlyArray<A>> = sorted
  while (runs.length > 1) {
    const merged: Array<ReadonlyArray<A>> = []
    for (let at = 0; at < runs.length; at += 2) {
      const other = runs[at + 1]
      merged.push(other === undefined ? elementAt(runs, at) : yield* mergeRuns(elementAt(runs, at), other, compare))
    }
    runs = merged
  }
  return orDefault(runs[0], [])
}

const mergeRuns = function* <A>(
  one: ReadonlyArray<A>,
  other: ReadonlyArray<A>,
  compare: (one: A, other: A) => number
): Slices<ReadonlyArray<A>> {
  const merged: Array<A> = []
  let [inOne, inOther] = [0, 0]
  while (inOne < one.length && inOther < other.length) {
    const [first, second] = [elementAt(one, inOne), elementAt(other, inOther)]
    if (compare(first, second) <= 0) {
      merged.push(first)
      inOne++
    } else {
      merged.push(second)
      inOther++
    }
    if ((merged.length * stepsPerComparison) % sliceSteps === 0) yield sliceSteps
  }
  for (; inOne < one.length; inOne++) merged.push(elementAt(one, inOne))
  for (; inOther < other.length; inOther++) merged.push(elementAt(other, inOther))
  return merged
}
