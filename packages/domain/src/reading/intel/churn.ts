/** How many lines of files were added and removed, by week. */
import { sliceEntries, type Slices } from "../../base/Slices.ts"
import { compareUtf8 } from "../../base/Bytes.ts"
import { elementAt, orDefault } from "../../base/expected.ts"
import { Best } from "./Best.ts"
import { itemsMax, type Window } from "./Window.ts"

/** Weeks of a file that are listed, the last ones. */
export const weeksMax = 26

export interface ChurnWeek {
  /** Its Monday in UTC: `2026-11-23`. */
  readonly week: string
  readonly added: number
  readonly removed: number
}

export interface ChurnItem {
  readonly path: string
  /** Lines, of all weeks. */
  readonly added: number
  readonly removed: number
  /** Those in which lines changed, the last one first, up to `weeksMax`. */
  readonly weeks: ReadonlyArray<ChurnWeek>
}

interface Changed {
  added: number
  removed: number
}

const dayMillis = 24 * 60 * 60 * 1000
const weekMillis = 7 * dayMillis
/** 1970 began on a Thursday. */
const firstMonday = 4 * dayMillis

/** Counts weeks from the first Monday of 1970. */
const weekOf = (at: number): number => Math.floor((at - firstMonday) / weekMillis)

/** The earliest time of JavaScript is no Monday. */
const earliest = -8.64e15

const mondayOf = (week: number): string =>
  new Date(Math.max(earliest, firstMonday + week * weekMillis)).toISOString().replace(/T.*/u, "")

const itemOf = (path: string, weeks: ReadonlyMap<number, Changed>): ChurnItem => {
  let [added, removed] = [0, 0]
  for (const changed of weeks.values()) {
    added += changed.added
    removed += changed.removed
  }
  const last = [...weeks].toSorted(([one], [other]) => other - one).slice(0, weeksMax)
  return { path, added, removed, weeks: last.map(([week, changed]) => ({ week: mondayOf(week), ...changed })) }
}

/**
 * Finds the files that the newest commit has and of which most lines changed, most first. Changes whose lines are not
 * counted, such as those of binary files, are left out.
 */
export const findingChurn = function* ({ commits, lines, paths, touches }: Window): Slices<ReadonlyArray<ChurnItem>> {
  const changes = new Map<string, Map<number, Changed>>()
  for (const [position, { path, place }] of touches.entries()) {
    if (position % sliceEntries === sliceEntries - 1) yield
    const added = orDefault(lines[position]?.added, 0)
    const removed = orDefault(lines[position]?.removed, 0)
    if (added + removed === 0) continue
    const weeks = orDefault(changes.get(path), new Map<number, Changed>())
    changes.set(path, weeks)
    const week = weekOf(elementAt(commits, place).at)
    const changed = orDefault(weeks.get(week), { added: 0, removed: 0 })
    weeks.set(week, changed)
    changed.added += added
    changed.removed += removed
  }
  const best = new Best<ChurnItem>(
    itemsMax,
    (a, b) => b.added + b.removed - a.added - a.removed || compareUtf8(a.path, b.path)
  )
  let steps = 0
  for (const path of paths) {
    if (++steps % sliceEntries === 0) yield
    const weeks = changes.get(path)
    if (weeks !== undefined) best.offer(itemOf(path, weeks))
  }
  return best.items()
}
