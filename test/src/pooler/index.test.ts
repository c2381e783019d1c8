/** The index keeps its contract behind a pooler. */
import { afterAll } from "@effect/vitest"
import { postgresPlugin } from "@musehub/adapter-postgres/plugin"
import { indexContract } from "@musehub/contract/indexContract"
import { Effect, Exit, Scope } from "effect"
import { describePgBouncer, pgBouncer } from "../services/PgBouncer.ts"
import { freshDatabase } from "../services/PostgresServer.ts"
import { acquirePostgres } from "../services/services.ts"

const server = await acquirePostgres()
const scope = Scope.makeUnsafe()
afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))
const pooled = Effect.flatMap(freshDatabase(server), (url) => pgBouncer(url, "transaction"))

describePgBouncer("an index behind PgBouncer", async () => {
  const { url } = await Effect.runPromise(Scope.provide(pooled, scope))
  indexContract("postgres, PgBouncer in transaction mode", postgresPlugin.layer(url), { shared: true })
})
