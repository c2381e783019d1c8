/**
 * A diff of two lists of lines. `diff` finds a longest common subsequence (Myers) within bounds. Then each run of
 * changed lines slides as in `git`, so that both sides of a merge place an ambiguous change alike.
 *
 * Own code: `diff` does not slide. Nor does effect's `TextDiff`; past its bound it returns a script that is not
 * minimal, where a merge has to report that the texts are too different.
 */
import { diffArrays } from "diff"
import { elementAt } from "../base/expected.ts"

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
export type Lines = ReadonlyArray<number>

/**
 * Edits among lines that both sides have, beyond which two texts count as too different: some tenths of a second of
 * work. Lines that only one side has cost nothing, so rewriting a whole file stays far below.
 */
export const lineEditsMax = 2000

/** Counts the equal lines at the start and at the end. */
const differingRange = (base: Lines, side: Lines) => {
  const shorter = Math.min(base.length, side.length)
  let head = 0
  while (head < shorter && base[head] === side[head]) head++
  let tail = 0
  while (tail < shorter - head && base[base.length - 1 - tail] === side[side.length - 1 - tail]) tail++
  return { head, tail }
}

/** Returns the positions in `[from, to)` of lines that the other side also has; the rest cannot be common. */
const shared = (lines: Lines, from: number, to: number, other: ReadonlySet<number>): ReadonlyArray<number> => {
  const positions: Array<number> = []
  for (let at = from; at < to; at++) if (other.has(elementAt(lines, at))) positions.push(at)
  return positions
}

/**
 * The gaps between kept lines, as counts of changed lines. `base[k]` and `side[k]` come before the kept line `k`; the
 * last ones are at the end. Sliding a run of changed lines moves it from one gap to the next.
 */
interface Gaps {
  readonly base: Array<number>
  readonly side: Array<number>
}

const findGaps = (base: Lines, side: Lines): Gaps | undefined => {
  const { head, tail } = differingRange(base, side)
  const baseEnd = base.length - tail
  const sideEnd = side.length - tail
  const inBase = shared(base, head, baseEnd, new Set(side.slice(head, sideEnd)))
  const inSide = shared(side, head, sideEnd, new Set(base.slice(head, baseEnd)))
  const changes = diffArrays(
    inBase.map((at) => elementAt(base, at)),
    inSide.map((at) => elementAt(side, at)),
    { maxEditLength: lineEditsMax }
  )
  if (changes === undefined) return undefined

  const gaps: Gaps = { base: [], side: [] }
  let baseAt = 0
  let sideAt = 0
  const keep = (inBaseAt: number, inSideAt: number) => {
    gaps.base.push(inBaseAt - baseAt)
    gaps.side.push(inSideAt - sideAt)
    baseAt = inBaseAt + 1
    sideAt = inSideAt + 1
  }
  for (let at = 0; at < head; at++) keep(at, at)
  let sharedBase = 0
  let sharedSide = 0
  for (const { added, removed, count } of changes) {
    if (added) sharedSide += count
    else if (removed) sharedBase += count
    else {
      for (let n = 0; n < count; n++) keep(elementAt(inBase, sharedBase++), elementAt(inSide, sharedSide++))
    }
  }
  for (let at = 0; at < tail; at++) keep(baseEnd + at, sideEnd + at)
  gaps.base.push(base.length - baseAt)
  gaps.side.push(side.length - sideAt)
  return gaps
}

/**
 * Slides each run of changed lines of one text as far down as possible, merging runs that it meets. If it stood beside
 * a change of the other text on its way, it goes back up to the last such place.
 */
const slide = (lines: Lines, own: Array<number>, other: ReadonlyArray<number>): void => {
  const last = own.length - 1
  let before = 0
  for (let gap = 0; gap <= last; gap++) {
    let length = elementAt(own, gap)
    if (length === 0) {
      before++
      continue
    }
    let at = gap
    let start = before
    const up = (): boolean => {
      if (at === 0 || lines[start - 1] !== lines[start + length - 1]) return false
      own[at--] = 0
      const met = elementAt(own, at)
      start -= 1 + met
      own[at] = length += met
      return true
    }
    const down = (): boolean => {
      if (at === last || lines[start] !== lines[start + length]) return false
      own[at++] = 0
      start++
      own[at] = length += elementAt(own, at)
      return true
    }
    const beside = (): boolean => elementAt(other, at) > 0

    let settled: number
    let aligned: boolean
    do {
      settled = length
      while (up());
      aligned = beside()
      while (down()) aligned ||= beside()
    } while (length !== settled)
    if (aligned) while (!beside() && up());

    gap = at
    before = start + length + 1
  }
}

const hunksOf = (gaps: Gaps): ReadonlyArray<Hunk> => {
  const hunks: Array<Hunk> = []
  let from = 0
  let start = 0
  for (const [gap, removed] of gaps.base.entries()) {
    const added = elementAt(gaps.side, gap)
    if (removed > 0 || added > 0) hunks.push({ from, to: from + removed, start, end: start + added })
    from += removed + 1
    start += added + 1
  }
  return hunks
}

/** Returns the changes from `base` to `side` in order, or undefined when they are too different. */
export const diffLines = (base: Lines, side: Lines): ReadonlyArray<Hunk> | undefined => {
  const gaps = findGaps(base, side)
  if (gaps === undefined) return undefined
  slide(base, gaps.base, gaps.side)
  slide(side, gaps.side, gaps.base)
  return hunksOf(gaps)
}
