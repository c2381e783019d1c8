/** The settings that keep one client from taking what others need. */
import type { QuotaLimits } from "@musehub/domain/usecase/admission/Quotas"
import { Effect, Option } from "effect"
import { parseBytes } from "./Configuration.ts"
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

/** Null: a user may have any number. */
const quota = (variable: string, fallback: string) =>
  ({
    variable,
    flag: null,
    fallback,
    accepts: `a whole number from 1 to ${countMax}, or 0 for no limit`,
    parse: (text) => {
      if (text === "0") return Option.some(null)
      return /^[1-9][0-9]{0,6}$/.test(text) && Number(text) <= countMax ? Option.some(Number(text)) : Option.none()
    }
  }) satisfies Setting<number | null>

export const repositoriesQuotaSetting = quota("MUSEHUB_QUOTA_REPOSITORIES", "1000")

export const tokensQuotaSetting = quota("MUSEHUB_QUOTA_TOKENS", "1000")

export const keysQuotaSetting = quota("MUSEHUB_QUOTA_IDEMPOTENCY_KEYS", "10000")

/** Null: a user may store any number of bytes. */
export const bytesQuotaSetting = {
  variable: "MUSEHUB_QUOTA_BYTES",
  flag: null,
  fallback: "100GiB",
  accepts: "a size such as 10GiB, or 0 for no limit",
  parse: (text) => Option.map(parseBytes(text), (bytes) => (bytes === 0 ? null : bytes))
} satisfies Setting<number | null>

/** Reads how much one user may have. */
export const readQuotas = Effect.gen(function* () {
  const limits: QuotaLimits = {
    repositories: (yield* readSetting(repositoriesQuotaSetting, Option.none())).value,
    tokens: (yield* readSetting(tokensQuotaSetting, Option.none())).value,
    keys: (yield* readSetting(keysQuotaSetting, Option.none())).value,
    bytes: (yield* readSetting(bytesQuotaSetting, Option.none())).value
  }
  return limits
})
