/** The settings of the log: its form, and what is left out of it. */
import { Effect, Layer, Logger, type LogLevel, Option, References } from "effect"
import { readSetting, type Setting } from "./Setting.ts"

const formats = ["auto", "json", "logfmt", "pretty"] as const
type Format = (typeof formats)[number]

/** `auto` is `pretty` at a terminal, else `logfmt`. */
export const logFormatSetting = {
  variable: "MUSEHUB_LOG_FORMAT",
  flag: null,
  fallback: "auto",
  accepts: "json, logfmt, pretty, or auto (pretty at a terminal, else logfmt)",
  parse: (text) => Option.fromUndefinedOr(formats.find((format) => format === text))
} satisfies Setting<Format>

const levels: { readonly [name: string]: LogLevel.LogLevel } = {
  trace: "Trace",
  debug: "Debug",
  info: "Info",
  warn: "Warn",
  error: "Error",
  none: "None"
}

/** The flag `--log-level` of every command goes before it. */
export const logLevelSetting = {
  variable: "MUSEHUB_LOG_LEVEL",
  flag: null,
  fallback: "info",
  accepts: Object.keys(levels).join(", "),
  parse: (text) => Option.fromUndefinedOr(Object.hasOwn(levels, text) ? levels[text] : undefined)
} satisfies Setting<LogLevel.LogLevel>

const loggerOf = (format: Format) => {
  switch (format) {
    case "auto":
      return loggerOf(process.stderr.isTTY ? "pretty" : "logfmt")
    case "json":
      return Logger.withConsoleError(Logger.formatJson)
    case "logfmt":
      return Logger.withConsoleError(Logger.formatLogFmt)
    case "pretty":
      return Logger.consolePrettyTty({
        colors: process.stderr.isTTY && process.env["NO_COLOR"] === undefined
      })
  }
}

/** Logs to stderr as the settings say. */
export const loggingLayer = Layer.unwrap(
  Effect.gen(function* () {
    const format = (yield* readSetting(logFormatSetting, Option.none())).value
    const level = (yield* readSetting(logLevelSetting, Option.none())).value
    return Layer.mergeAll(
      Logger.layer([loggerOf(format)]),
      Layer.succeed(References.LogToStderr, true),
      Layer.succeed(References.MinimumLogLevel, level)
    )
  })
)
