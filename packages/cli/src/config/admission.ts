/** The settings that bound heavy work: plans, merges, previews, borrowed history, lists. */
import { layer } from "@musehub/domain/usecase/admission/Admission"
import { layer as sharedWork } from "@musehub/domain/usecase/admission/SharedWork"
import { Duration, Effect, Layer, Option } from "effect"
import { acceptedTime, parseTime } from "./parseTime.ts"
import { readSetting, type Setting } from "./Setting.ts"

/** Null: heavy work is not bounded. */
export const heavyWorkSetting = {
  variable: "MUSEHUB_HEAVY_WORK",
  flag: null,
  fallback: "4",
  accepts: "a whole number from 1 to 999, or none",
  parse: (text) => {
    if (text === "none") return Option.some(null)
    return /^[1-9][0-9]{0,2}$/.test(text) ? Option.some(Number(text)) : Option.none()
  }
} satisfies Setting<number | null>

export const heavyWorkQueueSetting = {
  variable: "MUSEHUB_HEAVY_WORK_QUEUE",
  flag: null,
  fallback: "64",
  accepts: "a whole number from 0 to 9999",
  parse: (text) => (/^(0|[1-9][0-9]{0,3})$/.test(text) ? Option.some(Number(text)) : Option.none())
} satisfies Setting<number>

const waitMax = Duration.seconds(50)

/** The `muse` client gives up after 60 seconds without an answer. */
export const heavyWorkWaitSetting = {
  variable: "MUSEHUB_HEAVY_WORK_WAIT",
  flag: null,
  fallback: "20 seconds",
  accepts: `${acceptedTime}, from 1 second to ${Duration.format(waitMax)}`,
  parse: (text) => Option.filter(parseTime(text), Duration.between({ minimum: Duration.seconds(1), maximum: waitMax }))
} satisfies Setting<Duration.Duration>

/** Returns the layer that admits heavy work as the settings say. */
export const readAdmission = Effect.gen(function* () {
  const placesMax = (yield* readSetting(heavyWorkSetting, Option.none())).value
  const waitingMax = (yield* readSetting(heavyWorkQueueSetting, Option.none())).value
  const waitMax = (yield* readSetting(heavyWorkWaitSetting, Option.none())).value
  return placesMax === null
    ? sharedWork
    : Layer.merge(sharedWork, layer({ placesMax, waitingMax, waitMillisMax: Duration.toMillis(waitMax) }))
})
