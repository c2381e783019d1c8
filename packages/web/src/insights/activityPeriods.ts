/** Sums the days of an activity up for a drawing: days of a short one, else weeks, and none left out between. */
import { orDefault } from "@musehub/domain/base/expected"
import type { ActivityItem } from "@musehub/domain/reading/intel/activity"

const dayMillis = 24 * 60 * 60 * 1000
const weekDays = 7
/** Days that are drawn one by one. */
const daysMax = 91
/** Weeks that are drawn, the last ones. */
const weeksMax = 104
/** 1970-01-05 was a Monday. */
const firstMonday = 4

export interface Period {
  /** Its first day: `2026-11-23`. */
  readonly from: string
  readonly commits: number
  readonly agents: number
  readonly breaking: number
}

export interface Periods {
  readonly unit: "day" | "week"
  /** The last one first. */
  readonly periods: ReadonlyArray<Period>
}

/** Counts days since 1970. */
const dayOf = ({ day }: ActivityItem): number => Math.floor(Date.parse(day) / dayMillis)

/** The earliest time of JavaScript is no Monday. */
const earliest = -8.64e15

const textOf = (day: number): string =>
  new Date(Math.max(earliest, day * dayMillis)).toISOString().slice(0, -"T00:00:00.000Z".length)

/** Sums up the days of an activity. */
export const periodsOf = (items: ReadonlyArray<ActivityItem>): Periods => {
  const days = items.map((item) => ({ ...item, number: dayOf(item) })).filter(({ number }) => !Number.isNaN(number))
  const numbers = days.map(({ number }) => number)
  const [first, last] = [Math.min(...numbers), Math.max(...numbers)]
  const isShort = last - first < daysMax
  const periodOf = (day: number): number => (isShort ? day : Math.floor((day - firstMonday) / weekDays))
  const emptyOf = (period: number): Period => ({
    from: textOf(isShort ? period : period * weekDays + firstMonday),
    commits: 0,
    agents: 0,
    breaking: 0
  })
  const sums = new Map<number, Period>()
  for (const { agents, breaking, commits, number } of days) {
    const period = periodOf(number)
    const so = orDefault(sums.get(period), emptyOf(period))
    sums.set(period, {
      from: so.from,
      commits: so.commits + commits,
      agents: so.agents + agents,
      breaking: so.breaking + breaking
    })
  }
  const length = days.length === 0 ? 0 : Math.min(isShort ? daysMax : weeksMax, periodOf(last) - periodOf(first) + 1)
  const periods = Array.from({ length }, (_, back): Period => {
    const period = periodOf(last) - back
    return orDefault(sums.get(period), emptyOf(period))
  })
  return { unit: isShort ? "day" : "week", periods }
}
