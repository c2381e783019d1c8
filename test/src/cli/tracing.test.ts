/** Traces: sent to a collector if one is configured, not made otherwise. */
import { assert, describe, it } from "@effect/vitest"
import { tracingLayer } from "@musehub/cli/tracing"
import { ConfigProvider, Effect, Layer } from "effect"
import { createServer } from "node:http"

/** A collector on a free port; `bodies` are what was sent to it. */
const collector = Effect.acquireRelease(
  Effect.promise(async () => {
    const bodies: Array<string> = []
    const server = createServer((request, response) => {
      let body = ""
      request.setEncoding("utf8").on("data", (text: string) => (body += text))
      request.once("end", () => {
        bodies.push(`${request.url} ${body}`)
        response.setHeader("content-type", "application/json").end("{}")
      })
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    const address = server.address()
    const port = typeof address === "object" && address !== null ? address.port : 0
    return { bodies, server, url: `http://127.0.0.1:${port}` }
  }),
  ({ server }) => Effect.sync(() => void server.close())
)

const work = Effect.withSpan(Effect.option(Effect.currentSpan), "the work")

const traced = (env: Readonly<Record<string, string>>) =>
  Effect.provide(work, Layer.provide(tracingLayer, ConfigProvider.layer(ConfigProvider.fromEnv({ env }))))

describe("OTEL_EXPORTER_OTLP_ENDPOINT", () => {
  it.live("sends spans to the collector", () =>
    Effect.gen(function* () {
      const { bodies, url } = yield* collector
      yield* traced({ OTEL_EXPORTER_OTLP_ENDPOINT: `${url}/` })
      assert.strictEqual(bodies.length, 1)
      assert.match(bodies[0] ?? "", /^\/v1\/traces \{.*"musehub".*"the work"/)
    }).pipe(Effect.scoped)
  )

  it.effect("unset, no span is sampled", () =>
    Effect.gen(function* () {
      const span = yield* traced({})
      assert.isTrue(span._tag === "None" || !span.value.sampled)
    })
  )

  it.effect("a value that is no URL is refused by name", () =>
    Effect.gen(function* () {
      const refused = yield* Effect.flip(traced({ OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4318" }))
      assert.match(refused.message, /^OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4318" is not accepted; expected/)
    })
  )
})
