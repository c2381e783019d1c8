/** `GET /metrics`: the metrics of the process in the text format of Prometheus. */
import { Context, Effect, Layer, Option } from "effect"
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"
import { PrometheusMetrics } from "effect/observability"
import { problemAnswer } from "../problem/answer.ts"
import { endpointUnknown } from "../problem/protocolProblems.ts"
import { watchProcess } from "./processMetrics.ts"

/** Who may read the metrics. They name no repository and no user, but tell how much a hub is used. */
export type MetricsReaders = "loopback" | "everyone" | "nobody"

export const CurrentMetricsReaders = Context.Reference<MetricsReaders>(
  "@musehub/http/operations/CurrentMetricsReaders",
  { defaultValue: () => "loopback" }
)

const loopback = /^(?:::1|(?:::ffff:)?127\.\d+\.\d+\.\d+)$/i

/** What proxies add to a request. A proxy on the hub's own machine connects from its loopback address. */
const proxyHeaders = ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"]

const isFromThisMachine = ({ headers, peerAddress }: HttpServerRequest.HttpServerRequest): boolean =>
  Option.exists(peerAddress, (address) => loopback.test(address)) && !proxyHeaders.some((name) => name in headers)

/** Answers like an unknown endpoint where the metrics are not for the client. */
export const metricsRoute = Layer.unwrap(
  Effect.gen(function* () {
    const readers = yield* CurrentMetricsReaders
    const lookAtProcess = yield* watchProcess
    const metrics = Effect.gen(function* () {
      const request = yield* HttpServerRequest.HttpServerRequest
      const mayRead = readers === "everyone" || (readers === "loopback" && isFromThisMachine(request))
      if (!mayRead) return problemAnswer(endpointUnknown(request.method, request.url))
      yield* lookAtProcess
      return HttpServerResponse.text(yield* PrometheusMetrics.format(), {
        contentType: "text/plain; version=0.0.4; charset=utf-8",
        headers: { "cache-control": "no-store" }
      })
    })
    return HttpRouter.add("GET", "/metrics", metrics)
  })
)
