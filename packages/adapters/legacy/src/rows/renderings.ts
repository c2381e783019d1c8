/**
 * The spellings of a commit's time. A column keeps the moment and not the text, and the id was made from the text
 * (docs/wire.md, section 1).
 */

const pattern = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?(?:\+00(?::?00)?|Z)?$/

const minute = 60_000
const quarter = 15
/** The offsets from UTC that are in use, in minutes. */
const offsets = Array.from({ length: (26 * 60) / quarter + 1 }, (_, place) => place * quarter - 12 * 60).filter(
  (offset) => offset !== 0
)

const two = (number: number): string => String(number).padStart(2, "0")

const offsetText = (minutes: number): string => {
  const size = Math.abs(minutes)
  return `${minutes < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`
}

/**
 * Makes the texts that a client may have hashed for a moment in UTC, as a column of PostgreSQL or SQLite shows it: with
 * `+00:00`, which nearly all have; without an offset; at the other offsets. A client writes six digits of the second,
 * or none if they are zero. Makes none for a time that it cannot have written, such as one that is infinite.
 */
export const renderings = function* (utc: string): Generator<string, void> {
  const parts = pattern.exec(utc)
  if (parts === null) return
  const [, year, month, day, hours, minutes, seconds, digits = ""] = parts
  const millis = Date.parse(`${year}-${month}-${day}T${hours}:${minutes}:${seconds}Z`)
  if (Number.isNaN(millis)) return
  const micros = digits.padEnd(6, "0")
  const fraction = micros === "000000" ? "" : `.${micros}`
  const textAt = (offset: number): string =>
    new Date(millis + offset * minute).toISOString().replace(/\.000Z$/, fraction)
  // Before year 1 and after 9999, `toISOString` writes other forms, which no client did.
  const isWritten = (text: string): boolean => /^(?!0000)\d{4}-/.test(text)
  const inUtc = textAt(0)
  if (isWritten(inUtc)) yield* [`${inUtc}+00:00`, inUtc]
  for (const offset of offsets) {
    const text = textAt(offset)
    if (isWritten(text)) yield `${text}${offsetText(offset)}`
  }
}
