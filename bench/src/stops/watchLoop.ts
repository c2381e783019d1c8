/**
 * Runs inside the hub that is measured (`node --import`) and watches its event loop: how long it ran without coming
 * back to its timers. The time is the loop's own processor time, so what else the machine does does not count; the
 * clock's time is kept beside it. Answers the parent process, which asks by a message.
 */
import { performance, type PerformanceEntry, PerformanceObserver } from "node:perf_hooks"

export interface Stop {
  /** Milliseconds of the thread's processor time. */
  readonly busy: number
  /** Milliseconds of the clock. */
  readonly clock: number
  /** Milliseconds of the clock in which garbage was collected, in the stop that was the longest by the clock. */
  readonly garbage: number
}

const intervalMillis = 1

const now = () => {
  const { system, user } = process.threadCpuUsage()
  return { busy: (system + user) / 1000, clock: performance.now() }
}

let before = now()
let busy = 0
let longest = { from: 0, to: 0 }
let collections: Array<PerformanceEntry> = []

new PerformanceObserver((list) => {
  for (const collection of list.getEntries()) collections.push(collection)
}).observe({ entryTypes: ["gc"] })

const look = () => {
  const at = now()
  busy = Math.max(busy, at.busy - before.busy)
  if (at.clock - before.clock > longest.to - longest.from) longest = { from: before.clock, to: at.clock }
  before = at
}

setInterval(look, intervalMillis).unref()

const answer = () => {
  const { from, to } = longest
  const within = collections.filter(({ startTime }) => startTime >= from && startTime < to)
  const garbage = within.reduce((sum, { duration }) => sum + duration, 0)
  process.send?.({ busy, clock: to - from, garbage } satisfies Stop)
  collections = []
  busy = 0
  longest = { from: 0, to: 0 }
}

process.on("message", () => {
  look()
  // The observer hears of a collection in a later turn.
  setTimeout(answer, 50)
})
process.channel?.unref()
