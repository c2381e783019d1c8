/** Parses the lifetime of a token: a number of days, hours or minutes from now, or a date. */
import { cut } from "@musehub/domain/base/text/cut"
import { Clock, Effect } from "effect"
import { CliError } from "effect/cli"

const unitMillis = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** The longest lifetime: later dates cannot be written. */
const daysMax = 36_500

const durationPattern = /^([1-9][0-9]{0,7})([mhd])$/
const datePattern =
  /^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}:[0-9]{2}))?$/

const expected =
  "a time from now such as 90d, 12h or 30m, or a future date such as 2031-01-31 or 2031-01-31T18:00:00Z, at " +
  `most ${daysMax} days away`

const isUnit = (text: string | undefined): text is keyof typeof unitMillis => text !== undefined && text in unitMillis

const millisFrom = (now: number, text: string): number => {
  const [, count, unit] = durationPattern.exec(text) ?? []
  if (isUnit(unit)) return Number(count) * unitMillis[unit]
  return datePattern.test(text) ? Date.parse(text) - now : Number.NaN
}

/** Returns the milliseconds from now until the flag's time. */
export const lifetimeMillis = (flag: string) =>
  Effect.fnUntraced(function* (text: string) {
    const millis = millisFrom(yield* Clock.currentTimeMillis, text)
    if (millis > 0 && millis <= daysMax * unitMillis.d) return millis
    return yield* new CliError.InvalidValue({ option: flag, value: cut(text, 100), expected, kind: "flag" })
  })
