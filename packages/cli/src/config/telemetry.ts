/** The settings of what a running hub tells, and to whom. */
import { UserName } from "@musehub/domain/repository/Names"
import { Option, Schema } from "effect"
import type { Setting } from "./Setting.ts"

const readers = ["loopback", "everyone", "nobody"] as const

/**
 * By default the metrics are for this machine: they tell how much a hub is used, and most hubs are not watched from
 * elsewhere.
 */
export const metricsSetting = {
  variable: "MUSEHUB_METRICS",
  flag: null,
  fallback: "loopback",
  accepts: "loopback, everyone or nobody",
  parse: (text) => Option.fromUndefinedOr(readers.find((reader) => reader === text))
} satisfies Setting<(typeof readers)[number]>

const decodeNames = Schema.decodeUnknownOption(Schema.Array(UserName))

/** Users who may see how the hub as a whole is. */
export const operatorsSetting = {
  variable: "MUSEHUB_OPERATORS",
  flag: null,
  fallback: "",
  accepts: "names of users, separated by commas",
  parse: (text) =>
    Option.map(
      decodeNames(text === "" ? [] : text.split(",").map((name) => name.trim())),
      (names): ReadonlySet<UserName> => new Set(names)
    )
} satisfies Setting<ReadonlySet<UserName>>

/** None: the serving hub writes the events to its log. */
export const auditLogSetting = {
  variable: "MUSEHUB_AUDIT_LOG",
  flag: null,
  fallback: "",
  accepts: "a file to append to",
  parse: (text) => (text.includes("\0") ? Option.none() : Option.some(text === "" ? Option.none() : Option.some(text)))
} satisfies Setting<Option.Option<string>>

/** The standard variable of OpenTelemetry. None: no traces. */
export const traceEndpointSetting = {
  variable: "OTEL_EXPORTER_OTLP_ENDPOINT",
  flag: null,
  fallback: "",
  accepts: "the http or https URL of an OTLP collector, such as http://127.0.0.1:4318",
  parse: (text) => {
    if (text === "") return Option.some(Option.none())
    return /^https?:\/\/[^\s?#]+$/.test(text) && URL.canParse(text)
      ? Option.some(Option.some(text.replace(/\/+$/, "")))
      : Option.none()
  }
} satisfies Setting<Option.Option<string>>
