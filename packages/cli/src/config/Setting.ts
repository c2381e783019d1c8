/**
 * One setting: an environment variable, the flag that overrides it, and the accepted values. A wrong value is refused
 * in one line with its source, the value and what is accepted; a value that may contain a password is not repeated.
 */
import { cut } from "@musehub/domain/base/text/cut"
import { ConfigurationRefused } from "@musehub/domain/port/Plugin"
import { Config, Effect, Option } from "effect"

export interface Setting<A> {
  readonly variable: string
  /** With its dashes; null if only the environment sets it. */
  readonly flag: string | null
  /** The default. */
  readonly fallback: string
  /** Completes the sentence "expected …". */
  readonly accepts: string
  /** Parses the text; none if it is refused. */
  readonly parse: (text: string) => Option.Option<A>
}

/** A value, and the name of the flag or variable that it came from. */
export interface Given<A> {
  readonly source: string
  readonly value: A
}

/**
 * Creates the refusal of a value, in the form that all settings share. `shown` is already quoted, or says why it is
 * hidden.
 */
export const refusal = (source: string, shown: string, accepts: string): ConfigurationRefused =>
  new ConfigurationRefused({ setting: source, reason: `${shown} is not accepted; expected ${accepts}` })

/** The most characters of a refused value that are repeated. */
const shownLengthMax = 100

/** Quotes a text for a message: on one line, cut if long. */
export const quoted = (text: string): string => JSON.stringify(cut(text, shownLengthMax))

/** Returns the name of what a setting comes from: the flag if it is given. */
export const sourceOf = ({ flag, variable }: Setting<unknown>, given: Option.Option<unknown>): string =>
  Option.isSome(given) ? (flag ?? variable) : variable

const fromEnvironment = (variable: string) =>
  Config.String(variable).pipe(
    Config.option,
    Effect.mapError(
      (error) => new ConfigurationRefused({ setting: variable, reason: error.message.replaceAll("\n", " ") })
    )
  )

/**
 * Reads a setting: the flag, else the environment, else the default. An empty variable is refused, since a misspelt
 * `$NAME` would otherwise silently mean the default, and with it another store.
 */
export const readSetting = Effect.fnUntraced(function* <A>(setting: Setting<A>, flag: Option.Option<string>) {
  const given: Option.Option<Given<string>> = Option.isSome(flag)
    ? Option.some({ source: sourceOf(setting, flag), value: flag.value })
    : Option.map(yield* fromEnvironment(setting.variable), (value) => ({ source: setting.variable, value }))
  const { source, value } = Option.getOrElse(given, () => ({ source: setting.variable, value: setting.fallback }))
  if (value === "" && Option.isSome(given)) {
    const accepts = setting.fallback === "" ? setting.accepts : `${setting.accepts} (unset: ${setting.fallback})`
    return yield* refusal(source, "an empty value", accepts)
  }
  const parsed = setting.parse(value)
  if (Option.isNone(parsed)) return yield* refusal(source, quoted(value), setting.accepts)
  const found: Given<A> = { source, value: parsed.value }
  return found
})
