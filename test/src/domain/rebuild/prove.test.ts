/** A proof prints each row that differs from what the store gives, and only those. */
import { PgClient } from "@effect/sql-pg"
import { assert, describe, it } from "@effect/vitest"
import { portsOf } from "@musehub/contract/wholeIndex"
import { expected } from "@musehub/domain/base/expected"
import { DomainSlug } from "@musehub/domain/hub/PublishedDomain"
import type { RowsRequest } from "@musehub/domain/port/index/TableIndex"
import {
  comparedTable,
  comparedTableNames,
  type ComparedTableName,
  passedOverTables
} from "@musehub/domain/port/tables/comparedTables"
import { StoreUnavailable } from "@musehub/domain/port/ObjectStore"
import { Fault } from "@musehub/domain/port/UnavailableReason"
import { Description } from "@musehub/domain/repository/Names"
import { Discourse, ProposalTitle } from "@musehub/domain/repository/Proposal"
import { annotate } from "@musehub/domain/usecase/annotations/annotate"
import { publishDomain } from "@musehub/domain/usecase/domains/publishDomain"
import { openProposal } from "@musehub/domain/usecase/proposals/openProposal"
import { setCollaborator } from "@musehub/domain/usecase/repositories/collaborators"
import { Context, Effect, Layer, Redacted } from "effect"
import { randomUUID } from "node:crypto"
import { seeded } from "../../support/seeded.ts"
import {
  ada,
  at,
  bob,
  newRepository,
  opened,
  openedFor,
  pushSteps,
  startHub,
  step,
  type TestHub
} from "../support/hubSamples.ts"
import { hubAt, inMemory, type IndexPlace, onPostgres, proved } from "./proofs.ts"
import { runProgram } from "./runProgram.ts"

const query = (statement: string, database: string) =>
  PgClient.PgClient.use((sql) => sql.unsafe<Record<string, unknown>>(statement)).pipe(
    Effect.provide(Layer.fresh(PgClient.layer({ url: Redacted.make(database) })))
  )

/** Two domains of ada's. */
const domains = (["sheet", "tape"] as const).map((slug) => ({
  author_slug: ada.user,
  slug: DomainSlug.make(slug),
  display_name: slug,
  description: Description.make(""),
  capabilities: {},
  viewer_type: "generic",
  version: "1.0.0"
}))

/** A hub with at least two rows in each table, but one in that of the hub itself. */
const filled = Effect.fnUntraced(function* (place: IndexPlace) {
  const hub = yield* hubAt(place)
  const { repositories } = yield* runProgram(seeded(4), [hub, yield* startHub(hub)], 60)
  yield* Effect.forEach(domains, (domain) => at(hub)(publishDomain(ada, domain)))
  for (const repository of repositories.slice(0, 2)) {
    yield* at(hub)(setCollaborator(yield* openedFor(hub, repository, ada, "admin"), bob.user, "write"))
    const [commit] = yield* hub.index.recentCommits(repository.id, 1)
    const remarks = { reviewedBy: ["carol"], testRuns: 3 }
    yield* at(hub)(annotate(yield* opened(hub, repository), expected(commit, "a commit"), remarks))
    const proposal = { title: ProposalTitle.make("a proposal"), body: Discourse.make(""), from: "left", to: "right" }
    for (const branch of ["left", "right"]) {
      yield* pushSteps(hub, repository, branch, [step(`${branch} of ${repository.slug}`, { [branch]: branch })])
    }
    yield* at(hub)(openProposal(yield* openedFor(hub, repository, ada, "participate"), proposal))
  }
  return hub
})

type Values = Record<string, unknown>

/** Returns SQL that gives a column another value of its type. */
const otherValue = (column: string, type: unknown): string => {
  const name = `"${column}"`
  if (type === "ARRAY") return `array_append(${name}, '"x"')`
  if (type === "boolean") return `NOT ${name}`
  if (type === "jsonb") return "'{}'::jsonb"
  return type === "text" ? `coalesce(${name}, '') || 'x'` : `${name} + 1`
}

/** What a difference is about, in one text. */
const lineOf = (difference: string, table: string, of: unknown, key: ReadonlyArray<unknown>) =>
  `${difference} ${table} ${String(of ?? "")} ${key.join()}`

/** A key that no row has: an id, a name, a hash. */
const newKey = `${"0".repeat(63)}1`

/**
 * Adds a row to a table, changes one in all columns, and deletes one. Returns the differences that this makes. Each
 * repository has one row of a table without a key.
 */
const plant = Effect.fnUntraced(function* (table: ComparedTableName, types: ReadonlyMap<string, unknown>, url: string) {
  const { columns, key, repository } = comparedTable(table)
  const rows: ReadonlyArray<Values> = yield* query(`SELECT t.ctid::text AS at, t.* FROM ${table} t ORDER BY ctid`, url)
  const lines: Array<string> = []
  const planted = (difference: string, row: Values) =>
    lines.push(
      lineOf(
        difference,
        table,
        repository === null ? null : row[repository],
        key.map((column) => row[column])
      )
    )
  const [first, ...others] = rows
  assert.isDefined(first, table)
  const change = (sql: string, row: Values) => query(`UPDATE ${table} SET ${sql} WHERE ctid = '${row["at"]}'`, url)
  if (table === "hub") {
    yield* change(`id = '${newKey}'`, first)
    planted("missing", first)
    planted("extra", { id: newKey })
    return lines
  }
  const gone = others.find((row) => key.length > 0 || row[String(repository)] !== first[String(repository)])
  assert.isDefined(gone, table)
  const last = key.at(-1)
  const added =
    last === undefined
      ? { [String(repository)]: randomUUID(), ...(table === "repositories" && { slug: "elsewhere" }) }
      : { [last]: last === "number" ? 77_777 : newKey }
  yield* query(
    `INSERT INTO ${table} SELECT (jsonb_populate_record(t, '${JSON.stringify(added)}')).*
     FROM ${table} t WHERE ctid = '${first["at"]}'`,
    url
  )
  planted("extra", { ...first, ...added })
  if (columns.length > 0) {
    const changes = columns.map((column) => `"${column}" = ${otherValue(column, types.get(`${table}.${column}`))}`)
    yield* change(changes.join(), first)
    planted("changed", first)
  }
  const where = last === undefined ? `"${repository}" = '${gone[String(repository)]}'` : `ctid = '${gone["at"]}'`
  yield* query(`DELETE FROM ${table} WHERE ${where}`, url)
  planted("missing", gone)
  return lines
})

const columnsOf = (url: string) =>
  query("SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public'", url)

describe("a proof", () => {
  it.live(
    "tells each row that was changed, deleted or added in any table",
    () =>
      Effect.gen(function* () {
        const place = yield* onPostgres
        const hub = yield* filled(place)
        assert.deepStrictEqual((yield* proved(hub, place)).differences, [])

        const described = yield* columnsOf(place.url)
        const types = new Map(described.map((row) => [`${row["table_name"]}.${row["column_name"]}`, row["data_type"]]))
        const planted = (yield* Effect.forEach(comparedTableNames, (table) => plant(table, types, place.url))).flat()
        const { differences, proof } = yield* proved(hub, place)
        const told = differences.map(({ difference, key, repository, table }) =>
          lineOf(difference, table, repository, [...key.values()])
        )
        assert.deepStrictEqual(told.toSorted(), planted.toSorted())
        assert.strictEqual(proof.differences, planted.length)
        for (const { difference, table, values } of differences) {
          assert.deepStrictEqual(
            values.map(({ column }) => column),
            difference === "changed" ? comparedTable(table).columns : [],
            table
          )
        }
      }).pipe(Effect.scoped),
    180_000
  )

  it.live("compares every column of every table, but for those that are named with a reason", () =>
    Effect.gen(function* () {
      const place = yield* onPostgres
      yield* hubAt(place)
      const found = (yield* columnsOf(place.url)).map((row) => `${row["table_name"]}.${row["column_name"]}`)
      const named = comparedTableNames.flatMap((table) => {
        const { columns, key, passedOver, repository } = comparedTable(table)
        const owner = repository === null ? [] : [repository]
        return [...owner, ...key, ...columns, ...Object.keys(passedOver)].map((column) => `${table}.${column}`)
      })
      const passedOver = (column: string) => Object.hasOwn(passedOverTables, String(column.split(".")[0]))
      assert.deepStrictEqual(found.filter((column) => !passedOver(column)).toSorted(), named.toSorted())
      for (const table of Object.keys(passedOverTables))
        assert.isTrue(found.some((each) => each.startsWith(`${table}.`)))
    }).pipe(Effect.scoped)
  )

  it.live("leaves nothing in the database, also of a proof that was killed", () =>
    Effect.gen(function* () {
      const place = yield* onPostgres
      const hub = yield* hubAt(place)
      yield* query("CREATE SCHEMA musehub_shadow_0123456789abcdef CREATE TABLE blobs (id text)", place.url)
      yield* proved(hub, place)
      const schemas = yield* query("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'musehub%'", place.url)
      assert.deepStrictEqual(schemas, [])
    }).pipe(Effect.scoped)
  )

  it.live("does not take what is pushed meanwhile for a difference", () =>
    Effect.gen(function* () {
      const place = yield* inMemory
      const hub = yield* hubAt(place)
      const repository = yield* newRepository(hub, "songs")
      let pushes = 0
      /** Pushes once when the rows of the repository are first read. */
      const moving = (request: RowsRequest) =>
        Effect.gen(function* () {
          if (request.table === "commits" && pushes < 2) {
            pushes += 1
            const steps = [step(`push ${pushes}`, { a: `${pushes}` })]
            yield* Effect.orDie(pushSteps(hub, repository, "main", steps, { force: true }))
          }
          return yield* hub.index.tableRows(request)
        })
      const pushed: TestHub = {
        ...hub,
        services: Context.merge(hub.services, portsOf({ ...hub.index, tableRows: moving }))
      }
      const { differences } = yield* proved(pushed, place)
      assert.strictEqual(pushes, 2)
      assert.deepStrictEqual(differences, [])
    }).pipe(Effect.scoped)
  )

  it.live("ends where the store does not answer, and finds nothing missing for that", () =>
    Effect.gen(function* () {
      const place = yield* inMemory
      const hub = yield* hubAt(place)
      yield* newRepository(hub, "songs", { initialize: true })
      const reason = new Fault({ cause: new Error("injected") })
      const silent = () => new StoreUnavailable({ operation: "list", key: "repositories", reason })
      const broken = { ...hub.store, listRepositories: silent }
      const error = yield* Effect.flip(proved(yield* startHub({ store: broken, index: hub.index }), place))
      assert.strictEqual(error._tag, "StoreUnavailable")
    }).pipe(Effect.scoped)
  )
})
