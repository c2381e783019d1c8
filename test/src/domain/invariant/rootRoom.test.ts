/** Roots are bounded in bytes: each of its lists is limited in number, and all of them together in bytes. */
import { assert, describe, it } from "@effect/vitest"
import { RootCache } from "@musehub/domain/invariant/RootCache"
import { BranchName } from "@musehub/domain/repository/Names"
import { rootCodec } from "@musehub/domain/repository/codecs"
import type { Root } from "@musehub/domain/repository/Root"
import { RootFull, rootListsBytesMax } from "@musehub/domain/repository/rule/rootRoom"
import { DocumentVersion } from "@musehub/domain/port/ObjectStore"
import { Effect, Result } from "effect"
import {
  advancing,
  change,
  firstRoot,
  memoryStore,
  newRepositoryId,
  rootsOver,
  setting,
  someCommit
} from "../support/rootSamples.ts"

const tip = someCommit("tip")

/** What one branch with a name of 200 characters takes in a root, and what the empty lists take. */
const branchBytes = 272
const emptyBytes = 11

/** Branches that, with the other lists empty, take exactly `bytes` bytes in a root. */
const branches = (bytes: number): Root["heads"] => {
  const count = Math.floor((bytes - emptyBytes) / branchBytes)
  const rest = bytes - emptyBytes - count * branchBytes
  return Array.from({ length: count }, (_, place) => [
    BranchName.make(`${String(place).padStart(6, "0")}${"x".repeat(194 + (place === 0 ? rest : 0))}`),
    tip
  ])
}

/** A repository whose branches take `bytes` bytes. */
const begun = Effect.fnUntraced(function* (bytes: number) {
  const store = yield* memoryStore
  const roots = yield* rootsOver(store)
  const id = newRepositoryId()
  const heads = branches(bytes)
  yield* roots.create(firstRoot(id, heads))
  return { id, roots, store, names: heads.map(([name]) => name) }
})

const deleting = (name: string) => (root: Root) =>
  Effect.succeed({ root: { heads: root.heads.filter(([each]) => each !== name) }, change: change(name) })

describe("a root that is bounded in bytes", () => {
  it.effect("refuses a branch beyond the limit, and names what takes the room and what to do", () =>
    Effect.gen(function* () {
      const { id, roots } = yield* begun(rootListsBytesMax - 100)
      const refused = yield* Effect.flip(roots.move(id, setting("y".repeat(200), tip)))
      assert.instanceOf(refused, RootFull)
      assert.isAbove(refused.bytes, rootListsBytesMax)
      assert.match(refused.message, /1048576 is the limit \(branches \d+, .*\); delete branches first/)
    })
  )

  it.effect("always allows what makes room, and moves of branches that exist, even where it is too large already", () =>
    Effect.gen(function* () {
      const { id, names, roots } = yield* begun(rootListsBytesMax + 10_000)
      yield* roots.move(id, setting(names[0] ?? "", someCommit("next")))
      yield* roots.move(id, deleting(names[1] ?? ""))
      assert.instanceOf(yield* Effect.flip(roots.move(id, setting("y".repeat(300), tip))), RootFull)
      const { value } = yield* roots.read(id)
      assert.strictEqual(value.heads.length, names.length - 1)
      assert.strictEqual(value.sequence, 2)
    })
  )

  it.effect("refuses of changes that arrive together only those for which there is no room", () =>
    Effect.gen(function* () {
      const { id, names, roots, store } = yield* begun(rootListsBytesMax - 400)
      const moves = [
        setting("a".repeat(200), tip),
        setting("b".repeat(200), tip),
        deleting(names[1] ?? ""),
        setting("c".repeat(200), tip),
        setting("d".repeat(200), tip)
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
      assert.isBelow(found.document.bytes.byteLength, rootListsBytesMax + 2000)
      assert.instanceOf(
        yield* Effect.flip(roots.move(id, advancing("e".repeat(200), undefined, tip))),
        RootFull,
        "the room that was made is in use"
      )
    })
  )
})

describe("the cache of roots", () => {
  it.effect("is bounded in bytes: large roots displace those that were cached before", () =>
    Effect.gen(function* () {
      const roots = yield* rootsOver(yield* memoryStore)
      const cache = new RootCache()
      const heads = branches(1_000_000)
      const ids = Array.from({ length: 20 }, newRepositoryId)
      for (const id of ids) {
        const evidence = yield* roots.create(firstRoot(id, heads))
        cache.set({ evidence, bytes: rootCodec.encode(evidence.value), version: DocumentVersion.make("1") }, 0)
      }
      const cached = ids.filter((id) => cache.get(id) !== undefined)
      assert.isAtMost(cached.length, 17)
      assert.isAtLeast(cached.length, 10)
      assert.deepStrictEqual(cached, ids.slice(-cached.length), "the latest ones")
    })
  )
})
