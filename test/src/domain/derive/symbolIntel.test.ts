/** Intel of symbols over random histories: the same however they were pushed; and what a hub without symbols says. */
import { assert, describe, it } from "@effect/vitest"
import { elementAt } from "@musehub/domain/base/expected"
import type { ApiChange } from "@musehub/domain/reading/intel/symbols/api"
import type { Repository } from "@musehub/domain/repository/Root"
import { derivePending } from "@musehub/domain/usecase/derive/derivePending"
import { kindsOf } from "@musehub/domain/usecase/intel/kinds"
import { type IntelQuery, readIntel } from "@musehub/domain/usecase/intel/readIntel"
import { Effect } from "effect"
import { forSeeds } from "../../support/seeded.ts"
import {
  ada,
  at,
  newRepository,
  openedFor,
  pushSteps,
  startHub,
  step,
  type Step,
  type TestHub
} from "../support/hubSamples.ts"
import { pushGrown } from "./GitHistory.ts"
import { extracting, growFunctions } from "./growingFunctions.ts"

const derivers = ["touches", "lines", "symbols"] as const

const derive = (hub: TestHub, again = false) =>
  Effect.forEach(derivers, (deriver) => at(hub)(derivePending({ deriver, again })))

const intelOf = (hub: TestHub, repository: Repository, query: Partial<IntelQuery> & Pick<IntelQuery, "kind">) =>
  at(hub)(Effect.flatMap(openedFor(hub, repository, ada, "read"), (open) => readIntel(open, { limit: 1000, ...query })))

const extractingHub = Effect.flatMap(startHub(), extracting)

const kinds = kindsOf("symbols")

describe("intel of symbols", () => {
  it.live("is the same however a history was pushed, and when it is made again", () =>
    forSeeds(2, (random) =>
      Effect.gen(function* () {
        const grown = growFunctions(random, 20)
        const ref = grown.at(-1)?.step.commit.id
        const since = elementAt(grown, 5).step.commit.id
        const whole = (yield* extractingHub).hub
        const one = yield* pushGrown(whole, grown)
        yield* derive(whole)
        const pieces = (yield* extractingHub).hub
        const other = yield* newRepository(pieces)
        for (const { step: next } of grown) {
          yield* pushSteps(pieces, other, "main", [next], { force: true })
          if (random.chance(0.2)) yield* derive(pieces)
        }
        yield* derive(pieces)
        for (const kind of kinds) {
          for (const query of [{ ref }, { ref, since }]) {
            const found = yield* intelOf(whole, one, { kind, of: "symbols", ...query })
            assert.deepInclude(found, { complete: true, of: "symbols", extractor: "lines 1" })
            assert.deepStrictEqual(found, yield* intelOf(pieces, other, { kind, of: "symbols", ...query }), kind)
          }
        }
        const again = yield* startHub({ store: whole.store, index: whole.index })
        const { hub } = yield* extracting(again)
        yield* derive(hub, true)
        for (const kind of kinds) {
          const query = { kind, of: "symbols", ref } as const
          assert.deepStrictEqual(yield* intelOf(hub, one, query), yield* intelOf(whole, one, query))
        }
      })
    )
  )

  const steps: Array<Step> = [step("one", { "a.def": "def f x\n 1\ndef g x\n 2\n", t: "" })]
  steps.push(step("two", { "a.def": "def f x\n 3\ndef g x\n 2\n", t: "" }, steps.slice(-1)))

  it.effect("counts the commits that change a symbol, and says what is pending", () =>
    Effect.gen(function* () {
      const { hub } = yield* extractingHub
      const repository = yield* newRepository(hub)
      yield* pushSteps(hub, repository, "main", steps)
      const early = yield* intelOf(hub, repository, { kind: "hotspots", of: "symbols" })
      assert.deepInclude(early, { complete: false, pending: 2 })
      assert.deepStrictEqual(early.found.items, [])
      yield* derive(hub)
      const late = yield* intelOf(hub, repository, { kind: "hotspots", of: "symbols" })
      assert.deepInclude(late, { complete: true, pending: 0, window: { commits: 2, truncated: false } })
      const idOf = (place: number) => elementAt(steps, place).commit.id
      const [first, last] = [idOf(0), idOf(1)] as const
      assert.deepStrictEqual(late.found.items, [
        { symbol: "a.def::f", commits: 2, last },
        { symbol: "a.def::g", commits: 1, last: first }
      ])
      const since = yield* intelOf(hub, repository, {
        kind: "stable",
        of: "symbols",
        since: elementAt(steps, 0).commit.id
      })
      assert.deepStrictEqual(since.found.items, [
        { symbol: "a.def::g", unchangedFor: 1 },
        { symbol: "a.def::f", unchangedFor: 0 }
      ])
      const all = yield* intelOf(hub, repository, { kind: "api" })
      const become = (name: string, change: ApiChange) => ({
        symbol: `a.def::${name}`,
        kind: "function" as const,
        change
      })
      assert.deepStrictEqual(all.found.items, [become("f", "added"), become("g", "added")])
      const other = step("three", { "a.def": "def f y\n 1\ndef _g x\n 2\n" }, steps.slice(-1))
      yield* pushSteps(hub, repository, "main", [other])
      yield* derive(hub)
      const api = yield* intelOf(hub, repository, { kind: "api", since: first })
      assert.deepStrictEqual(api.found.items, [become("g", "removed"), become("f", "changed")])
      const dead = yield* intelOf(hub, repository, { kind: "dead" })
      assert.deepStrictEqual(
        dead.found.items.map((item) => "symbol" in item && item.symbol),
        ["a.def::_g", "a.def::f"]
      )
      const used = step("four", { "a.def": "def f\n call g\ndef g\n", "b.def": "import a\ndef h\n" }, [other])
      yield* pushSteps(hub, repository, "main", [used])
      yield* derive(hub)
      const left = yield* intelOf(hub, repository, { kind: "dead" })
      assert.deepStrictEqual(
        left.found.items.map((item) => "symbol" in item && item.symbol),
        ["b.def::h"]
      )
      const languages = yield* intelOf(hub, repository, { kind: "languages", ref: last })
      assert.deepInclude(languages, { of: "symbols", complete: true, extractor: "lines 1" })
      assert.deepStrictEqual(languages.found.items, [{ language: null, files: 2, symbols: 2 }])
      const unknown = yield* Effect.flip(intelOf(hub, repository, { kind: "churn", of: "symbols" }))
      assert.include(unknown.message, `"churn" about symbols; ask for one of ${kinds.join(", ")}`)
    })
  )

  it.effect("finds pairs of symbols that commits change together, without a call or import between their files", () =>
    Effect.gen(function* () {
      const { hub } = yield* extractingHub
      const repository = yield* newRepository(hub)
      const history: Array<Step> = []
      for (const n of [1, 2, 3]) {
        const files = { "a.def": `def f\n ${n}\n`, "b.def": `def g\n ${n}\n`, "c.def": `import a\ndef h\n ${n}\n` }
        history.push(step(`${n}`, files, history.slice(-1)))
      }
      yield* pushSteps(hub, repository, "main", history)
      yield* derive(hub)
      const { found } = yield* intelOf(hub, repository, { kind: "entanglement" })
      assert.deepStrictEqual(found.items, [
        { a: "a.def::f", b: "b.def::g", support: 3, confidence: 1 },
        { a: "b.def::g", b: "c.def::h", support: 3, confidence: 1 }
      ])
    })
  )

  it.effect("reports a release since another one", () =>
    Effect.gen(function* () {
      const { hub } = yield* extractingHub
      const repository = yield* newRepository(hub)
      const three = step("three", { "b.def": "def f x\n 3\ndef k x\n 2\n" }, steps.slice(-1))
      yield* pushSteps(hub, repository, "main", [...steps, three])
      yield* derive(hub)
      const since = elementAt(steps, 1).commit.id
      const { found, window } = yield* intelOf(hub, repository, { kind: "release", since })
      assert.deepStrictEqual(window, { commits: 1, truncated: false })
      const last = three.commit.id
      assert.deepStrictEqual(found.items, [
        {
          languages: [{ language: null, files: 1, symbols: 2 }],
          symbols: [{ kind: "function", count: 2 }],
          apiChanges: { removed: 2, changed: 0, added: 2 },
          api: [
            { symbol: "a.def::f", kind: "function", change: "removed" },
            { symbol: "a.def::g", kind: "function", change: "removed" },
            { symbol: "b.def::f", kind: "function", change: "added" },
            { symbol: "b.def::k", kind: "function", change: "added" }
          ],
          hotspots: [{ path: "b.def", commits: 1, last }],
          // One that has another name in another file is a new one.
          refactorings: [{ symbol: "b.def::f", former: "a.def::f", change: "moved" }],
          contributors: [{ author: three.commit.record.author, commits: 1 }]
        }
      ])
    })
  )

  it.effect("says that it is not complete where a row of the index is lost, and is not kept", () =>
    Effect.gen(function* () {
      const { hub } = yield* extractingHub
      const repository = yield* newRepository(hub)
      yield* pushSteps(hub, repository, "main", steps)
      yield* derive(hub)
      const lost = {
        ...hub.index,
        blobSymbols: () => Effect.succeed([]),
        blobUses: () => Effect.succeed([]),
        symbolCounts: () => Effect.succeed([])
      }
      const { hub: damaged } = yield* extracting(yield* startHub({ store: hub.store, index: lost }))
      for (const kind of kinds) {
        const part = yield* intelOf(damaged, repository, { kind, of: "symbols" })
        assert.deepInclude(part, { complete: false, pending: 0 }, kind)
        assert.deepInclude(yield* intelOf(hub, repository, { kind, of: "symbols" }), { complete: true }, kind)
      }
    })
  )

  it.effect("is off without an extractor, where languages tell of files alone", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const repository = yield* newRepository(hub)
      yield* pushSteps(hub, repository, "main", steps)
      const off = yield* Effect.flip(intelOf(hub, repository, { kind: "stable", of: "symbols" }))
      assert.strictEqual(off._tag, "SymbolsOff")
      const languages = yield* intelOf(hub, repository, { kind: "languages" })
      assert.deepInclude(languages, { of: "paths", complete: true, extractor: null })
      assert.deepStrictEqual(languages.found.items, [{ language: null, files: 2, symbols: null }])
    })
  )
})
