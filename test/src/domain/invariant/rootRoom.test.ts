/**
 * Roots are bounded in bytes: each of their lists is limited in number. The lists that stand in the root are limited in
 * bytes too, and so are the refs, most of which are in chunks.
 */
import { assert, describe, it } from "@effect/vitest"
import { headOf, withHead } from "@musehub/domain/invariant/refs/heads"
import { RootCache } from "@musehub/domain/invariant/roots/RootCache"
import { Roots } from "@musehub/domain/invariant/Roots"
import { BranchName } from "@musehub/domain/repository/Names"
import { rootCodec } from "@musehub/domain/repository/codecs"
import { type Root, withPair } from "@musehub/domain/repository/Root"
import { refsBytesMax, RootFull, rootListsBytesMax } from "@musehub/domain/repository/rule/rootRoom"
import { DocumentVersion } from "@musehub/domain/port/ObjectStore"
import { Effect, Result } from "effect"
import { claiming, headsOf } from "../../support/shortRefs.ts"
import {
  change,
  firstRoot,
  memoryStore,
  newRepositoryId,
  rootsOver,
  setting,
  someCommit
} from "../support/rootSamples.ts"

const tip = someCommit("tip")
const rule = { approvals: 0, selfApproval: true }

/** What one rule for a branch with a name of 200 characters takes in a root, and what the empty lists take. */
const ruleBytes = 241
const emptyBytes = 6

/** Rules that, with the other lists empty, take exactly `bytes` bytes in a root. */
const rules = (bytes: number): Root["protection"] => {
  const count = Math.floor((bytes - emptyBytes) / ruleBytes)
  const rest = bytes - emptyBytes - count * ruleBytes
  return Array.from({ length: count }, (_, place) => [
    BranchName.make(`${String(place).padStart(6, "0")}${"x".repeat(194 + (place === 0 ? rest : 0))}`),
    rule
  ])
}

/** A repository whose rules take `bytes` bytes. */
const begun = Effect.fnUntraced(function* (bytes: number) {
  const store = yield* memoryStore
  const roots = yield* rootsOver(store)
  const id = newRepositoryId()
  const protection = rules(bytes)
  yield* roots.create({ ...firstRoot(id), protection })
  return { id, roots, store, names: protection.map(([name]) => name) }
})

const ruling = (name: string, value: typeof rule | undefined) => (root: Root) =>
  Effect.succeed({
    root: { protection: withPair(root.protection, BranchName.make(name), value) },
    change: change(name)
  })

describe("a root that is bounded in bytes", () => {
  it.effect("refuses a rule beyond the limit, and names what takes the room and what to do", () =>
    Effect.gen(function* () {
      const { id, roots } = yield* begun(rootListsBytesMax - 100)
      const refused = yield* Effect.flip(roots.move(id, ruling("y".repeat(200), rule)))
      assert.instanceOf(refused, RootFull)
      assert.isAbove(refused.bytes, rootListsBytesMax)
      assert.match(
        refused.message,
        /1048576 is the limit \(branch protections \d+, .*\); delete branch protections first/
      )
    })
  )

  it.effect("always allows what makes room, and moves of branches, even where it is too large already", () =>
    Effect.gen(function* () {
      const { id, names, roots } = yield* begun(rootListsBytesMax + 10_000)
      yield* roots.move(id, setting("main", someCommit("next")))
      yield* roots.move(id, ruling(names[1] ?? "", undefined))
      assert.instanceOf(yield* Effect.flip(roots.move(id, ruling("y".repeat(300), rule))), RootFull)
      const { value } = yield* roots.read(id)
      assert.lengthOf(value.protection, names.length - 1)
      assert.strictEqual(value.sequence, 2)
    })
  )

  it.effect("refuses of changes that arrive together only those for which there is no room", () =>
    Effect.gen(function* () {
      const { id, names, roots, store } = yield* begun(rootListsBytesMax - 400)
      const moves = [
        ruling("a".repeat(200), rule),
        ruling("b".repeat(200), rule),
        ruling(names[1] ?? "", undefined),
        ruling("c".repeat(200), rule),
        ruling("d".repeat(200), rule)
      ]
      const results = yield* Effect.forEach(moves, (move) => Effect.result(roots.move(id, move)), {
        concurrency: "unbounded"
      })
      assert.deepStrictEqual(
        results.map((result) => (Result.isFailure(result) ? result.failure._tag : "moved")),
        ["moved", "RootFull", "moved", "moved", "RootFull"]
      )
      const found = yield* store.documents.read({ kind: "root", repository: id })
      assert(found._tag === "Found")
      assert.isBelow(found.document.bytes.byteLength, rootListsBytesMax + 3000)
      assert.instanceOf(
        yield* Effect.flip(roots.move(id, ruling("e".repeat(200), rule))),
        RootFull,
        "the room that was made is in use"
      )
    })
  )

  it.effect("refuses a branch for which the refs have no room, and allows one that makes room", () =>
    Effect.gen(function* () {
      const roots = yield* rootsOver(yield* memoryStore)
      const id = newRepositoryId()
      const made = yield* roots.create(
        firstRoot(id, headsOf(Array.from({ length: 100 }, (_, place) => [`b${place}`, tip])))
      )
      const heads = claiming(made.value.heads, { bytes: refsBytesMax - 50 })
      yield* roots.move(id, () => Effect.succeed({ root: { heads }, change: change("filled") }))
      const refused = yield* Effect.flip(roots.move(id, setting("more", tip)))
      assert.instanceOf(refused, RootFull)
      assert.match(refused.message, /50331648 is the limit \(branches \d+, .*\); delete branches first/)
      yield* roots.move(id, (root) =>
        Effect.gen(function* () {
          const { heads } = yield* withHead(root, BranchName.make("b1"), someCommit("next"))
          return { root: { heads }, change: change("moved") }
        })
      )
      const { value } = yield* roots.read(id)
      const head = headOf(value, "b1")
      assert.strictEqual(yield* Effect.provideService(head, Roots, roots), someCommit("next"))
    })
  )
})

describe("the cache of roots", () => {
  it.effect("is bounded in bytes: large roots displace those that were cached before", () =>
    Effect.gen(function* () {
      const roots = yield* rootsOver(yield* memoryStore)
      const cache = new RootCache()
      const protection = rules(1_000_000)
      const ids = Array.from({ length: 20 }, newRepositoryId)
      for (const id of ids) {
        const evidence = yield* roots.create({ ...firstRoot(id), protection })
        cache.set({ evidence, bytes: rootCodec.encode(evidence.value), version: DocumentVersion.make("1") }, 0)
      }
      const cached = ids.filter((id) => cache.get(id) !== undefined)
      assert.isAtMost(cached.length, 17)
      assert.isAtLeast(cached.length, 10)
      assert.deepStrictEqual(cached, ids.slice(-cached.length), "the latest ones")
    })
  )
})
