/**
 * What a running process costs, as Linux reports it: memory and its peak (which can be reset), processor time, and the
 * bytes it read and wrote.
 */
import { readFileSync, writeFileSync } from "node:fs"

/** Ticks per second in /proc/<pid>/stat; Linux has reported 100 to programs on every architecture for decades. */
const ticksPerSecond = 100

/** Resets the peak. */
export const resetPeak = (pid: number): void => writeFileSync(`/proc/${pid}/clear_refs`, "5")

const statusMiB = (pid: number, field: "VmHWM" | "VmRSS"): number => {
  const text = readFileSync(`/proc/${pid}/status`, "utf8")
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(text)?.[1]) / 1024
}

/** Returns the peak of resident memory since the last reset, in MiB. */
export const peakMiB = (pid: number): number => statusMiB(pid, "VmHWM")

/** Returns the resident memory, in MiB. */
export const residentMiB = (pid: number): number => statusMiB(pid, "VmRSS")

/** Returns the bytes that went through the system calls for reading and writing so far, for files and sockets. */
export const transferred = (pid: number): { readonly read: number; readonly written: number } => {
  const text = readFileSync(`/proc/${pid}/io`, "utf8")
  const field = (name: string) => Number(new RegExp(`^${name}: (\\d+)$`, "m").exec(text)?.[1])
  return { read: field("rchar"), written: field("wchar") }
}

/** Returns the seconds of processor time so far, threads included. */
export const cpuSeconds = (pid: number): number => {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8")
  // The name, in parentheses, may contain spaces; user and system time are the 12th and 13th fields after it.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ")
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}
