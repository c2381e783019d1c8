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

const barWidth = 24

const bar = (share: number): string => {
  const full = Math.floor(share * barWidth)
  return `[${"#".repeat(full)}${".".repeat(barWidth - full)}]`
}

/**
 * Formats the line, without a line break. The share is that of bytes if their total is known, otherwise of objects.
 * Of commits, no bytes are counted.
 */
export const progressLine = (
  verb: string,
  progress: Progress,
  bytesPerSecond: number,
  what: "commits" | "objects" = "objects"
): string => {
  const { objects, objectsTotal, bytes, bytesTotal } = progress
  const byBytes = bytesTotal > 0
  const share = Math.min(1, byBytes ? bytes / bytesTotal : objectsTotal > 0 ? objects / objectsTotal : 0)
  const parts = [`${verb} ${bar(share)} ${String(Math.floor(share * 100)).padStart(3)}%`]
  // Of a file, bytes alone are counted.
  if (objectsTotal > 0 || !byBytes) parts.push(`${count(objects)}/${count(objectsTotal)} ${what}`)
  if (byBytes) parts.push(`${bytesText(bytes)}/${bytesText(bytesTotal)}`)
  else if (what === "objects") parts.push(bytesText(bytes))
  if (bytesPerSecond > 0) {
    parts.push(`${bytesText(Math.round(bytesPerSecond))}/s`)
    if (byBytes && bytes < bytesTotal) parts.push(`${durationText((bytesTotal - bytes) / bytesPerSecond)} left`)
  }
  return parts.join("  ")
}
