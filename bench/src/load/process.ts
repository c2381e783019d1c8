/** What a running process costs, as Linux tells it: peak memory, which can be reset, and time on the processor. */
import { readFileSync, writeFileSync } from "node:fs"

/** Ticks of /proc/<pid>/stat in a second; Linux has shown 100 to programs on every architecture for decades. */
const ticksPerSecond = 100

/** Starts a new measurement of the peak. */
export const resetPeak = (pid: number): void => writeFileSync(`/proc/${pid}/clear_refs`, "5")

/** The most memory that was resident since the last reset, in MiB. */
export const peakMiB = (pid: number): number => {
  const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]
  return Number(kibibytes) / 1024
}

/** Seconds on the processor so far, threads included. */
export const cpuSeconds = (pid: number): number => {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8")
  // The name, in parentheses, may hold spaces; user and system time are the 12th and 13th fields behind it.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ")
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}
