/**
 * What a running process costs, as Linux tells it: memory and its peak, which can be reset, time on the processor, and
 * the bytes that it read and wrote.
 */
import { readFileSync, writeFileSync } from "node:fs"

/** Ticks of /proc/<pid>/stat in a second; Linux has shown 100 to programs on every architecture for decades. */
const ticksPerSecond = 100

/** Starts a new measurement of the peak. */
export const resetPeak = (pid: number): void => writeFileSync(`/proc/${pid}/clear_refs`, "5")

const statusMiB = (pid: number, field: "VmHWM" | "VmRSS"): number => {
  const text = readFileSync(`/proc/${pid}/status`, "utf8")
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(text)?.[1]) / 1024
}

/** The most memory that was resident since the last reset, in MiB. */
export const peakMiB = (pid: number): number => statusMiB(pid, "VmHWM")

/** The memory that is resident now, in MiB. */
export const residentMiB = (pid: number): number => statusMiB(pid, "VmRSS")

/** Bytes that went through the system calls for reading and writing so far, whether files or sockets. */
export const transferred = (pid: number): { readonly read: number; readonly written: number } => {
  const text = readFileSync(`/proc/${pid}/io`, "utf8")
  const field = (name: string) => Number(new RegExp(`^${name}: (\\d+)$`, "m").exec(text)?.[1])
  return { read: field("rchar"), written: field("wchar") }
}

/** Seconds on the processor so far, threads included. */
export const cpuSeconds = (pid: number): number => {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8")
  // The name, in parentheses, may hold spaces; user and system time are the 12th and 13th fields behind it.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ")
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}
