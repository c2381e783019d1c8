/** The probe of the index sees a pooler, in either mode, and the hub then prepares no statements. */
import { assert, it } from "@effect/vitest"
import { postgresPlugin } from "@musehub/adapter-postgres/plugin"
import { RepositoryIndex } from "@musehub/domain/port/index/RepositoryIndex"
import { Context, Effect, Layer } from "effect"
import { describePgBouncer, pgBouncer } from "../services/PgBouncer.ts"
import { freshDatabase } from "../services/PostgresServer.ts"
import { acquirePostgres } from "../services/services.ts"

const server = await acquirePostgres()

const probeOf = (url: string) =>
  Effect.flatMap(
    Layer.build(Layer.fresh(postgresPlugin.layer(url))),
    (services) => Context.get(services, RepositoryIndex).probe
  )

describePgBouncer("the probe of an index", () => {
  it.live("sees PgBouncer in session and in transaction mode, and none where there is none", () =>
    Effect.gen(function* () {
      const database = yield* freshDatabase(server)
      assert.isFalse((yield* probeOf(database)).pooled)
      for (const mode of ["session", "transaction"] as const) {
        const { url } = yield* pgBouncer(database, mode)
        assert.deepInclude(yield* probeOf(url), { pooled: true, writable: true, fit: true }, mode)
      }
    })
  )
})
