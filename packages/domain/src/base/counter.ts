import { Metric } from "effect"

/** Declares a counter that only grows, as Prometheus has them; its name ends in `_total`. */
export const counter = (name: string, description: string) => Metric.counter(name, { description, incremental: true })
