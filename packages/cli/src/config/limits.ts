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

const perSecond: { readonly [unit: string]: number } = { second: 1, minute: 60, hour: 3600 }

const rate = (variable: string, fallback: string) =>
  ({
    variable,
    flag: null,
    fallback,
    accepts: "a rate such as 600 per minute (per second, minute or hour), or none",
    parse: (text) => {
      if (text === "none") return Option.some(null)
      const [, requests, unit = ""] = /^([1-9][0-9]{0,6}) per (second|minute|hour)$/.exec(text) ?? []
      const seconds = perSecond[unit]
      return requests === undefined || seconds === undefined
        ? Option.none()
        : Option.some({ requests: Number(requests), seconds })
    }
  }) satisfies Setting<{ readonly requests: number; readonly seconds: number } | null>

/** Two hundred a second, and twelve thousand at once: a push that sends every object by itself stays below it. */
export const rateLimitSetting = rate("MUSEHUB_RATE_LIMIT", "12000 per minute")

export const failureLimitSetting = rate("MUSEHUB_TOKEN_FAILURE_LIMIT", "60 per minute")

export const transfersSetting = count("MUSEHUB_TRANSFERS_PER_CALLER", "64")

/** Reads how much one caller may ask for. */
export const readRateLimits = Effect.gen(function* () {
  return {
    requests: (yield* readSetting(rateLimitSetting, Option.none())).value,
    failures: (yield* readSetting(failureLimitSetting, Option.none())).value,
    transfersMax: (yield* readSetting(transfersSetting, Option.none())).value
  }
})
