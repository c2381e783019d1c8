/** Sends traces to a collector of OTLP, if one is configured. Otherwise no span is made, since each costs time. */
import { Effect, Layer, Option, References } from "effect"
import { FetchHttpClient } from "effect/http"
import { OtlpSerialization, OtlpTracer } from "effect/observability"
import { readSetting } from "./config/Setting.ts"
import { traceEndpointSetting } from "./config/telemetry.ts"

export const tracingLayer = Layer.unwrap(
  Effect.map(readSetting(traceEndpointSetting, Option.none()), ({ value }) =>
    Option.match(value, {
      onNone: () => Layer.succeed(References.TracerEnabled, false),
      onSome: (endpoint) =>
        OtlpTracer.layer({ url: `${endpoint}/v1/traces`, resource: { serviceName: "musehub" } }).pipe(
          Layer.provide([OtlpSerialization.layerJson, FetchHttpClient.layer])
        )
    })
  )
)
