/**
 * One setting: an environment variable, the flag that overrides it, and what it accepts. A wrong value is refused in
 * one line that names where the value came from, what was given and what is accepted; what may hold a password is not
 * repeated.
 */
import { ConfigurationRefused } from "@musehub/domain/port/Plugin"
import { Config, Effect, Option } from "effect"

export interface Setting<A> {
  readonly variable: string
  /** With its dashes; null where only the environment sets it. */
  readonly flag: string | null
  /** The text that counts when nothing was given. */
  readonly fallback: string
  /** Completes the sentence "expected …". */
  readonly accepts: string
  /** What the text means; none when it is refused. */
  readonly parse: (text: string) => Option.Option<A>
}

/** A value, and the name under which the operator gave it. */
export interface Given<A> {
  readonly source: string
  readonly value: A
}

/**
 * The refusal of a value, in the one form that all settings share. `shown` is quoted already, or says why it is
 * hidden.
 */
export const refusal = (source: string, shown: string, accepts: string): ConfigurationRefused =>
  new ConfigurationRefused({ setting: source, reason: `${shown} is not accepted; expected ${accepts}` })

/** Most characters of a refused value that are repeated. */
const shownLengthMax = 100

/** A text as it appears in a message: quoted, on one line, cut. */
export const quoted = (text: string): string => JSON.stringify(text.slice(0, shownLengthMax))

const fromEnvironment = (variable: string) =>
  Config.String(variable).pipe(
    Config.option,
    Effect.mapError(
      (error) => new ConfigurationRefused({ setting: variable, reason: error.message.replaceAll("\n", " ") })
    )
  )

/**
 * Reads a setting: the flag, else the environment, else the default. A variable that is set to nothing is refused,
 * since a misspelt `$NAME` would otherwise quietly mean the default, and with it another store.
 */
export const readSetting = Effect.fnUntraced(function* <A>(setting: Setting<A>, flag: Option.Option<string>) {
  const given: Option.Option<Given<string>> = Option.isSome(flag)
    ? Option.some({ source: setting.flag ?? setting.variable, value: flag.value })
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
