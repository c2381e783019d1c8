/** Numbers the things of two pieces so that equal ones have equal numbers, by which the diff of lines compares them. */
import { type Counted, sliceSteps } from "../base/Slices.ts"
import { diffLines, type Hunk, type Lines, Marks } from "../merge/lineDiff.ts"

/** Steps of one lookup of a text. */
const lookupSteps = 50

const numbering = function* <A>(
  numbers: Map<string, number>,
  items: ReadonlyArray<A>,
  keyOf: (item: A) => string
): Counted<Lines> {
  const lines = new Uint32Array(items.length)
  for (const [place, item] of items.entries()) {
    const key = keyOf(item)
    const number = numbers.get(key) ?? numbers.size
    numbers.set(key, number)
    lines[place] = number
    if (place % (sliceSteps / lookupSteps) === 0) yield sliceSteps
  }
  return lines
}

/** Compares two lists whose items are equal if their keys are; undefined if they are too different (`lineEditsMax`). */
export const comparingLists = function* <A>(
  before: ReadonlyArray<A>,
  after: ReadonlyArray<A>,
  keyOf: (item: A) => string
): Counted<ReadonlyArray<Hunk> | undefined> {
  const numbers = new Map<string, number>()
  const old = yield* numbering(numbers, before, keyOf)
  const now = yield* numbering(numbers, after, keyOf)
  return yield* diffLines(old, now, new Marks(numbers.size))
}
