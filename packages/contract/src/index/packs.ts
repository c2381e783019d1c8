/**
 * Tests of every index's promises about packs: their order, their commits, and which commits have none yet. Part of the
 * suite in `indexContract.ts`.
 */
import { assert } from "@effect/vitest"
import { putPack } from "@musehub/domain/invariant/Packs"
import { sha256 } from "@musehub/domain/object/Digest"
import { BlobId, type CommitId, type Sha256 } from "@musehub/domain/object/Id"
import type { PackBatch } from "@musehub/domain/port/index/PackIndex"
import { wholeIndex } from "../wholeIndex.ts"
import type { StoredPack } from "@musehub/domain/port/Stored"
import type { Pack, PackEntry } from "@musehub/domain/repository/Pack"
import { Effect, Exit } from "effect"
import { randomUUID } from "node:crypto"
import {
  at,
  batchOf,
  createRoot,
  distances,
  head,
  type History,
  historyOf,
  idsOf,
  lineOf,
  moveRoot,
  newRoot,
  nodeOf,
  type Step
} from "../IndexSamples.ts"
import { sorted, type Suite } from "../IndexSuite.ts"
import { newRepository } from "../StoreSamples.ts"

/** Makes a recorded history in which the heads at these places and their ancestors are reachable. */
const recorded = Effect.fnUntraced(function* (steps: ReadonlyArray<Step>, heads: ReadonlyArray<number> = [-1]) {
  const index = yield* wholeIndex
  const history = yield* historyOf(steps)
  yield* index.record(batchOf(history))
  yield* index.reflect(yield* createRoot(newRoot(history.repository)), [])
  yield* reach(history, heads)
  return history
})

const reach = Effect.fnUntraced(function* (history: History, places: ReadonlyArray<number>) {
  const index = yield* wholeIndex
  const heads = places.map((place) => at(idsOf(history).commits, place))
  const root = yield* moveRoot(history.repository, { heads: heads.map((id, place) => head(`branch-${place}`, id)) })
  yield* index.reflect(root, [...distances(history, heads).keys()])
})

/** Makes a pack with the commits at these places. */
const packWith = (history: History, ...places: ReadonlyArray<number>) =>
  putPack(
    history.repository,
    Buffer.from(`the commits ${places.join()}`),
    places.map((place): PackEntry => {
      const { id, size } = at(history.commits, place).stored
      return { type: "commit", id, size }
    })
  )

/** Makes the batch of these packs. `places` names each commit's packs, by its place. */
const batchWith = (
  history: History,
  packs: ReadonlyArray<StoredPack>,
  places: Readonly<Record<number, ReadonlyArray<StoredPack>>>
): PackBatch => ({
  repository: history.repository,
  packs,
  commits: new Map(
    Object.entries(places).map(([place, own]) => [
      at(history.commits, Number(place)).stored.id,
      own.map((pack) => pack.sha256)
    ])
  )
})

const plain = ({ entries, sha256: name }: Pack): Pack => ({ sha256: name, entries })

/** Returns the packs of the commits at these places. */
const packsAt = (history: History, ...places: ReadonlyArray<number>) =>
  Effect.flatMap(wholeIndex, (index) =>
    index.packsOf(
      history.repository,
      places.map((place) => at(history.commits, place).stored.id)
    )
  )

/** Returns the places of the unpacked commits. */
const unpackedPlaces = Effect.fnUntraced(function* (history: History, limit = 10_000) {
  const index = yield* wholeIndex
  const ids = idsOf(history).commits
  return (yield* index.unpacked(history.repository, limit)).map(({ id }) => ids.indexOf(id))
})

export const packs = (it: Suite) => {
  it.effect("packs are returned unchanged, once each, in the order of recording", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const history = yield* recorded(lineOf(6))
      const { repository } = history
      const entries: ReadonlyArray<PackEntry> = [
        { type: "blob", id: at(idsOf(history).blobs, 0), size: 0 },
        { type: "snapshot", id: at(idsOf(history).snapshots, 0), size: 2 ** 32 - 1 },
        { type: "commit", id: at(idsOf(history).commits, 0), size: 1 }
      ]
      const first = yield* putPack(repository, Buffer.from("of every type"), entries)
      const empty = yield* putPack(repository, new Uint8Array(), [])
      const made = yield* Effect.forEach([1, 2, 3], (place) => packWith(history, place))
      // The order is neither that of their names nor its reverse.
      const [low, high, middle] = made.toSorted((a, b) => (a.sha256 < b.sha256 ? -1 : 1))
      if (low === undefined || high === undefined || middle === undefined) throw new Error("three packs were made")
      yield* index.recordPacks(batchWith(history, [first, high], { 0: [first], 1: [first, high], 2: [high] }))
      yield* index.recordPacks(batchWith(history, [low, empty, middle], { 3: [middle, low], 4: [empty], 5: [] }))

      const all = [first, high, low, empty, middle].map(plain)
      assert.deepStrictEqual(yield* packsAt(history, 5, 4, 3, 2, 1, 0, 0), all)
      assert.deepStrictEqual(yield* packsAt(history, 3, 1), [first, high, low, middle].map(plain))
      assert.deepStrictEqual(yield* packsAt(history, 4, 5), [plain(empty)])
      assert.deepStrictEqual(yield* packsAt(history, 5), [])
      assert.deepStrictEqual(yield* packsAt(history), [])
      assert.deepStrictEqual(yield* unpackedPlaces(history), [])
    })
  )

  it.effect("recording again changes nothing, and a pack keeps its place in the order", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const history = yield* recorded(lineOf(4))
      const [a, b, c] = [yield* packWith(history, 0), yield* packWith(history, 1), yield* packWith(history, 2)]
      const batch = batchWith(history, [a, b], { 0: [a], 1: [a, b] })
      for (let turn = 0; turn < 3; turn++) {
        yield* index.recordPacks(batch)
        assert.deepStrictEqual(yield* packsAt(history, 0, 1, 2, 3), [a, b].map(plain))
        assert.deepStrictEqual(yield* unpackedPlaces(history), [2, 3])
      }
      yield* index.recordPacks(batchWith(history, [c, b, a, c], { 2: [c, a] }))
      assert.deepStrictEqual(yield* packsAt(history, 0, 1, 2, 3), [a, b, c].map(plain))
      assert.deepStrictEqual(yield* packsAt(history, 2), [a, c].map(plain))
      // An empty batch.
      yield* index.recordPacks(batchWith(history, [], {}))
      assert.deepStrictEqual(yield* unpackedPlaces(history), [3])
    })
  )

  it.effect("a commit can belong to a pack recorded earlier, but not to one that was never recorded", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const history = yield* recorded(lineOf(3))
      const [there, never] = [yield* packWith(history, 0), yield* packWith(history, 1)]
      yield* index.recordPacks(batchWith(history, [there], { 0: [there] }))
      yield* index.recordPacks(batchWith(history, [], { 1: [never, there], 2: [never] }))
      assert.deepStrictEqual(yield* packsAt(history, 1), [plain(there)])
      assert.deepStrictEqual(yield* packsAt(history, 2), [])
      assert.deepStrictEqual(yield* unpackedPlaces(history), [])
      yield* index.forgetPack(history.repository, never.sha256)
      assert.deepStrictEqual(yield* unpackedPlaces(history), [1, 2])
    })
  )

  it.effect("unpacked commits are returned as nodes in order of generation, then id, up to the limit", () =>
    Effect.gen(function* () {
      const steps = Array.from({ length: 24 }, (_, place) => ({
        parents: place < 6 ? [] : [place - 6, ...(place % 3 === 0 ? [place - 4] : [])],
        files: { [`file-${place % 5}`]: `content ${place}` }
      }))
      const index = yield* wholeIndex
      const history = yield* recorded(steps, [20, 21, 23])
      const ids = idsOf(history).commits
      const below = distances(history, [at(ids, 20), at(ids, 21), at(ids, 23)])
      const expected = history.commits
        .filter(({ stored }) => below.has(stored.id))
        .toSorted((a, b) => a.generation - b.generation || (a.stored.id < b.stored.id ? -1 : 1))
        .map((commit) => nodeOf(history, commit))
      assert.isBelow(expected.length, steps.length)
      for (const limit of [1, 5, expected.length, 1_000])
        assert.deepStrictEqual(yield* index.unpacked(history.repository, limit), expected.slice(0, limit))

      const first = yield* packWith(history, 0)
      const packed = expected.filter((_, place) => place % 2 === 0)
      yield* index.recordPacks({
        repository: history.repository,
        packs: [first],
        commits: new Map(packed.map(({ id }) => [id, [first.sha256]]))
      })
      const rest = expected.filter((_, place) => place % 2 === 1)
      assert.deepStrictEqual(yield* index.unpacked(history.repository, 1_000), rest)
      assert.deepStrictEqual(yield* index.unpacked(history.repository, 3), rest.slice(0, 3))
    })
  )

  it.effect("commits count as unpacked once they are reachable, unless they were packed before", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const history = yield* recorded(lineOf(6), [1])
      assert.deepStrictEqual(yield* unpackedPlaces(history), [0, 1])
      const pack = yield* packWith(history, 2, 3)
      yield* index.recordPacks(batchWith(history, [pack], { 0: [], 2: [pack], 3: [] }))
      assert.deepStrictEqual(yield* unpackedPlaces(history), [1])
      yield* reach(history, [-1])
      assert.deepStrictEqual(yield* unpackedPlaces(history), [1, 4, 5])
      assert.deepStrictEqual(yield* packsAt(history, 0, 1, 2, 3, 4, 5), [plain(pack)])
    })
  )

  it.effect("unrecorded commits are skipped, and can be packed later like any other", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const history = yield* historyOf(lineOf(3))
      yield* index.record({ ...batchOf(history), commits: history.commits.slice(0, 1) })
      const pack = yield* packWith(history, 0, 1, 2)
      const batch = batchWith(history, [pack], { 0: [pack], 1: [pack], 2: [] })
      yield* index.recordPacks(batch)
      assert.deepStrictEqual(yield* packsAt(history, 0), [plain(pack)])
      assert.deepStrictEqual(yield* packsAt(history, 1, 2), [])

      yield* index.record(batchOf(history))
      yield* index.reflect(yield* createRoot(newRoot(history.repository)), idsOf(history).commits)
      assert.deepStrictEqual(yield* packsAt(history, 1, 2), [])
      assert.deepStrictEqual(yield* unpackedPlaces(history), [1, 2])
      yield* index.recordPacks(batch)
      assert.deepStrictEqual(yield* packsAt(history, 1, 2), [plain(pack)])
      assert.deepStrictEqual(yield* unpackedPlaces(history), [])
    })
  )

  it.effect("a commit that is packed again belongs only to the new packs", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const history = yield* recorded(lineOf(3))
      const [small, other, large] = [
        yield* packWith(history, 0),
        yield* packWith(history, 1),
        yield* packWith(history, 0, 1)
      ]
      yield* index.recordPacks(batchWith(history, [small, other], { 0: [small], 1: [small, other], 2: [other] }))
      yield* index.recordPacks(batchWith(history, [large], { 0: [large], 1: [large] }))
      assert.deepStrictEqual(yield* packsAt(history, 0, 1), [plain(large)])
      assert.deepStrictEqual(yield* packsAt(history, 0, 1, 2), [other, large].map(plain))
      // Forgetting a pack that no commit has leaves every commit packed.
      yield* index.forgetPack(history.repository, small.sha256)
      assert.deepStrictEqual(yield* unpackedPlaces(history), [])
      yield* index.recordPacks(batchWith(history, [], { 0: [] }))
      assert.deepStrictEqual(yield* packsAt(history, 0), [])
    })
  )

  it.effect("a forgotten pack is gone, and its commits become unpacked", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const history = yield* recorded(lineOf(6), [4])
      const [lost, kept] = [yield* packWith(history, 0, 1, 5), yield* packWith(history, 2, 3)]
      const batch = batchWith(history, [lost, kept], { 0: [lost], 1: [kept, lost], 2: [kept], 3: [], 5: [lost] })
      yield* index.recordPacks(batch)
      for (const name of [sha256("unknown"), lost.sha256, lost.sha256])
        yield* index.forgetPack(history.repository, name)
      assert.deepStrictEqual(yield* packsAt(history, 0, 1, 5), [])
      assert.deepStrictEqual(yield* packsAt(history, 2, 3), [plain(kept)])
      assert.deepStrictEqual(yield* unpackedPlaces(history), [0, 1, 4])
      yield* reach(history, [-1])
      assert.deepStrictEqual(yield* unpackedPlaces(history), [0, 1, 4, 5])
      // Recorded again, it comes last.
      yield* index.recordPacks(batch)
      assert.deepStrictEqual(yield* packsAt(history, 0, 1), [kept, lost].map(plain))
    })
  )

  it.effect("repositories do not see each other's packs, even when both have the same one", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const [one, other] = [yield* recorded(lineOf(2)), yield* recorded(lineOf(2))]
      assert.deepStrictEqual(idsOf(one).commits, idsOf(other).commits)
      const [ours, theirs] = [yield* packWith(one, 0), yield* packWith(other, 0)]
      assert.strictEqual(ours.sha256, theirs.sha256)
      const second = yield* packWith(other, 1)
      yield* index.recordPacks(batchWith(one, [ours], { 0: [ours] }))
      assert.deepStrictEqual(yield* packsAt(other, 0, 1), [])
      assert.deepStrictEqual(yield* unpackedPlaces(other), [0, 1])

      yield* index.recordPacks(batchWith(other, [theirs, second], { 0: [theirs, second], 1: [second] }))
      assert.deepStrictEqual(yield* packsAt(one, 0, 1), [plain(ours)])
      yield* index.recordPacks(batchWith(one, [], { 1: [second] }))
      assert.deepStrictEqual(yield* packsAt(one, 1), [])
      yield* index.forgetPack(one.repository, ours.sha256)
      assert.deepStrictEqual(yield* unpackedPlaces(one), [0])
      assert.deepStrictEqual(yield* packsAt(other, 0, 1), [theirs, second].map(plain))
      assert.deepStrictEqual(yield* unpackedPlaces(other), [])

      const nowhere = newRepository()
      assert.deepStrictEqual(yield* index.packsOf(nowhere, idsOf(one).commits), [])
      assert.deepStrictEqual(yield* index.unpacked(nowhere, 10), [])
      yield* index.forgetPack(nowhere, ours.sha256)
      yield* index.recordPacks({ repository: nowhere, packs: [], commits: batchWith(one, [], { 0: [ours] }).commits })
      assert.deepStrictEqual(yield* index.unpacked(nowhere, 10), [])
    })
  )

  it.effect("dies on a pack of another repository", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const history = yield* recorded(lineOf(1))
      const pack = yield* packWith(history, 0)
      const batch: PackBatch = { repository: newRepository(), packs: [pack], commits: new Map() }
      assert.isTrue(Exit.hasDies(yield* Effect.exit(index.recordPacks(batch))))
    })
  )

  it.effect("a large batch is recorded whole", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const history = yield* recorded(lineOf(1_000))
      const ids = idsOf(history).commits
      const made = yield* Effect.forEach(
        Array.from({ length: 40 }, (_, pack) => pack),
        (pack) =>
          putPack(
            history.repository,
            Buffer.from(`pack ${pack}`),
            Array.from({ length: 5_000 }, (_, place): PackEntry => ({
              type: "blob",
              id: BlobId.make(sha256(`${pack} ${place}`)),
              size: place
            }))
          )
      )
      const own = new Map<CommitId, ReadonlyArray<Sha256>>(
        ids.map((id, place) => [id, [0, 1, 2].map((step) => at(made, (place + step) % made.length).sha256)])
      )
      yield* index.recordPacks({ repository: history.repository, packs: made, commits: own })
      assert.deepStrictEqual(yield* index.packsOf(history.repository, ids), made.map(plain))
      assert.deepStrictEqual(
        yield* index.packsOf(history.repository, ids.slice(38, 39)),
        [made[0], made[38], made[39]].flatMap((pack) => (pack === undefined ? [] : [plain(pack)]))
      )
      assert.deepStrictEqual(yield* unpackedPlaces(history), [])
      yield* index.forgetPack(history.repository, at(made, 0).sha256)
      assert.lengthOf(yield* unpackedPlaces(history), 75)
    })
  )

  it.effect("concurrent recording, forgetting and reflecting lose no commit", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const count = 60
      const history = yield* recorded(lineOf(count), [0])
      const { repository } = history
      const ids = idsOf(history).commits
      const lost = yield* putPack(repository, Buffer.from(randomUUID()), [])
      const made = yield* Effect.forEach(
        Array.from({ length: 12 }, (_, pack) => pack),
        (pack) => packWith(history, pack)
      )
      const turned = <A>(items: ReadonlyArray<A>, by: number) => [...items.slice(by), ...items.slice(0, by)]
      const roots = []
      for (let place = 5; place < count; place += 5)
        roots.push({ place, root: yield* moveRoot(repository, { heads: [head("main", at(ids, place))] }) })
      const calls = roots.flatMap(({ place, root }, turn) => {
        const around = turn % 2 === 0 ? turned(made, turn) : turned(made, turn).toReversed()
        const commits = turn % 2 === 0 ? turned(ids, place) : turned(ids, place).toReversed()
        const named = (pack: StoredPack) => new Map(commits.map((id) => [id, [pack.sha256]]))
        return [
          index.reflect(root, ids.slice(0, place + 1)),
          index.recordPacks({ repository, packs: around, commits: named(at(around, 0)) }),
          index.recordPacks({ repository, packs: [lost], commits: named(lost) }),
          index.forgetPack(repository, lost.sha256),
          index.unpacked(repository, 20),
          index.packsOf(repository, commits)
        ]
      })
      yield* Effect.all(calls, { concurrency: "unbounded", discard: true })
      yield* reach(history, [-1])
      yield* index.forgetPack(repository, lost.sha256)
      const remaining = new Set((yield* index.unpacked(repository, count)).map(({ id }) => id))
      // Every commit is either packed or listed as unpacked.
      for (const id of ids)
        assert.lengthOf(yield* index.packsOf(repository, [id]), remaining.has(id) ? 0 : 1, "a commit is lost")
      const everything = new Map(ids.map((id) => [id, made.map((pack) => pack.sha256)]))
      yield* index.recordPacks({ repository, packs: [], commits: everything })
      const names = (yield* index.packsOf(repository, ids)).map((pack) => pack.sha256)
      assert.deepStrictEqual(sorted(names), sorted(made.map((pack) => pack.sha256)))
      assert.deepStrictEqual(yield* unpackedPlaces(history), [])
    })
  )
}
