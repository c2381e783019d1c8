/** The settings that keep one client from taking what others need. */
import { Effect, Option } from "effect"
import { readSetting, type Setting } from "./Setting.ts"

const countMax = 1_000_000

const count = (variable: string, fallback: string) =>
  ({
    variable,
    flag: null,
    fallback,
    accepts: `a whole number from 1 to ${countMax}`,
    parse: (text) =>
      /^[1-9][0-9]{0,6}$/.test(text) && Number(text) <= countMax ? Option.some(Number(text)) : Option.none()
  }) satisfies Setting<number>

export const connectionsSetting = count("MUSEHUB_CONNECTIONS", "4096")

export const connectionsPerAddressSetting = count("MUSEHUB_CONNECTIONS_PER_ADDRESS", "256")

/** Reads how many connections the hub holds. */
export const readConnectionLimits = Effect.gen(function* () {
  return {
    connectionsMax: (yield* readSetting(connectionsSetting, Option.none())).value,
    connectionsPerAddressMax: (yield* readSetting(connectionsPerAddressSetting, Option.none())).value
  }
})
