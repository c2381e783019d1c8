/**
 * Tests of every index's promises about kept manifests: which, how many, and that they are the right ones. Part of the
 * suite in `indexContract.ts`.
 */
import { assert } from "@effect/vitest"
import { NewPacks } from "@musehub/domain/invariant/packs/NewPacks"
import { blobOf } from "@musehub/domain/object/Blob"
import { makeSnapshot, snapshotObject } from "@musehub/domain/object/Snapshot"
import { keptManifestEntriesMax, keptManifestsMax } from "@musehub/domain/port/index/ObjectIndex"
import { wholeIndex } from "../wholeIndex.ts"
import { Effect, Exit } from "effect"
import {
  at,
  batchOf,
  createRoot,
  emptyBatch,
  evidenceIn,
  headsOf,
  type History,
  historyOf,
  idsOf,
  lineOf,
  moveRoot,
  newRoot,
  reflect
} from "../IndexSamples.ts"
import { sorted, type Suite } from "../IndexSuite.ts"
import { newRepository } from "../StoreSamples.ts"

/** Makes a line of commits in a repository that the index knows. None of them is recorded yet. */
const started = Effect.fnUntraced(function* (length: number) {
  const index = yield* wholeIndex
  const history = yield* historyOf(lineOf(length))
  yield* reflect(index, yield* createRoot(newRoot(history.repository)))
  return history
})

/** Records one commit of a line and keeps its manifest. */
const recordCommit = (history: History, place: number) =>
  Effect.flatMap(wholeIndex, (index) => {
    const snapshot = at(history.snapshots, place)
    return index.record({
      ...emptyBatch(history.repository),
      snapshots: [snapshot],
      commits: [at(history.commits, place)],
      cachedManifests: new Set([snapshot.id])
    })
  })

/** Reflects a next root, whose branch is at the commit at a place in the line. */
const reflectHead = Effect.fnUntraced(function* (history: History, place: number) {
  const index = yield* wholeIndex
  const heads = headsOf({ main: at(idsOf(history).commits, place) })
  yield* reflect(index, yield* moveRoot(history.repository, { heads }))
})

/** Returns the places in the line whose manifests are kept, and checks these manifests. */
const keptPlaces = Effect.fnUntraced(function* (history: History) {
  const index = yield* wholeIndex
  const kept = yield* index.manifests(history.repository, idsOf(history).snapshots)
  return history.snapshots.flatMap(({ id, value }, place) => {
    const manifest = kept.get(id)
    if (manifest === undefined) return []
    assert.deepStrictEqual(sorted(manifest), sorted(value.manifest))
    return [place]
  })
})

const range = (start: number, end: number) => Array.from({ length: end - start }, (_, offset) => start + offset)

/** Makes and records snapshots of `entries` entries each. */
const largeSnapshots = Effect.fnUntraced(function* (count: number, entries: number) {
  const index = yield* wholeIndex
  const repository = newRepository()
  const packs = new NewPacks(repository)
  const blob = blobOf(new Uint8Array([1]))
  yield* packs.add(blob)
  const made = range(0, count).map((place) => {
    const manifest = new Map(range(0, entries).map((entry) => [`${place}-${entry}`, blob.id] as const))
    return snapshotObject(makeSnapshot(manifest, "2026-11-22T15:08:10+00:00"))
  })
  yield* Effect.forEach(made, (snapshot) => packs.add(snapshot), { discard: true })
  const { blobs, snapshots } = yield* evidenceIn(packs, {
    blobs: [blob.id],
    snapshots: made.map(({ id }) => id),
    commits: []
  })
  yield* index.record({ ...emptyBatch(repository), blobs, snapshots })
  return { repository, snapshots }
})

export const manifests = (it: Suite) => {
  it.effect("keeps those that are recorded with a root, and evicts earlier ones for them", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const history = yield* started(keptManifestsMax + 3)
      const { repository } = history
      for (const [place, commit] of history.commits.entries()) {
        const snapshot = at(history.snapshots, place)
        const root = yield* moveRoot(repository, { heads: headsOf({ main: commit.stored.id }) })
        const cachedManifests = new Set([snapshot.id])
        yield* index.record({
          ...emptyBatch(repository),
          snapshots: [snapshot],
          commits: [commit],
          cachedManifests,
          root
        })
      }
      const { snapshots } = idsOf(history)
      const kept = yield* index.manifests(repository, snapshots)
      assert.deepStrictEqual(sorted(kept.keys()), sorted(snapshots.slice(-keptManifestsMax)))
    })
  )

  it.effect("keeps a bounded number of the last manifests, however often branches move", () =>
    Effect.gen(function* () {
      const pushes = 100
      const history = yield* started(pushes)
      for (const place of range(0, pushes)) {
        yield* recordCommit(history, place)
        yield* reflectHead(history, place)
        assert.deepStrictEqual(yield* keptPlaces(history), range(Math.max(0, place + 1 - keptManifestsMax), place + 1))
      }
    })
  )

  it.effect("an evicted manifest can be kept again, as the latest, and evicts another", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const history = yield* started(keptManifestsMax + 3)
      for (const place of range(0, keptManifestsMax + 3)) {
        yield* recordCommit(history, place)
        yield* reflectHead(history, place)
      }
      const last = keptManifestsMax + 2
      assert.deepStrictEqual(yield* keptPlaces(history), range(3, last + 1))

      yield* index.keepManifests(history.repository, [at(history.snapshots, 1)])
      assert.deepStrictEqual(yield* keptPlaces(history), [1, ...range(4, last + 1)])
      // Keeping a kept one again makes it the latest too, so it outlives those after it.
      yield* index.keepManifests(history.repository, [at(history.snapshots, 4)])
      yield* index.keepManifests(history.repository, [at(history.snapshots, 0), at(history.snapshots, 2)])
      assert.deepStrictEqual(yield* keptPlaces(history), [0, 1, 2, 4, ...range(7, last + 1)])
    })
  )

  it.effect("keeping many at once stays within the bound", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const history = yield* started(80)
      yield* index.record(batchOf(history))
      yield* reflectHead(history, 79)
      assert.deepStrictEqual(yield* keptPlaces(history), [])
      yield* index.keepManifests(history.repository, [...history.snapshots, ...history.snapshots])
      assert.lengthOf(yield* keptPlaces(history), keptManifestsMax)
    })
  )

  it.effect("stays within the bound on entries", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      // An index may leave out larger ones.
      const count = 16
      const { repository, snapshots } = yield* largeSnapshots(count + 1, keptManifestEntriesMax / count)
      for (const snapshot of snapshots) yield* index.keepManifests(repository, [snapshot])
      const ids = snapshots.map(({ id }) => id)
      assert.deepStrictEqual(sorted((yield* index.manifests(repository, ids)).keys()), sorted(ids.slice(-count)))
    })
  )

  it.effect("keeps only recorded snapshots, and leaves their rows unchanged", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const history = yield* started(3)
      const { repository } = history
      const [one] = history.snapshots
      if (one === undefined) throw new Error("three snapshots were made")
      yield* index.record({ ...batchOf(history), snapshots: [one] })
      const before = yield* index.rows(repository, "snapshot", { limit: 10 })
      yield* index.keepManifests(repository, history.snapshots)
      yield* index.keepManifests(repository, [])
      assert.deepStrictEqual(yield* keptPlaces(history), [0])
      assert.deepStrictEqual(yield* index.rows(repository, "snapshot", { limit: 10 }), before)
      assert.deepStrictEqual([...(yield* index.known(repository, idsOf(history))).snapshots], [one.id])
    })
  )

  it.effect("dies on a manifest of another repository", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const history = yield* historyOf(lineOf(1))
      assert.isTrue(Exit.hasDies(yield* Effect.exit(index.keepManifests(newRepository(), history.snapshots))))
    })
  )

  it.effect("concurrent recording, reflecting and keeping end within the bound", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const count = keptManifestsMax + 6
      const history = yield* started(count)
      const { repository, snapshots } = history
      const ids = idsOf(history)
      for (const place of range(0, count)) yield* recordCommit(history, place)
      const roots = []
      for (const place of range(1, count)) {
        roots.push(yield* moveRoot(repository, { heads: headsOf({ main: at(ids.commits, place) }) }))
      }
      const turned = <A>(items: ReadonlyArray<A>, by: number) => [...items.slice(by), ...items.slice(0, by)]
      const calls = roots.flatMap((root, place) => [
        reflect(index, root),
        index.keepManifests(repository, turned(snapshots, place).slice(0, 20)),
        index.keepManifests(repository, turned(snapshots, place).slice(0, 20).toReversed()),
        index.record({ ...batchOf(history, ids.snapshots), snapshots: turned(snapshots, place) }),
        index.manifests(repository, ids.snapshots)
      ])
      yield* Effect.all(calls, { concurrency: "unbounded", discard: true })
      yield* index.keepManifests(repository, snapshots.slice(-2))
      const kept = yield* keptPlaces(history)
      assert.isAtMost(kept.length, keptManifestsMax)
      assert.includeMembers(kept, [count - 2, count - 1])
    })
  )
}
