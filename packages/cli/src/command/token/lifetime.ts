/** Parses the lifetime of a token: a number of days, hours or minutes from now, or a date. */
import { cut } from "@musehub/domain/base/text/cut"
import { Clock, Effect } from "effect"
import { CliError } from "effect/cli"
import { dateMillis, spanMillis } from "../moments.ts"

/** The longest lifetime: later dates cannot be written. */
const daysMax = 36_500
const dayMillis = 86_400_000

const expected =
  "a time from now such as 90d, 12h or 30m, or a future date such as 2031-01-31 or 2031-01-31T18:00:00Z, at " +
  `most ${daysMax} days away`

const millisFrom = (now: number, text: string): number => spanMillis(text) ?? dateMillis(text) - now

/** Returns the milliseconds from now until the flag's time. */
export const lifetimeMillis = (flag: string) =>
  Effect.fnUntraced(function* (text: string) {
    const millis = millisFrom(yield* Clock.currentTimeMillis, text)
    if (millis > 0 && millis <= daysMax * dayMillis) return millis
    return yield* new CliError.InvalidValue({ option: flag, value: cut(text, 100), expected, kind: "flag" })
  })
