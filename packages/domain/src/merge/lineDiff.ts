/**
 * A diff of two lists of lines: a longest common subsequence within bounds. Then each run of changed lines slides as in
 * `git`, so that both sides of a merge place an ambiguous change alike.
 */
import { wordAt } from "./numberAt.ts"
import { type Counted, sliceSteps } from "../base/Slices.ts"
import { sharedRuns } from "./shortestEdits.ts"

/**
 * A change: base lines `[from, to)` became lines `[start, end)` of the other side. One of the two ranges may be empty.
 */
export interface Hunk {
  readonly from: number
  readonly to: number
  readonly start: number
  readonly end: number
}

/** Lines as numbers; equal lines have equal numbers. */
export type Lines = Uint32Array

/**
 * Edits among lines that both sides have, beyond which two texts count as too different. Lines that only one side has
 * cost nothing, so rewriting a whole file stays far below.
 */
export const lineEditsMax = 2000
/** Changes of one side, beyond which two texts count as too different too. Each is an object in memory. */
export const hunksMax = 20_000

/** Counts the equal lines at the start and at the end. */
const differingRange = (base: Lines, side: Lines) => {
  const shorter = Math.min(base.length, side.length)
  let head = 0
  while (head < shorter && base[head] === side[head]) head++
  let tail = 0
  while (tail < shorter - head && base[base.length - 1 - tail] === side[side.length - 1 - tail]) tail++
  return { head, tail }
}

/** Marks lines by their numbers. Is made once for all diffs of a merge, since a set of many numbers grows in leaps. */
export class Marks {
  readonly #marks: Uint32Array
  #mark = 0

  /** Takes numbers below `size`. */
  constructor(size: number) {
    this.#marks = new Uint32Array(size)
  }

  /** Returns the positions in `[from, to)` of lines that the other side also has; the rest cannot be common. */
  shared(lines: Lines, from: number, to: number, other: Lines): Uint32Array {
    this.#mark++
    for (let at = 0; at < other.length; at++) this.#marks[wordAt(other, at)] = this.#mark
    const positions = new Uint32Array(to - from)
    let count = 0
    for (let at = from; at < to; at++) if (this.#marks[wordAt(lines, at)] === this.#mark) positions[count++] = at
    return positions.subarray(0, count)
  }
}

/**
 * The gaps between kept lines, as counts of changed lines. `base[k]` and `side[k]` come before the kept line `k`; the
 * last ones are at the end. Sliding a run of changed lines moves it from one gap to the next.
 */
interface Gaps {
  readonly base: Uint32Array
  readonly side: Uint32Array
}

/** What a diff costs however few its lines are. */
const callSteps = 500

const findGaps = function* (base: Lines, side: Lines, marks: Marks): Counted<Gaps | undefined> {
  const { head, tail } = differingRange(base, side)
  yield head + tail + callSteps
  const baseEnd = base.length - tail
  const sideEnd = side.length - tail
  const inBase = marks.shared(base, head, baseEnd, side.subarray(head, sideEnd))
  yield baseEnd + sideEnd - 2 * head
  const inSide = marks.shared(side, head, sideEnd, base.subarray(head, baseEnd))
  yield baseEnd + sideEnd - 2 * head
  const runs = yield* sharedRuns(
    inBase.map((at) => wordAt(base, at)),
    inSide.map((at) => wordAt(side, at)),
    lineEditsMax
  )
  if (runs === undefined) return undefined

  const kept = head + tail + runs.reduce((sum, { count }) => sum + count, 0)
  const gaps: Gaps = { base: new Uint32Array(kept + 1), side: new Uint32Array(kept + 1) }
  let gap = 0
  let baseAt = 0
  let sideAt = 0
  const keep = (inBaseAt: number, inSideAt: number) => {
    gaps.base[gap] = inBaseAt - baseAt
    gaps.side[gap++] = inSideAt - sideAt
    baseAt = inBaseAt + 1
    sideAt = inSideAt + 1
  }
  // Between lines that follow each other in both texts, the gaps are empty.
  gap = head
  baseAt = head
  sideAt = head
  for (const { a, b, count } of runs) {
    for (let n = 0; n < count; n++) keep(wordAt(inBase, a + n), wordAt(inSide, b + n))
  }
  gaps.base[gap] = baseEnd - baseAt
  gaps.side[gap] = sideEnd - sideAt
  yield kept
  return gaps
}

/**
 * Slides each run of changed lines of one text as far down as possible, merging runs that it meets. If it stood beside
 * a change of the other text on its way, it goes back up to the last such place.
 */
const slide = function* (lines: Lines, own: Uint32Array, other: Uint32Array): Counted<void> {
  const last = own.length - 1
  let before = 0
  let steps = 0
  for (let gap = 0; gap <= last; gap++) {
    steps++
    let length = wordAt(own, gap)
    if (length === 0) {
      before++
      continue
    }
    let at = gap
    let start = before
    const up = (): boolean => {
      steps++
      if (at === 0 || lines[start - 1] !== lines[start + length - 1]) return false
      own[at--] = 0
      const met = wordAt(own, at)
      start -= 1 + met
      own[at] = length += met
      return true
    }
    const down = (): boolean => {
      steps++
      if (at === last || lines[start] !== lines[start + length]) return false
      own[at++] = 0
      start++
      own[at] = length += wordAt(own, at)
      return true
    }
    const beside = (): boolean => wordAt(other, at) > 0

    let settled: number
    let aligned: boolean
    do {
      settled = length
      while (up());
      aligned = beside()
      while (down()) aligned ||= beside()
      if (steps >= sliceSteps) {
        yield steps
        steps = 0
      }
    } while (length !== settled)
    if (aligned) while (!beside() && up());

    gap = at
    before = start + length + 1
  }
  yield steps
}

const hunksOf = function* (gaps: Gaps): Counted<ReadonlyArray<Hunk> | undefined> {
  const hunks: Array<Hunk> = []
  let from = 0
  let start = 0
  for (let gap = 0; gap < gaps.base.length; gap++) {
    const removed = wordAt(gaps.base, gap)
    const added = wordAt(gaps.side, gap)
    if (removed > 0 || added > 0) hunks.push({ from, to: from + removed, start, end: start + added })
    if (hunks.length > hunksMax) return undefined
    from += removed + 1
    start += added + 1
    if (gap % sliceSteps === sliceSteps - 1) yield sliceSteps
  }
  return hunks
}

/** Returns the changes from `base` to `side` in order, or undefined when they are too different. */
export const diffLines = function* (base: Lines, side: Lines, marks: Marks): Counted<ReadonlyArray<Hunk> | undefined> {
  const gaps = yield* findGaps(base, side, marks)
  if (gaps === undefined) return undefined
  yield* slide(base, gaps.base, gaps.side)
  yield* slide(side, gaps.side, gaps.base)
  return yield* hunksOf(gaps)
}
