/**
 * The metrics of requests. A label holds nothing that a client chose: not the path, but the pattern of its route, and
 * known methods.
 */
import { counter } from "@musehub/domain/base/counter"
import { Effect, Metric } from "effect"

const requests = counter(
  "musehub_http_requests_total",
  "Requests by method, route and status; status 0 is a client that left before its answer"
)
const seconds = Metric.histogram("musehub_http_request_seconds", {
  description: "Time from the headers of a request to the last byte of its answer",
  boundaries: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]
})
const inFlight = Metric.gauge("musehub_http_requests_in_flight", {
  description: "Requests that are not fully answered yet"
})

const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])

export interface Answered {
  readonly method: string
  readonly route: string | undefined
  readonly status: number
  readonly millis: number
}

/** Counts a request that begins. */
export const countBegun: Effect.Effect<void> = Metric.modify(inFlight, 1)

/** Counts a request that ended. */
export const countAnswered = ({ method, millis, route = "none", status }: Answered): Effect.Effect<void> => {
  const attributes = { method: methods.has(method) ? method : "other", route }
  return Effect.all(
    [
      Metric.modify(inFlight, -1),
      Metric.update(Metric.withAttributes(requests, { ...attributes, status: String(status) }), 1),
      Metric.update(Metric.withAttributes(seconds, attributes), millis / 1000)
    ],
    { discard: true }
  )
}
