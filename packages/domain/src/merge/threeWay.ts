/**
 * The rule of diff3 for lines: changes of the two sides that neither overlap nor touch are both taken. Where they do,
 * the sides must have the same lines, else it is a conflict. `git` uses the same rule.
 */
import { type Counted, sliceSteps } from "../base/Slices.ts"
import { diffLines, type Hunk, type Lines, type Marks } from "./lineDiff.ts"

/** Three versions of a text as numbered lines. */
export interface ThreeVersions {
  readonly base: Lines
  readonly ours: Lines
  readonly theirs: Lines
}

/** A region of the merge: its lines in each side, and which side changed it. Flat, since there may be very many. */
export interface Region {
  readonly oursFrom: number
  readonly oursTo: number
  readonly theirsFrom: number
  readonly theirsTo: number
  readonly by: "neither" | "ours" | "theirs" | "both alike" | "both"
}

type Ranges = Omit<Region, "by">

const areAlike = (ours: Lines, theirs: Lines, { oursFrom, oursTo, theirsFrom, theirsTo }: Ranges): boolean => {
  if (oursTo - oursFrom !== theirsTo - theirsFrom) return false
  for (let at = oursFrom; at < oursTo; at++) if (ours[at] !== theirs[at - oursFrom + theirsFrom]) return false
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

/** A region costs some ten steps. */
const regionsPerSlice = sliceSteps / 10

/** Returns the regions of a merge from each side's hunks, in order and without gaps. */
export const combineHunks = function* (
  versions: ThreeVersions,
  oursHunks: ReadonlyArray<Hunk>,
  theirsHunks: ReadonlyArray<Hunk>
): Counted<ReadonlyArray<Region>> {
  const { base, ours, theirs } = versions
  const regions: Array<Region> = []
  const left = new Side(oursHunks)
  const right = new Side(theirsHunks)
  let done = 0

  const keepUntil = (to: number) => {
    if (to <= done) return
    regions.push({
      oursFrom: left.at(done),
      oursTo: left.at(to),
      theirsFrom: right.at(done),
      theirsTo: right.at(to),
      by: "neither"
    })
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
    const ranges = { oursFrom, oursTo: left.at(to), theirsFrom, theirsTo: right.at(to) }
    const both = () => (areAlike(ours, theirs, ranges) ? "both alike" : "both")
    regions.push({ ...ranges, by: byOurs && byTheirs ? both() : byOurs ? "ours" : "theirs" })
    done = to
    if (regions.length % regionsPerSlice === 0) yield sliceSteps
  }
  keepUntil(base.length)
  return regions
}

/** Returns the regions of a merge, or undefined when a side is too different from the base. */
export const threeWay = function* (versions: ThreeVersions, marks: Marks): Counted<ReadonlyArray<Region> | undefined> {
  const ours = yield* diffLines(versions.base, versions.ours, marks)
  if (ours === undefined) return undefined
  const theirs = yield* diffLines(versions.base, versions.theirs, marks)
  return theirs && (yield* combineHunks(versions, ours, theirs))
}
