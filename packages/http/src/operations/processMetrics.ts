/** The metrics of the process: memory, and how late the event loop runs what is due. */
import { Effect, Metric } from "effect"
import { monitorEventLoopDelay } from "node:perf_hooks"

const memory = Metric.gauge("musehub_process_memory_bytes", { description: "Memory of the process, by kind" })
const lag = Metric.gauge("musehub_event_loop_lag_seconds", {
  description: "How late the event loop was since the last look, by quantile"
})
const uptime = Metric.gauge("musehub_process_uptime_seconds", { description: "Time since the process started" })

const resolutionMillis = 20

/** Starts to watch the event loop until the scope closes. Returns what sets the gauges to the present values. */
export const watchProcess = Effect.gen(function* () {
  const delay = yield* Effect.acquireRelease(
    Effect.sync(() => {
      const histogram = monitorEventLoopDelay({ resolution: resolutionMillis })
      histogram.enable()
      return histogram
    }),
    (histogram) => Effect.sync(() => histogram.disable())
  )
  const quantile = (label: string, nanos: number) =>
    Metric.update(
      Metric.withAttributes(lag, { quantile: label }),
      Math.max(0, (Number.isFinite(nanos) ? nanos : 0) / 1e9 - resolutionMillis / 1000)
    )
  return Effect.suspend(() => {
    const { external, heapUsed, rss } = process.memoryUsage()
    const held = { resident: rss, heap: heapUsed, external }
    const looks = Effect.all([
      quantile("0.5", delay.percentile(50)),
      quantile("0.99", delay.percentile(99)),
      quantile("1", delay.max),
      Metric.update(uptime, process.uptime()),
      ...Object.entries(held).map(([kind, bytes]) => Metric.update(Metric.withAttributes(memory, { kind }), bytes))
    ])
    return Effect.tap(looks, () => Effect.sync(() => delay.reset()))
  })
})
