/** Formats the progress of a transfer as one line: share, amounts, rate and time left. */
import type { Progress } from "@musehub/client/Progress"
import { ByteSize } from "effect"

/** A moment of a transfer. */
interface Moment {
  readonly millis: number
  readonly bytes: number
}

/** The rate covers the last seconds: a slow start says nothing about the rest. */
const windowMillis = 5000

/** Measures the rate of a transfer. */
export class Rate {
  #moments: Array<Moment> = []

  /** Records a moment; returns bytes per second, or 0 while the rate is unknown. */
  at(millis: number, bytes: number): number {
    this.#moments.push({ millis, bytes })
    while (this.#moments.length > 2 && millis - (this.#moments[1]?.millis ?? 0) > windowMillis) this.#moments.shift()
    const [first] = this.#moments
    if (first === undefined || millis <= first.millis) return 0
    return ((bytes - first.bytes) * 1000) / (millis - first.millis)
  }
}

/** Formats a number of bytes: 0 B, 999 B, 1 KiB, 12.3 MiB. */
export const bytesText = (bytes: number): string => ByteSize.format(ByteSize.bytes(bytes), { precision: 1 })

/** Formats a duration: 7 s, 2 min 5 s, 3 h 20 min. */
export const durationText = (seconds: number): string => {
  const whole = Math.ceil(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
}

const count = (value: number): string => value.toLocaleString("en-US")

const barWidthMax = 24
/** A shorter bar tells nothing. */
const barWidthMin = 4

/** Draws a bar of up to `width` characters, with a space before it; nothing where there is no room. */
const bar = (share: number, width: number): string => {
  const inner = Math.min(barWidthMax, width - 3)
  if (inner < barWidthMin) return ""
  const full = Math.floor(share * inner)
  return ` [${"#".repeat(full)}${".".repeat(inner - full)}]`
}

/** What is known beside the amounts. */
export interface Pace {
  readonly bytesPerSecond?: number
  readonly objectsPerSecond?: number
  /** Lines that were told meanwhile of what is wrong. */
  readonly findings?: number
  readonly what?: "commits" | "objects"
  /** The columns that the line may have. */
  readonly width?: number
}

/** Says the rate and the remaining time. They are those of bytes if their total is known, otherwise of objects. */
const paceOf = (
  { bytes, bytesTotal, objects, objectsTotal }: Progress,
  { bytesPerSecond = 0, objectsPerSecond = 0, what = "objects" }: Pace
): ReadonlyArray<string> => {
  const [left, perSecond] =
    bytesTotal > 0 ? [bytesTotal - bytes, bytesPerSecond] : [objectsTotal - objects, objectsPerSecond]
  const rate =
    bytesPerSecond > 0
      ? [`${bytesText(Math.round(bytesPerSecond))}/s`]
      : objectsPerSecond >= 1
        ? [`${count(Math.round(objectsPerSecond))} ${what}/s`]
        : []
  return left > 0 && perSecond > 0 ? [...rate, `${durationText(left / perSecond)} left`] : rate
}

/**
 * Formats the line, without a line break. The share is that of bytes if their total is known, otherwise of objects. The
 * bar is as long as the line leaves room for.
 */
export const progressLine = (verb: string, progress: Progress, pace: Pace = {}): string => {
  const { objects, objectsTotal, bytes, bytesTotal } = progress
  const { findings = 0, what = "objects", width = Infinity } = pace
  const byBytes = bytesTotal > 0
  const share = Math.min(1, byBytes ? bytes / bytesTotal : objectsTotal > 0 ? objects / objectsTotal : 0)
  const parts = [` ${String(Math.floor(share * 100)).padStart(3)}%`]
  if (findings > 0) parts.push(`${count(findings)} ${findings === 1 ? "finding" : "findings"}`)
  // Of a file, bytes alone are counted.
  if (objectsTotal > 0 || !byBytes) parts.push(`${count(objects)}/${count(objectsTotal)} ${what}`)
  if (byBytes) parts.push(`${bytesText(bytes)}/${bytesText(bytesTotal)}`)
  else if (bytes > 0) parts.push(bytesText(bytes))
  const rest = [...parts, ...paceOf(progress, pace)].join("  ")
  return verb + bar(share, width - verb.length - rest.length) + rest
}
