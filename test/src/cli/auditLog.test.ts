/** The file of the audit log: events of operators' commands, one JSON object a line. */
import { auditLayer } from "@musehub/cli/auditLog"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { CurrentOrigin, recordAudit } from "@musehub/domain/port/Audit"
import { ConfigProvider, Effect, Layer, Logger } from "effect"
import { mkdtemp, readFile, rm, stat } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"

const folder = await mkdtemp(join(tmpdir(), "musehub-audit-"))
afterAll(() => rm(folder, { recursive: true, force: true }))

describe("MUSEHUB_AUDIT_LOG", () => {
  it.effect("names a file that gets one line for each event and that others cannot read", () =>
    Effect.gen(function* () {
      const path = join(folder, "audit.jsonl")
      const environment = ConfigProvider.layer(ConfigProvider.fromEnv({ env: { MUSEHUB_AUDIT_LOG: path } }))
      const event = { action: "create-token", outcome: "done", about: "abc", details: ["a\nb"] } as const
      yield* Effect.andThen(recordAudit(event), recordAudit({ ...event, about: "def" })).pipe(
        Effect.provide(Layer.provide(auditLayer({ serving: false }), environment))
      )
      const lines = (yield* Effect.promise(() => readFile(path, "utf8"))).trimEnd().split("\n")
      const read = lines.map((line) => JSON.parse(line) as { readonly about: string; readonly token: unknown })
      assert.deepStrictEqual(
        read.map(({ about, token }) => [about, token]),
        [
          ["abc", null],
          ["def", null]
        ]
      )
      assert.strictEqual((yield* Effect.promise(() => stat(path))).mode & 0o077, 0)
    })
  )

  it.effect("without it, the serving hub logs each event under the id of its own request", () =>
    Effect.gen(function* () {
      const lines: Array<{ readonly annotations: Record<string, unknown> }> = []
      const origin = { requestId: "of the event", address: "192.0.2.1", token: "abc", user: "ada" }
      const event = { action: "delete-branch", outcome: "done", about: "ada/songs", details: [] } as const
      yield* recordAudit(event).pipe(
        Effect.provideService(CurrentOrigin, origin),
        // The fiber that moves a root may have been started by another request.
        Effect.annotateLogs({ requestId: "of the fiber" }),
        Effect.provide(
          Layer.merge(
            Layer.provide(auditLayer({ serving: true }), ConfigProvider.layer(ConfigProvider.fromEnv({ env: {} }))),
            Logger.layer([Logger.map(Logger.formatStructured, (line) => void lines.push(line))])
          )
        )
      )
      assert.deepStrictEqual(
        lines.map(({ annotations }) => annotations),
        [{ requestId: "of the event", audit: { ...event, by: "ada", token: "abc", address: "192.0.2.1" } }]
      )
    })
  )
})
