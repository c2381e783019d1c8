/**
 * The rule of diff3 for lines: changes of the two sides that neither overlap nor touch are both taken. Where they do,
 * the sides must have the same lines, else it is a conflict. `git` uses the same rule.
 */
import { diffLines, type Hunk, type Lines } from "./lineDiff.ts"

/** Three versions of a text as numbered lines. */
export interface ThreeVersions {
  readonly base: Lines
  readonly ours: Lines
  readonly theirs: Lines
}

export interface Range {
  readonly from: number
  readonly to: number
}

/** A region of the merge: its range in each version, and which side changed it. */
export interface Region {
  readonly base: Range
  readonly ours: Range
  readonly theirs: Range
  readonly by: "neither" | "ours" | "theirs" | "both alike" | "both"
}

const equalRanges = (a: Lines, inA: Range, b: Lines, inB: Range): boolean => {
  if (inA.to - inA.from !== inB.to - inB.from) return false
  for (let at = inA.from; at < inA.to; at++) if (a[at] !== b[at - inA.from + inB.from]) return false
  return true
}

/** Takes one side's hunks in order and tracks how far that side's lines are shifted from the base. */
class Side {
  private next = 0
  private shift = 0
  private readonly hunks: ReadonlyArray<Hunk>
  constructor(hunks: ReadonlyArray<Hunk>) {
    this.hunks = hunks
  }
  /** Returns where in the base the next change begins. */
  get from(): number {
    return this.hunks[this.next]?.from ?? Infinity
  }
  take(): number {
    const hunk = this.hunks[this.next++]
    if (hunk === undefined) return 0
    this.shift = hunk.end - hunk.to
    return hunk.to
  }
  at(base: number): number {
    return base + this.shift
  }
}

/** Returns the regions of a merge from each side's hunks, in order and without gaps. */
export const combineHunks = (
  versions: ThreeVersions,
  oursHunks: ReadonlyArray<Hunk>,
  theirsHunks: ReadonlyArray<Hunk>
): ReadonlyArray<Region> => {
  const { base, ours, theirs } = versions
  const regions: Array<Region> = []
  const left = new Side(oursHunks)
  const right = new Side(theirsHunks)
  let done = 0

  const keepUntil = (to: number) => {
    if (to <= done) return
    const range = (side: Side): Range => ({ from: side.at(done), to: side.at(to) })
    regions.push({ base: { from: done, to }, ours: range(left), theirs: range(right), by: "neither" })
  }

  for (let from = Math.min(left.from, right.from); from !== Infinity; from = Math.min(left.from, right.from)) {
    keepUntil(from)
    const oursFrom = left.at(from)
    const theirsFrom = right.at(from)
    let to = from
    let byOurs = false
    let byTheirs = false
    while (left.from <= to || right.from <= to) {
      if (left.from <= to) {
        to = Math.max(to, left.take())
        byOurs = true
      } else {
        to = Math.max(to, right.take())
        byTheirs = true
      }
    }
    const inOurs = { from: oursFrom, to: left.at(to) }
    const inTheirs = { from: theirsFrom, to: right.at(to) }
    const both = () => (equalRanges(ours, inOurs, theirs, inTheirs) ? "both alike" : "both")
    const by = byOurs && byTheirs ? both() : byOurs ? "ours" : "theirs"
    regions.push({ base: { from, to }, ours: inOurs, theirs: inTheirs, by })
    done = to
  }
  keepUntil(base.length)
  return regions
}

/** Returns the regions of a merge, or undefined when a side is too different from the base. */
export const threeWay = (versions: ThreeVersions): ReadonlyArray<Region> | undefined => {
  const ours = diffLines(versions.base, versions.ours)
  const theirs = ours && diffLines(versions.base, versions.theirs)
  return ours && theirs && combineHunks(versions, ours, theirs)
}
