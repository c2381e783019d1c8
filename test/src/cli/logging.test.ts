/** The form and the level of the log, as the settings choose them. */
import { assert, describe, it } from "@effect/vitest"
import { loggingLayer } from "@musehub/cli/config/logging"
import { ConfigProvider, Effect, Layer } from "effect"
import { TestConsole } from "effect/testing"

/** What a warning and a debug message write to stderr under these settings. */
const logged = (env: Readonly<Record<string, string>>) => {
  const environment = ConfigProvider.layer(ConfigProvider.fromEnv({ env, preserveEmptyStrings: true }))
  return Effect.logWarning("data in\nmemory").pipe(
    Effect.andThen(Effect.logDebug("a detail")),
    Effect.annotateLogs({ requestId: "7" }),
    Effect.provide(Layer.provide(loggingLayer, environment)),
    Effect.andThen(TestConsole.errorLines),
    Effect.provide(TestConsole.layer)
  )
}

describe("MUSEHUB_LOG_FORMAT and MUSEHUB_LOG_LEVEL", () => {
  it.effect("json makes each line one JSON object", () =>
    Effect.gen(function* () {
      const lines = yield* logged({ MUSEHUB_LOG_FORMAT: "json", MUSEHUB_LOG_LEVEL: "debug" })
      const read = lines.map((line) => JSON.parse(String(line)) as { readonly [name: string]: unknown })
      assert.deepStrictEqual(
        read.map(({ annotations, level, message }) => ({ annotations, level, message })),
        [
          { annotations: { requestId: "7" }, level: "WARN", message: "data in\nmemory" },
          { annotations: { requestId: "7" }, level: "DEBUG", message: "a detail" }
        ]
      )
      for (const line of lines) assert.notInclude(String(line), "\n")
    })
  )

  it.effect("without a terminal the default is logfmt from level info on, and pretty has to be asked for", () =>
    Effect.gen(function* () {
      const lines = yield* logged({})
      assert.strictEqual(lines.length, 1)
      assert.match(String(lines[0]), /^timestamp=\S+ level=WARN .*message="data in\\nmemory" requestId=7$/)
      assert.match(String((yield* logged({ MUSEHUB_LOG_FORMAT: "pretty" }))[0]), /WARN/)
    })
  )

  it.effect("the level leaves out what is below it", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* logged({ MUSEHUB_LOG_LEVEL: "error" }), [])
    })
  )

  it.effect("a wrong value is refused in one line that names the setting", () =>
    Effect.gen(function* () {
      for (const [variable, value] of [
        ["MUSEHUB_LOG_FORMAT", "xml"],
        ["MUSEHUB_LOG_LEVEL", "constructor"]
      ] as const) {
        const refused = yield* Effect.flip(logged({ [variable]: value }))
        assert.match(refused.message, new RegExp(`^${variable}: "${value}" is not accepted; expected [^\\n]*$`))
      }
    })
  )
})
