/**
 * The index on PostgreSQL (tested on 18). Opening it brings the schema up to date; every method is one statement, and
 * what one method changes becomes visible at once or not at all.
 */
import { PgClient, type PgConnection } from "@effect/sql-pg"
import { IndexStore, type IndexUnavailable } from "@musehub/domain/port/IndexStore"
import { Effect, Layer, type Redacted } from "effect"
import { Reactivity } from "effect/reactivity"
import { SqlClient } from "effect/sql"
import * as AdvisoryLock from "./AdvisoryLock.ts"
import { sentenceOf, unavailable } from "./Errors.ts"
import { migrate } from "./Migrations.ts"
import type { PostgresTarget } from "./PostgresUrl.ts"
import * as Graph from "./statement/Graph.ts"
import * as Objects from "./statement/Objects.ts"
import * as Packs from "./statement/Packs.ts"
import * as People from "./statement/People.ts"
import * as Proposals from "./statement/Proposals.ts"
import * as Remarks from "./statement/Remarks.ts"
import * as Repositories from "./statement/Repositories.ts"

const connection = (url: Redacted.Redacted) =>
  ({ url, applicationName: "musehub", connectTimeout: "5 seconds" }) as const satisfies PgConnection.Config

/** The index on an open client. The schema must be up to date. */
export const make = Effect.fnUntraced(function* (sql: PgClient.PgClient, location: string) {
  const withLock = yield* AdvisoryLock.make(sql.config)
  return IndexStore.of({
    location,
    ...Objects.make(sql),
    ...Graph.make(sql),
    ...Packs.make(sql),
    ...Repositories.make(sql),
    ...Proposals.make(sql),
    ...Remarks.make(sql),
    ...People.make(sql),
    withLock
  })
})

/** Opens the index; `location` is what people get to see of the target. */
export const layer = ({ url, location, maxConnections }: PostgresTarget): Layer.Layer<IndexStore, IndexUnavailable> =>
  Layer.effect(
    IndexStore,
    Effect.gen(function* () {
      const sql = yield* PgClient.make({ ...connection(url), maxConnections }).pipe(
        Effect.tap((client) => client`SELECT`),
        Effect.mapError((error) => unavailable(`connecting to ${location}: ${sentenceOf(error)}`, error))
      )
      yield* migrate.pipe(
        Effect.provideService(SqlClient.SqlClient, sql),
        Effect.mapError((error) => unavailable(`bringing the schema of ${location} up to date`, error))
      )
      return yield* make(sql, location)
    })
  ).pipe(Layer.provide(Reactivity.layer))
