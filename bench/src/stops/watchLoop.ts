/**
 * Runs inside the hub that is measured (`node --import`) and watches its event loop: how long it ran without coming
 * back to its timers. The time is the loop's own processor time, so what else the machine does does not count; the
 * clock's time is kept beside it. Answers the parent process, which asks by a message.
 */
import { performance } from "node:perf_hooks"

export interface Stop {
  /** Milliseconds of the thread's processor time. */
  readonly busy: number
  /** Milliseconds of the clock. */
  readonly clock: number
}

const intervalMillis = 1

const now = (): Stop => {
  const { system, user } = process.threadCpuUsage()
  return { busy: (system + user) / 1000, clock: performance.now() }
}

let before = now()
let longest: Stop = { busy: 0, clock: 0 }

const look = () => {
  const at = now()
  longest = {
    busy: Math.max(longest.busy, at.busy - before.busy),
    clock: Math.max(longest.clock, at.clock - before.clock)
  }
  before = at
}

setInterval(look, intervalMillis).unref()

process.on("message", () => {
  look()
  process.send?.(longest)
  longest = { busy: 0, clock: 0 }
})
process.channel?.unref()
