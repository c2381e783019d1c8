/** Parses spans and dates as operators write them on a command line. */

const unitMillis = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const

const spanPattern = /^([1-9][0-9]{0,7})([mhd])$/
const datePattern =
  /^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}:[0-9]{2}))?$/

const isUnit = (text: string | undefined): text is keyof typeof unitMillis => text !== undefined && text in unitMillis

/** Returns the milliseconds of a span such as `90d`, `12h` or `30m`; undefined for other texts. */
export const spanMillis = (text: string): number | undefined => {
  const [, count, unit] = spanPattern.exec(text) ?? []
  return isUnit(unit) ? Number(count) * unitMillis[unit] : undefined
}

/** Returns the milliseconds since 1970 of a date such as `2031-01-31` or `2031-01-31T18:00:00Z`; else NaN. */
export const dateMillis = (text: string): number => (datePattern.test(text) ? Date.parse(text) : Number.NaN)
