/** What every index promises about recorded objects. Part of the suite in `indexContract.ts`. */
import type { Sha256 } from "@musehub/domain/object/Id"
import { assert } from "@effect/vitest"
import { Effect, Exit, Option } from "effect"
import {
  at,
  batchOf,
  createRoot,
  emptyBatch,
  firstOf,
  headsOf,
  historyOf,
  idsOf,
  lineOf,
  moveRoot,
  newRoot,
  newUser
} from "../IndexSamples.ts"
import { allPages, sorted, type Suite } from "../IndexSuite.ts"
import { newRepository } from "../StoreSamples.ts"
import { atOnce } from "@musehub/domain/base/Slices"
import { sha256 } from "@musehub/domain/object/Digest"
import { digestingRows, nodeText, rowText } from "@musehub/domain/port/index/digest/digestingRows"
import type { RowsDigest } from "@musehub/domain/port/index/ObjectIndex"
import { wholeIndex } from "../wholeIndex.ts"
import { publish } from "../publish.ts"

export const recording = (it: Suite) => {
  it.effect("recorded objects are known, also before a root of their repository is reflected", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const history = yield* historyOf(lineOf(3))
      const ids = idsOf(history)
      yield* index.record(batchOf(history))

      const known = yield* index.known(history.repository, ids)
      assert.deepStrictEqual(sorted(known.blobs), sorted(ids.blobs))
      assert.deepStrictEqual(sorted(known.snapshots), sorted(ids.snapshots))
      assert.deepStrictEqual(sorted(known.commits.keys()), sorted(ids.commits))
      assert.lengthOf(yield* index.ancestry(history.repository, ids.commits.slice(-1), 10), 3)
      assert.strictEqual((yield* index.introducersOf(history.repository, ids.blobs)).size, 3)
      assert.strictEqual((yield* index.commitsOfSnapshots(history.repository, ids.snapshots)).size, 3)
      assert.deepStrictEqual(yield* index.recentCommits(history.repository, 10), ids.commits.toReversed())
      // Who may read a repository without a root is not known.
      const { commits } = yield* index.holdersOf(newUser(), ids)
      assert.notInclude([...commits.values()], history.repository)
      const listed = yield* index.repositories({}, { limit: 1000 })
      assert.isFalse(listed.items.some(({ repository }) => repository.id === history.repository))
    })
  )

  it.effect("recording again changes nothing, whatever else is in the batch", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const history = yield* historyOf(lineOf(3))
      yield* publish(history)
      const before = yield* index.known(history.repository, idsOf(history))
      const recent = yield* index.recentCommits(history.repository, 10)
      const again = batchOf(history, idsOf(history).snapshots)
      yield* index.record({
        ...again,
        commits: [...again.commits, ...again.commits],
        blobs: [...again.blobs, ...again.blobs]
      })

      assert.deepStrictEqual(yield* index.known(history.repository, idsOf(history)), before)
      assert.deepStrictEqual(yield* index.recentCommits(history.repository, 10), recent)
    })
  )

  it.effect("a commit that is twice in a batch is recorded once", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const history = yield* historyOf(lineOf(2))
      const batch = batchOf(history)
      const twice = <A>(items: ReadonlyArray<A>) => [...items, ...items]
      yield* index.record({
        ...batch,
        blobs: twice(batch.blobs),
        snapshots: twice(batch.snapshots),
        commits: twice(batch.commits.map((commit) => ({ ...commit, introduces: twice(commit.introduces) })))
      })
      const rows = yield* allPages((page) => index.rows(history.repository, "commit", page))
      assert.deepStrictEqual<ReadonlyArray<string>>(
        rows.map(({ id }) => id),
        sorted(idsOf(history).commits)
      )
    })
  )

  it.effect("rows, their packs and their root become visible together, and a later root stays", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const history = yield* historyOf(lineOf(3))
      const { packs, repository } = history
      const ids = idsOf(history)
      const first = yield* createRoot(newRoot(repository))
      const later = yield* moveRoot(repository, { heads: headsOf({ main: at(ids.commits, -1) }) })
      yield* index.stage(at(packs, 0))
      yield* index.record({ ...batchOf(history), packs, root: later })
      assert.strictEqual((yield* index.known(repository, ids)).commits.size, 3)
      assert.strictEqual((yield* index.staged(repository, ids.blobs)).size, 0)
      const named = new Set(packs.map(({ ref }) => ref.sha256))
      assert.deepStrictEqual(yield* index.packs(repository), { rootSequence: 1, packs: named })
      const { owner, slug } = later.value.repository
      const row = Option.getOrThrow(yield* index.repositoryByName(owner, slug))
      assert.deepStrictEqual([row.rootSha256, row.branches], [later.sha256, 1])

      yield* index.record({ ...emptyBatch(repository), dropped: [...named], root: first })
      assert.deepStrictEqual(yield* index.packs(repository), { rootSequence: 1, packs: new Set<Sha256>() })
      assert.deepStrictEqual(Option.getOrThrow(yield* index.repositoryByName(owner, slug)), row)
    })
  )

  it.effect("nothing of a batch is visible that has a pack of another repository", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const [history, other] = [yield* historyOf(lineOf(2)), yield* historyOf(lineOf(1))]
      const { repository } = history
      const root = yield* createRoot(newRoot(repository))
      const batch = { ...batchOf(history), packs: other.packs, root }
      assert.isTrue(Exit.hasDies(yield* Effect.exit(index.record(batch))))
      assert.strictEqual((yield* index.known(repository, idsOf(history))).commits.size, 0)
      assert.strictEqual((yield* index.packs(repository)).rootSequence, -1)
    })
  )

  it.effect("an empty batch succeeds", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      yield* index.record(emptyBatch(newRepository()))
    })
  )

  it.effect("dies on evidence of another repository", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const history = yield* historyOf(lineOf(1))
      const exit = yield* Effect.exit(index.record({ ...batchOf(history), repository: newRepository() }))
      assert.isTrue(Exit.hasDies(exit))
    })
  )

  it.effect("two repositories with the same objects are separate", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const one = yield* historyOf(lineOf(2))
      const other = yield* historyOf(lineOf(2))
      assert.deepStrictEqual(idsOf(one), idsOf(other))
      yield* publish(one)
      const known = yield* index.known(other.repository, idsOf(other))
      assert.deepStrictEqual([known.blobs.size, known.snapshots.size, known.commits.size], [0, 0, 0])
      yield* index.record(batchOf(firstOf(other, 1)))
      assert.strictEqual((yield* index.known(other.repository, idsOf(other))).commits.size, 1)
      assert.strictEqual((yield* index.known(one.repository, idsOf(one))).commits.size, 2)
    })
  )

  it.effect("manifests are kept for the snapshots that the batch names, with any path", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const files = { __proto: "a", 'qu"o\\te': "b", "emoji 🎵/ä": "c", "1": "d" }
      const awkward = Object.fromEntries([...Object.entries(files), ["__proto__", "e"]])
      const history = yield* historyOf([
        { parents: [], files: awkward },
        { parents: [0], files: {} }
      ])
      const first = at(history.commits, 0).stored.value.snapshotId
      const empty = at(history.commits, 1).stored.value.snapshotId
      yield* index.record(batchOf(history, [first]))
      const manifests = yield* index.manifests(history.repository, [first, empty])
      assert.deepStrictEqual([...manifests.keys()], [first])
      const wanted = history.snapshots.find(({ id }) => id === first)?.value.manifest
      assert.deepStrictEqual(sorted(manifests.get(first) ?? []), sorted(wanted ?? []))
    })
  )

  it.effect("rows are listed in ascending order, in pages, with size, location and hash", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const history = yield* historyOf(lineOf(5))
      yield* index.record(batchOf(history))
      const wanted = {
        blob: history.blobs,
        snapshot: history.snapshots,
        commit: history.commits.map(({ stored }) => stored)
      }
      for (const type of ["blob", "snapshot", "commit"] as const) {
        const rows = yield* allPages((page) => index.rows(history.repository, type, page))
        assert.deepStrictEqual(
          rows,
          wanted[type]
            .map(({ id, size, storageUri, sha256 }) => ({ id: id as string, size, storageUri, sha256 }))
            .toSorted((a, b) => (a.id < b.id ? -1 : 1))
        )
      }
    })
  )

  it.effect("pages of rows are digested as the caller would digest them", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const { repository, ...history } = yield* historyOf(lineOf(5))
      yield* index.record(batchOf({ repository, ...history }))
      for (const type of ["blob", "snapshot", "commit"] as const) {
        const rows = yield* allPages((page) => index.rows(repository, type, page))
        let after: string | undefined
        for (const size of [1, 2, rows.length]) {
          const following = rows.filter(({ id }) => after === undefined || id > after)
          const digest: RowsDigest = yield* index.rowsDigest(repository, type, { after, limit: size })
          assert.deepStrictEqual(digest, atOnce(digestingRows(following.slice(0, size), rowText)))
          after = digest.last
        }
        const end = yield* index.rowsDigest(repository, type, { after, limit: 1 })
        assert.deepStrictEqual(end, { rows: 0, last: undefined, sha256: sha256("") })
      }
      const { commits } = yield* index.known(repository, idsOf({ repository, ...history }))
      const nodes = [...commits.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1))
      const first = yield* index.nodesDigest(repository, { limit: 2 })
      assert.deepStrictEqual(first, atOnce(digestingRows(nodes.slice(0, 2), nodeText)))
      const rest = yield* index.nodesDigest(repository, { after: first.last, limit: 10 })
      assert.deepStrictEqual(rest, atOnce(digestingRows(nodes.slice(2), nodeText)))
    })
  )

  it.effect("counts grow as objects are recorded", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const before = yield* index.counts
      yield* publish(yield* historyOf(lineOf(4)))
      const after = yield* index.counts
      for (const [kind, grown] of [
        ["repositories", 1],
        ["commits", 4],
        ["snapshots", 4],
        ["blobs", 4]
      ] as const) {
        assert.isAtLeast(after[kind], before[kind] + grown)
      }
    })
  )

  it.effect("has a location", () =>
    Effect.flatMap(wholeIndex, (index) => Effect.sync(() => assert.isNotEmpty(index.location)))
  )
}
