/** Warnings about names, for commands that make, list or preview what has names. */
import type { NameWarning } from "@musehub/domain/repository/NameWarning"
import { Effect } from "effect"
import { hint, shown } from "./output.ts"

/** The most warnings that are printed one by one. */
const printedMax = 20

/** The field of every command that warns in `--json`, for descriptions. */
export const warningsField =
  "warnings (kind, names and message of each pair of names that some file systems take for one)"

/** Returns the warnings for `--json`. */
export const warningsJson = (warnings: ReadonlyArray<NameWarning>) =>
  warnings.map(({ kind, message, names }) => ({ kind, names, message }))

/** Prints warnings on stderr, each once. */
export const warn = Effect.fnUntraced(function* (warnings: ReadonlyArray<NameWarning>) {
  const messages = [...new Set(warnings.map(({ message }) => message))]
  for (const message of messages.slice(0, printedMax)) yield* hint(`warning: ${shown(message)}`)
  if (messages.length > printedMax)
    yield* hint(`warning: ${messages.length - printedMax} more pairs of names like these`)
})

/** Prints on stderr that the rules of a repository do not hold, and why. */
export const warnOfRules = (invalid: string | null) =>
  invalid === null ? Effect.void : hint(`warning: no rule holds, because ${shown(invalid)}`)
