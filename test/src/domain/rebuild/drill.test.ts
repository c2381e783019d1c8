/** A drill says how long recovery takes and what is lost, and leaves the live index alone. */
import { PgClient } from "@effect/sql-pg"
import { assert, describe, it } from "@effect/vitest"
import { portsOf } from "@musehub/contract/wholeIndex"
import { expected } from "@musehub/domain/base/expected"
import { IndexUnavailable } from "@musehub/domain/port/index/IndexUnavailable"
import { StoreUnavailable } from "@musehub/domain/port/ObjectStore"
import { Fault, Refused } from "@musehub/domain/port/UnavailableReason"
import { DocumentName } from "@musehub/domain/repository/Names"
import { type DrillOptions, drillHub, lastDrill } from "@musehub/domain/usecase/operations/drill/drillHub"
import { notRestored } from "@musehub/domain/usecase/operations/drill/notRestored"
import { Context, Effect, Layer, Option, Redacted } from "effect"
import { seeded } from "../../support/seeded.ts"
import { at, loseObjects, newRepository, pushSteps, startHub, step, type TestHub } from "../support/hubSamples.ts"
import { hubAt, inMemory, type IndexPlace, onPostgres } from "./proofs.ts"
import { runProgram } from "./runProgram.ts"

const query = (statement: string, database: string) =>
  PgClient.PgClient.use((sql) => sql.unsafe<Record<string, unknown>>(statement)).pipe(
    Effect.provide(Layer.fresh(PgClient.layer({ url: Redacted.make(database) })))
  )

/** Reads every row of every table of a database, as texts. */
const dumped = Effect.fnUntraced(function* (url: string) {
  const tables = yield* query("SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT LIKE 'pg\\_%'", url)
  const mine = tables.filter(({ schemaname }) => schemaname !== "information_schema")
  return yield* Effect.forEach(mine, ({ schemaname, tablename }) =>
    Effect.map(query(`SELECT t::text AS row FROM ${schemaname}.${tablename} t ORDER BY 1`, url), (rows) => [
      `${schemaname}.${tablename}`,
      rows.map(({ row }) => row)
    ])
  )
})

/** Drills a hub, and returns the report with all that was told, in order. */
const drilled = Effect.fnUntraced(function* (
  hub: TestHub,
  { plugin, url }: IndexPlace,
  options: Partial<DrillOptions> = {}
) {
  const shadow = expected(plugin.shadow, "an adapter with a shadow")
  const told: Array<string> = []
  const tell = (line: string) => Effect.sync(() => void told.push(line))
  const report = yield* Effect.scoped(
    Effect.flatMap(Layer.build(Layer.fresh(shadow(url))), (services) =>
      at(hub)(
        drillHub({
          shadow: services,
          level: "default",
          version: "1.2.3",
          onStage: tell,
          onFinding: ({ _tag, severity }) => tell(`${severity} ${_tag}`),
          onExtraRow: ({ difference, key, table }) => tell([difference, table, ...key.values()].join(" ")),
          onCompared: ({ live, name, rebuilt }, isSame) =>
            isSame ? Effect.void : tell(`${name.slug}: ${live.failure ?? "answers"}, ${rebuilt.failure ?? "answers"}`),
          ...options
        })
      )
    )
  )
  return { report, told }
})

const stages = ["rebuild", "verify", "compare"]

describe("a drill", () => {
  it.live(
    "finds nothing in a sound hub after a random program, and keeps its report in the store",
    () =>
      Effect.gen(function* () {
        for (const [seed, choose] of [onPostgres, inMemory].entries()) {
          const place = yield* choose
          const hub = yield* hubAt(place)
          const { repositories } = yield* runProgram(seeded(seed), [hub, yield* startHub(hub)], 60)
          assert.deepStrictEqual(yield* at(hub)(lastDrill()), Option.none())
          const { report, told } = yield* drilled(hub, place)
          assert.deepStrictEqual(told, stages)
          const count = repositories.length
          const nothing = { losses: 0, faults: 0, extraRows: 0, differences: 0, moving: 0 }
          assert.deepInclude(report, { ...nothing, version: "1.2.3", level: "default", repositories: count })
          assert.strictEqual(report.compared, count)
          assert.isAbove(report.comparedBytes, 1000)
          assert.isAtLeast(report.rebuiltMillis, report.servedMillis)
          assert.deepStrictEqual(yield* at(yield* startHub(hub))(lastDrill()), Option.some(report))

          const sampled = yield* drilled(hub, place, { sample: 1, level: "quick" })
          assert.deepInclude(sampled.report, { ...nothing, level: "quick", repositories: count, compared: 1 })
          assert.deepStrictEqual(yield* at(hub)(lastDrill()), Option.some(sampled.report))
        }
      }).pipe(Effect.scoped),
    120_000
  )

  it.live("changes no row of the live index, not even where that is behind its store, and leaves no schema", () =>
    Effect.gen(function* () {
      const place = yield* onPostgres
      const hub = yield* hubAt(place)
      const songs = yield* newRepository(hub, "songs", { initialize: true })
      const first = step("first", { a: "1" })
      yield* pushSteps(hub, songs, "verse", [first])
      const before = yield* dumped(place.url)
      // A fresh repository that the live index has no rows of.
      yield* newRepository(yield* startHub({ store: hub.store }), "elsewhere", { initialize: true })
      const { report, told } = yield* drilled(hub, place)
      assert.deepStrictEqual(told, stages)
      assert.deepInclude(report, { repositories: 2, compared: 2, differences: 0 })
      assert.deepStrictEqual(yield* dumped(place.url), before)
    }).pipe(Effect.scoped)
  )

  it.live("names a user and a repository that only the index has, and a clone that a rebuild would change", () =>
    Effect.gen(function* () {
      const place = yield* onPostgres
      const hub = yield* hubAt(place)
      const gone = yield* newRepository(hub, "gone", { initialize: true })
      const songs = yield* newRepository(hub, "songs")
      yield* pushSteps(hub, songs, "main", [step("first", { a: "1", b: "2" })])
      yield* newRepository(hub, "sound", { initialize: true })
      const { documents } = hub.store
      yield* documents.delete({ kind: "hub", collection: "users", name: DocumentName.make("bob") })
      yield* documents.delete({ kind: "hub", collection: "names", name: DocumentName.make("ada.gone") })
      yield* documents.delete({ kind: "root", repository: gone.id })
      yield* loseObjects(hub.store, gone.id)
      yield* query(`DELETE FROM introductions WHERE repository = '${songs.id}'`, place.url)
      const fresh = yield* startHub(hub)
      const { report, told } = yield* drilled(fresh, place)
      assert.includeMembers(told, ["extra users bob", "extra repositories", "songs: answers, answers"])
      assert.deepInclude(report, { extraRows: 2, compared: 2, differences: 1, losses: 0 })
    }).pipe(Effect.scoped)
  )

  it.live(
    "names what the store lost, and does not take it for an answer that differs, of all or of one repository",
    () =>
      Effect.gen(function* () {
        const place = yield* inMemory
        const hub = yield* hubAt(place)
        const songs = yield* newRepository(hub, "songs", { initialize: true })
        const sound = yield* newRepository(hub, "sound", { initialize: true })
        yield* loseObjects(hub.store, songs.id)
        const { report, told } = yield* drilled(yield* startHub(hub), place)
        assert.include(told, "fault PackMissing")
        assert.deepInclude(report, { losses: 1, extraRows: 0, compared: 2, differences: 0 })
        assert.isAbove(report.faults, 0)

        // Of one repository alone, and what is kept is the report of the whole hub.
        const alone = yield* drilled(yield* startHub(hub), yield* inMemory, { repositories: [sound.id] })
        assert.deepStrictEqual(alone.told, stages)
        assert.deepInclude(alone.report, { repositories: 1, losses: 0, faults: 0, extraRows: 0, compared: 1 })
        const lost = yield* drilled(yield* startHub(hub), yield* inMemory, { repositories: [songs.id] })
        assert.deepInclude(lost.report, { repositories: 1, losses: 1, extraRows: 0 })
        assert.deepStrictEqual(yield* at(hub)(lastDrill()), Option.some(report))
      }).pipe(Effect.scoped)
  )

  it.live("does not take what is pushed meanwhile for a difference", () =>
    Effect.gen(function* () {
      const place = yield* inMemory
      const hub = yield* hubAt(place)
      const songs = yield* newRepository(hub, "songs", { initialize: true })
      let pushes = 0
      /** Pushes when the live index first answers a clone. */
      const introducedBy: typeof hub.index.introducedBy = (repository, commits) =>
        Effect.gen(function* () {
          if (pushes < 2) {
            pushes += 1
            const steps = [step(`push ${pushes}`, { a: `${pushes}` })]
            yield* Effect.orDie(pushSteps(hub, songs, "main", steps, { force: true }))
          }
          return yield* hub.index.introducedBy(repository, commits)
        })
      const services = Context.merge(hub.services, portsOf({ ...hub.index, introducedBy }))
      const { report } = yield* drilled({ ...hub, services }, place)
      assert.strictEqual(pushes, 2)
      assert.deepInclude(report, { compared: 1, differences: 0, extraRows: 0 })
    }).pipe(Effect.scoped)
  )

  it.live("ends where the store or the live index does not answer, and keeps no report", () =>
    Effect.gen(function* () {
      const place = yield* inMemory
      const hub = yield* hubAt(place)
      yield* newRepository(hub, "songs", { initialize: true })
      const reason = new Fault({ cause: new Error("injected") })
      const listRepositories = () => new StoreUnavailable({ operation: "list", key: "repositories", reason })
      const silent = yield* startHub({ store: { ...hub.store, listRepositories }, index: hub.index })
      assert.strictEqual((yield* Effect.flip(drilled(silent, place)))._tag, "StoreUnavailable")
      const tableRows = () => new IndexUnavailable({ operation: "tableRows", reason })
      const services = Context.merge(hub.services, portsOf({ ...hub.index, tableRows }))
      assert.strictEqual((yield* Effect.flip(drilled({ ...hub, services }, place)))._tag, "IndexUnavailable")
      assert.deepStrictEqual(yield* at(hub)(lastDrill()), Option.none())
    }).pipe(Effect.scoped)
  )

  it.live("is made of a store that takes no writes, which gets no report", () =>
    Effect.gen(function* () {
      const place = yield* inMemory
      const hub = yield* hubAt(place)
      yield* newRepository(hub, "songs", { initialize: true })
      const reason = new Refused({ cause: new Error("injected"), notWritten: true })
      const write = () => new StoreUnavailable({ operation: "write", key: "hub", reason })
      const store = { ...hub.store, documents: { ...hub.store.documents, write } }
      const { report, told } = yield* drilled(yield* startHub({ store, index: hub.index }), place)
      assert.deepStrictEqual(told, stages)
      assert.deepInclude(report, { repositories: 1, compared: 1, faults: 0, differences: 0 })
      assert.deepStrictEqual(yield* at(hub)(lastDrill()), Option.none())
    }).pipe(Effect.scoped)
  )

  it("says of everything that does not come back why, and what makes it anew", () => {
    for (const { remedy, what, why } of notRestored)
      for (const text of [what, why, remedy]) assert.isAbove(text.length, 3)
    assert.include(notRestored.find(({ what }) => what === "secrets of tokens")?.remedy, "musehub token create")
  })
})
