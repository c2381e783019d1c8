/**
 * Times as the client writes them. They are hashed as text, so they are kept verbatim. The client re-renders the times
 * that it receives (docs/wire.md, section 1), so only spellings that survive this are accepted.
 */
import { Schema } from "effect"

const date = String.raw`(\d{4})-(\d{2})-(\d{2})`
const time = String.raw`([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.(?!000000)\d{6})?`
/** Python writes the seconds of an offset, and their fraction, where they are not zero. */
const offset = String.raw`[+-]([01]\d|2[0-3]):[0-5]\d(:(?!00$)[0-5]\d(\.(?!000000)\d{6})?)?`
const spelling = new RegExp(`^${date}T${time}(${offset})?$`)

const isDate = (year: number, month: number, day: number): boolean => {
  if (year < 1 || month < 1 || month > 12 || day < 1) return false
  return day <= new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate()
}

/** Returns whether the client would hash the same text after receiving this time. */
export const isStableTime = (value: string): boolean => {
  const parts = spelling.exec(value)
  if (parts === null || value.endsWith("-00:00")) return false
  return isDate(Number(parts[1]), Number(parts[2]), Number(parts[3]))
}

/**
 * A time such as `2026-11-22T15:08:10.707051+00:00`: six fraction digits, or none when all would be zero; never `Z`. An
 * offset may have seconds, as those of old times do in Python (`+00:19:32`).
 */
export const CommittedAt = Schema.String.check(
  Schema.makeFilter(
    (value) => isStableTime(value) || "is not a time as the client spells it (2026-11-22T15:08:10.707051+00:00)"
  )
)

/** Formats a time of the hub's own with microseconds, as commits are hashed with. */
export const committedAtOf = (epochMillis: number, microseconds = 0): string => {
  const date = new Date(epochMillis)
  const fraction = date.getUTCMilliseconds() * 1000 + microseconds
  const seconds = date.toISOString().slice(0, 19)
  return fraction === 0 ? `${seconds}+00:00` : `${seconds}.${String(fraction).padStart(6, "0")}+00:00`
}
