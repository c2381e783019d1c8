/** Intel of random histories: the same however they were pushed; and what a window leaves out. */
import { assert, describe, it } from "@effect/vitest"
import { elementAt } from "@musehub/domain/base/expected"
import type { Repository } from "@musehub/domain/repository/Root"
import { type DeriveOptions, derivePending } from "@musehub/domain/usecase/derive/derivePending"
import { intelKinds, kindsOf } from "@musehub/domain/usecase/intel/kinds"
import { type IntelQuery, readIntel } from "@musehub/domain/usecase/intel/readIntel"
import { commitPathsMax, windowCommitsMax } from "@musehub/domain/usecase/intel/windowOf"
import { Effect } from "effect"
import { forSeeds } from "../../support/seeded.ts"
import type { Grown } from "../support/grownHistory.ts"
import {
  ada,
  at,
  newRepository,
  openedFor,
  pushSteps,
  startHub,
  step,
  type Step,
  type TestHub,
  withoutIndex
} from "../support/hubSamples.ts"
import { growAwkward, pushGrown } from "./GitHistory.ts"

/** Derives what intel is computed from. */
const derive = (options: DeriveOptions = {}) =>
  Effect.andThen(derivePending(options), derivePending({ ...options, deriver: "lines" }))

const intelOf = (hub: TestHub, repository: Repository, query: Partial<IntelQuery> & Pick<IntelQuery, "kind">) =>
  at(hub)(Effect.flatMap(openedFor(hub, repository, ada, "read"), (open) => readIntel(open, { limit: 1000, ...query })))

/** A line of commits, whose paths are said one by one. */
const lineOf = (history: ReadonlyArray<Readonly<Record<string, string>>>): ReadonlyArray<Step> => {
  const steps: Array<Step> = []
  for (const [place, files] of history.entries()) steps.push(step(`${place}`, files, steps.slice(-1)))
  return steps
}

const idOf = (steps: ReadonlyArray<Step>, place: number) => elementAt(steps, place).commit.id

const pushed = Effect.fnUntraced(function* (steps: ReadonlyArray<Step>) {
  const hub = yield* startHub()
  const repository = yield* newRepository(hub)
  yield* pushSteps(hub, repository, "main", steps)
  yield* at(hub)(derivePending())
  return { hub, repository }
})

/** The ancestors of a commit by their places, and itself. */
const below = (grown: ReadonlyArray<Grown>, end: number): ReadonlyArray<number> => {
  const needed = new Set([end])
  for (const place of needed) for (const parent of grown[place]?.parents ?? []) needed.add(parent)
  return [...needed].toSorted((a, b) => a - b)
}

describe("intel of a history", () => {
  it.live("is the same however it was pushed", () =>
    forSeeds(6, (random) =>
      Effect.gen(function* () {
        const grown = growAwkward(random, 40)
        const whole = yield* startHub()
        const one = yield* pushGrown(whole, grown)
        yield* at(whole)(derive())
        // Only what leads to the last commit, in another hub, a commit a push, derived between.
        const pieces = yield* startHub()
        const other = yield* newRepository(pieces)
        for (const place of below(grown, grown.length - 1)) {
          const next = grown[place]
          if (next !== undefined) yield* pushSteps(pieces, other, "main", [next.step], { force: true })
          if (random.chance(0.3)) yield* at(pieces)(derivePending())
        }
        yield* at(pieces)(derive({ again: true }))
        const ref = grown.at(-1)?.step.commit.id
        for (const kind of kindsOf("paths")) {
          const found = yield* intelOf(whole, one, { kind, ref })
          assert.isAbove(found.found.items.length, kind === "coupling" ? -1 : 0, kind)
          assert.deepStrictEqual(found, yield* intelOf(pieces, other, { kind, ref }))
        }
      })
    )
  )

  it.effect("looks at the newest commits", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const repository = yield* newRepository(hub)
      const contents = Array.from({ length: windowCommitsMax + 5 }, (_, n) => ({ a: `${n % 2}` }))
      yield* pushSteps(hub, repository, "main", lineOf(contents))
      const long = yield* intelOf(hub, repository, { kind: "activity" })
      assert.deepStrictEqual(long.window, { commits: windowCommitsMax, truncated: true })
      assert.deepInclude(long.found.items[0], { commits: windowCommitsMax, humans: windowCommitsMax, agents: 0 })
    })
  )

  it.effect("leaves out what a ref has, and wide commits", () =>
    Effect.gen(function* () {
      const wide = Object.fromEntries(Array.from({ length: commitPathsMax + 1 }, (_, n) => [`f${n}`, "x"]))
      const steps = lineOf([{ a: "1" }, { a: "2" }, { ...wide, a: "2" }, { ...wide, a: "3" }])
      const { hub, repository } = yield* pushed(steps)
      const all = yield* intelOf(hub, repository, { kind: "hotspots", limit: 1 })
      assert.deepStrictEqual(all.window, { commits: 4, truncated: false })
      assert.deepStrictEqual(all.found.items, [{ path: "a", commits: 3, last: idOf(steps, 3) }])
      const since = idOf(steps, 1)
      const some = yield* intelOf(hub, repository, { kind: "hotspots", since })
      assert.deepStrictEqual([some.since, some.window.commits], [since, 2])
      assert.deepStrictEqual(some.found.items, [{ path: "a", commits: 1, last: idOf(steps, 3) }])
      const none = yield* intelOf(hub, repository, { kind: "activity", since: "main" })
      assert.deepStrictEqual([none.window.commits, none.found.items], [0, []])
    })
  )

  it.effect("says what is pending, and is not kept before it is complete", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const repository = yield* newRepository(hub)
      yield* pushSteps(hub, repository, "main", lineOf([{ a: "1" }, { a: "2" }]))
      const early = yield* intelOf(hub, repository, { kind: "hotspots" })
      assert.deepInclude(early, { complete: false, pending: 2 })
      assert.deepStrictEqual(early.found.items, [])
      assert.deepInclude(yield* intelOf(hub, repository, { kind: "activity" }), { complete: true, pending: 0 })
      yield* at(hub)(derivePending())
      const late = yield* intelOf(hub, repository, { kind: "hotspots" })
      assert.deepInclude(late, { complete: true, pending: 0 })
      assert.lengthOf(late.found.items, 1)
      let reads = 0
      const counted = {
        ...hub.index,
        touchedBy: (...args: Parameters<typeof hub.index.touchedBy>) => {
          reads += 1
          return hub.index.touchedBy(...args)
        }
      }
      const again = yield* intelOf(yield* startHub({ store: hub.store, index: counted }), repository, {
        kind: "hotspots"
      })
      assert.deepStrictEqual([again, reads], [late, 0])
    })
  )

  it.effect("counts lines, and is not complete before they are", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* pushed(lineOf([{ a: "1\n" }, { a: "2\n3\n", b: "\0" }]))
      const early = yield* intelOf(hub, repository, { kind: "churn" })
      assert.deepInclude(early, { complete: false, pending: 2 })
      assert.deepStrictEqual(early.found.items, [])
      yield* at(hub)(derive())
      const late = yield* intelOf(hub, repository, { kind: "churn" })
      assert.deepInclude(late, { complete: true, pending: 0 })
      assert.lengthOf(late.found.items, 1)
      assert.deepInclude(late.found.items[0], { path: "a", added: 3, removed: 1 })
    })
  )

  it.effect("names the kinds that there are, and needs the index", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* pushed(lineOf([{ a: "1" }]))
      const unknown = yield* Effect.flip(intelOf(hub, repository, { kind: "toString" }))
      assert.include(unknown.message, `ask for one of ${intelKinds.join(", ")}`)
      const away = yield* Effect.flip(intelOf(withoutIndex(hub), repository, { kind: "languages" }))
      assert.strictEqual(away._tag, "NotDerived")
    })
  )
})
