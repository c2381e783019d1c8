/**
 * The index on PostgreSQL (tested on 18). Opening it brings the schema up to date, or refuses a newer one. Every
 * change is one statement, and becomes visible at once or not at all. A question about many ids is several.
 */
import { Context, Effect, Layer } from "effect"
import { CommitIndex } from "@musehub/domain/port/index/CommitIndex"
import { DerivationIndex } from "@musehub/domain/port/index/derived/DerivationIndex"
import { DocumentLedger } from "@musehub/domain/port/index/DocumentLedger"
import { DomainIndex } from "@musehub/domain/port/index/DomainIndex"
import type { FormatTooNew } from "@musehub/domain/port/FormatTooNew"
import type { Index } from "@musehub/domain/port/index/Index"
import { IndexUnavailable } from "@musehub/domain/port/index/IndexUnavailable"
import { ObjectIndex } from "@musehub/domain/port/index/ObjectIndex"
import { PackIndex } from "@musehub/domain/port/index/PackIndex"
import { PeopleIndex } from "@musehub/domain/port/index/PeopleIndex"
import { ProposalIndex } from "@musehub/domain/port/index/ProposalIndex"
import { RepositoryIndex } from "@musehub/domain/port/index/RepositoryIndex"
import { Refused } from "@musehub/domain/port/UnavailableReason"
import { RowWriter } from "@musehub/domain/port/index/RowWriter"
import { TableIndex } from "@musehub/domain/port/index/TableIndex"
import { LineIndex } from "@musehub/domain/port/index/derived/LineIndex"
import { MarkIndex } from "@musehub/domain/port/index/derived/MarkIndex"
import { SymbolIndex } from "@musehub/domain/port/index/derived/SymbolIndex"
import { TouchIndex } from "@musehub/domain/port/index/derived/TouchIndex"
import { UsageIndex } from "@musehub/domain/port/index/UsageIndex"
import type { ConfigurationRefused } from "@musehub/domain/port/Plugin"
import { Reactivity } from "effect/reactivity"
import { SqlClient } from "effect/sql"
import type { SqlError } from "effect/sql/SqlError"
import { pooledClient } from "./connection/pooledClient.ts"
import { asOperation, sentenceOf, unavailable } from "./Errors.ts"
import { inspect } from "./inspect.ts"
import { isPooled } from "./isPooled.ts"
import { migrate } from "./migrate.ts"
import { shadowSchema } from "./shadowSchema.ts"
import type { PostgresTarget } from "./PostgresUrl.ts"
import * as Derivations from "./statement/derived/Derivations.ts"
import * as DocumentStates from "./statement/DocumentStates.ts"
import * as Domains from "./statement/Domains.ts"
import * as Graph from "./statement/Graph.ts"
import * as ObjectRows from "./statement/ObjectRows.ts"
import * as Objects from "./statement/Objects.ts"
import * as Packs from "./statement/Packs.ts"
import * as People from "./statement/People.ts"
import * as Proposals from "./statement/Proposals.ts"
import * as Remarks from "./statement/Remarks.ts"
import * as Repositories from "./statement/Repositories.ts"
import * as Lines from "./statement/derived/Lines.ts"
import * as Marks from "./statement/derived/Marks.ts"
import * as Symbols from "./statement/derived/Symbols.ts"
import * as Tables from "./statement/Tables.ts"
import * as Touches from "./statement/derived/Touches.ts"
import * as Usage from "./statement/Usage.ts"

/**
 * The longest time of a statement, for the server. Nobody waits for one after 40 seconds (ARCHITECTURE.md, "Outages"),
 * and it would go on. The `options` of the URL come after it and win.
 */
const statementTimeout = "-c statement_timeout=45s"

/** Builds the index on an open client. The schema must be up to date. */
export const make = (
  sql: SqlClient.SqlClient,
  own: Pick<RepositoryIndex["Service"], "location" | "probe">
): Context.Context<Index> => {
  const { record, ...objects } = Objects.make(sql)
  const { ancestry, commitsOfSnapshots, introducedBy, introducersOf, recentCommits, unintroducedBlobs, ...held } =
    Graph.make(sql)
  return Context.make(RowWriter, { record }).pipe(
    Context.add(ObjectIndex, { ...objects, ...ObjectRows.make(sql), ...held }),
    Context.add(RepositoryIndex, { ...own, ...Repositories.make(sql) }),
    Context.add(CommitIndex, {
      ancestry,
      commitsOfSnapshots,
      introducedBy,
      introducersOf,
      recentCommits,
      unintroducedBlobs,
      ...Remarks.make(sql)
    }),
    Context.add(PackIndex, Packs.make(sql)),
    Context.add(ProposalIndex, Proposals.make(sql)),
    Context.add(PeopleIndex, People.make(sql)),
    Context.add(DomainIndex, Domains.make(sql)),
    Context.add(UsageIndex, Usage.make(sql)),
    Context.add(DocumentLedger, DocumentStates.make(sql)),
    Context.add(TableIndex, Tables.make(sql)),
    Context.add(DerivationIndex, Derivations.make(sql)),
    Context.add(TouchIndex, Touches.make(sql)),
    Context.add(LineIndex, Lines.make(sql)),
    Context.add(SymbolIndex, Symbols.make(sql)),
    Context.add(MarkIndex, Marks.make(sql))
  )
}

const refused = (location: string, reason: string) =>
  new IndexUnavailable({ operation: `opening ${location}`, reason: new Refused({ cause: new Error(reason) }) })

/** Opens the index in the schema of the URL, or in one that `schemaOf` makes. */
const opened = (
  { connect, location, maxConnections }: PostgresTarget,
  schemaOf?: typeof shadowSchema
): Layer.Layer<Index, ConfigurationRefused | FormatTooNew | IndexUnavailable> =>
  Layer.effectContext(
    Effect.gen(function* () {
      const failed = (error: SqlError) =>
        Effect.fail(unavailable(`connecting to ${location}: ${sentenceOf(error)}`, error))
      const taken = yield* Effect.catchTag(connect(), "SqlError", failed)
      const config = { ...taken, applicationName: taken.applicationName ?? "musehub" }
      const pooled = yield* Effect.catch(isPooled(config), failed)
      if (pooled && schemaOf !== undefined) {
        return yield* refused(
          location,
          "a pooler stands before the database, which gives each statement another connection, and so no schema of " +
            "its own; name the server itself with --index"
        )
      }
      const schema =
        schemaOf === undefined
          ? undefined
          : yield* Effect.mapError(schemaOf(config), (error) =>
              unavailable(`making a schema beside that of ${location} (GRANT CREATE ON DATABASE allows it)`, error)
            )
      // On the next connection of a pooler, a prepared statement may not exist, and a setting may be another client's.
      const startupOptions = pooled
        ? config.startupOptions
        : [statementTimeout, config.startupOptions ?? "", schema === undefined ? "" : `-c search_path=${schema}`]
            .join(" ")
            .trim()
      const sql = yield* Effect.catch(
        pooledClient({ ...config, startupOptions, maxConnections, prepare: !pooled }),
        failed
      )
      const probe = inspect(sql, location, pooled).pipe(asOperation("probe"))
      const { fit, reasons } = yield* probe
      if (!fit) return yield* refused(location, reasons.join("; "))
      yield* migrate(location).pipe(
        Effect.provideService(SqlClient.SqlClient, sql),
        Effect.mapError((error) =>
          error._tag === "FormatTooNew" ? error : unavailable(`bringing the schema of ${location} up to date`, error)
        )
      )
      return make(sql, { location, probe })
    })
  ).pipe(Layer.provide(Reactivity.layer))

/** Opens the index; `location` is the target as messages show it. */
export const layer = (target: PostgresTarget) => opened(target)

/** Opens an empty index in a schema of its own, beside that of the target. It is deleted when the layer ends. */
export const shadowLayer = (target: PostgresTarget) => opened(target, shadowSchema)
