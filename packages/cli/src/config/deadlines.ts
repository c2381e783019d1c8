/** How long the hub waits for a store or an index that does not answer, before it goes on without it. */
import type { Deadlines } from "@musehub/adapter-guard/Breaker"
import { Duration, Effect, Option } from "effect"
import { acceptedTime, parseTime } from "./parseTime.ts"
import { readSetting, type Setting } from "./Setting.ts"

/** The deadlines of the calls to the store and to the index. */
export interface DeadlineConfiguration {
  readonly store: Deadlines
  readonly index: Deadlines
}

const deadlineMax = Duration.seconds(30)

const parse = (text: string) =>
  Option.filter(parseTime(text), Duration.between({ minimum: Duration.seconds(1), maximum: deadlineMax }))

const accepts = `${acceptedTime}, from 1 second to ${Duration.format(deadlineMax)}`

export const storeDeadlineSetting = {
  variable: "MUSEHUB_STORE_DEADLINE",
  flag: null,
  fallback: "8 seconds",
  accepts,
  parse
} satisfies Setting<Duration.Duration>

export const indexDeadlineSetting = {
  variable: "MUSEHUB_INDEX_DEADLINE",
  flag: null,
  fallback: "5 seconds",
  accepts,
  parse
} satisfies Setting<Duration.Duration>

/** How long a reader waits for the index before it goes on from the store. */
const briefMax = Duration.seconds(1)
/** The longest that a single call takes: `muse` gives up after 60 s. */
const callMax = Duration.seconds(40)

const deadlinesOf = (silenceMax: Duration.Duration): Deadlines => ({ silenceMax, briefMax, callMax })

/** Reads the deadlines. */
export const readDeadlines = Effect.fnUntraced(function* () {
  const configuration: DeadlineConfiguration = {
    store: deadlinesOf((yield* readSetting(storeDeadlineSetting, Option.none())).value),
    index: deadlinesOf((yield* readSetting(indexDeadlineSetting, Option.none())).value)
  }
  return configuration
})
