/**
 * Tests of every index's promises about derived work: which commits are left, who holds them, and the touches that are
 * recorded. Part of the suite in `indexContract.ts`.
 */
import { assert } from "@effect/vitest"
import type { RepositoryId } from "@musehub/domain/object/Id"
import { type Deriver, DerivationIndex } from "@musehub/domain/port/index/derived/DerivationIndex"
import type { DerivedTouches } from "@musehub/domain/port/index/derived/TouchIndex"
import { Effect, Option } from "effect"
import { at, batchOf, firstOf, type History, historyOf, lineOf } from "../../IndexSamples.ts"
import type { Suite } from "../../IndexSuite.ts"
import { newRepository } from "../../StoreSamples.ts"
import { wholeIndex } from "../../wholeIndex.ts"

/** The version at which these tests begin; the index may be shared. */
const version = 1
const deriver: Deriver = { name: "touches", version }

const workOf = (repository: RepositoryId) => ({ deriver: deriver.name, repository })

const repositoriesLeft = Effect.gen(function* () {
  const { repositoryToDerive } = yield* DerivationIndex
  const found: Array<RepositoryId> = []
  let next = yield* repositoryToDerive("touches", undefined)
  while (Option.isSome(next)) {
    found.push(next.value)
    next = yield* repositoryToDerive("touches", next.value)
  }
  return found
})

/** A commit of a history that touches `path` and folders. */
const touching = (
  { commits }: History,
  place: number,
  path: string,
  folders: ReadonlyArray<string>
): DerivedTouches => {
  const { generation, stored } = at(commits, place)
  const after = at(at(commits, place).introduces, 0)
  return { id: stored.id, generation, files: [{ path, before: undefined, after, renamedFrom: undefined }], folders }
}

export const derivations = (it: Suite) => {
  it.effect("recorded commits are work, least generation first, with the snapshots of their parents", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      yield* index.startDeriver(deriver)
      const history = yield* historyOf([...lineOf(3), { parents: [2, 0], files: { merged: "m" } }])
      const { commits, repository } = history
      yield* index.record(batchOf(firstOf(history, 2)))
      yield* index.record(batchOf(history))
      const snapshots = commits.map(({ stored }) => stored.value.snapshotId)
      const work = yield* index.underived(workOf(repository), 10)
      const expected = [[], [0], [1], [2, 0]].map((parents, place) => ({
        id: at(commits, place).stored.id,
        generation: at(commits, place).generation,
        snapshotId: at(snapshots, place),
        parents: parents.map((parent) => at(snapshots, parent))
      }))
      assert.deepStrictEqual(work, expected)
      assert.deepStrictEqual(yield* index.underived(workOf(repository), 2), expected.slice(0, 2))
      assert.strictEqual(yield* index.pendingCommits("touches", repository), 4)
      assert.isAtLeast(yield* index.pendingCommits("touches"), 4)
      for (const atMost of [3, 4]) {
        assert.strictEqual(yield* index.pendingCommits("touches", repository, atMost), atMost)
        assert.strictEqual(yield* index.pendingCommits("touches", undefined, atMost), atMost)
      }
      assert.strictEqual(yield* index.pendingCommits("touches", repository, 5), 4)
      yield* index.forget(repository)
      assert.strictEqual(yield* index.pendingCommits("touches", repository), 0)
    })
  )

  it.effect("a commit without the row of a parent has no snapshots of parents", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const history = yield* historyOf(lineOf(2))
      const { commits, repository, snapshots } = history
      yield* index.record({ ...batchOf(history), commits: commits.slice(1), snapshots: snapshots.slice(1) })
      const [left] = yield* index.underived(workOf(repository), 10)
      assert.strictEqual(left?.id, at(commits, 1).stored.id)
      assert.isUndefined(left?.parents)
    })
  )

  it.effect("work is held by one at a time, and is not offered meanwhile", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const history = yield* historyOf(lineOf(1))
      const of = workOf(history.repository)
      yield* index.record(batchOf(history))
      assert.include(yield* repositoriesLeft, history.repository)
      assert.isTrue(yield* index.holdDerivation(of, "one", 60_000))
      assert.isTrue(yield* index.holdDerivation(of, "one", 60_000))
      assert.isFalse(yield* index.holdDerivation(of, "other", 60_000))
      assert.notInclude(yield* repositoriesLeft, history.repository)
      yield* index.releaseDerivation(of, "other")
      assert.isFalse(yield* index.holdDerivation(of, "other", 60_000))
      yield* index.releaseDerivation(of, "one")
      assert.include(yield* repositoriesLeft, history.repository)
      // Held no longer than was said.
      assert.isTrue(yield* index.holdDerivation(of, "killed", 0))
      assert.isTrue(yield* index.holdDerivation(of, "other", 60_000))
      assert.isFalse(yield* index.holdDerivation(of, "killed", 60_000))
    })
  )

  it.effect("what is put off stays pending, and comes back when it is resumed", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const history = yield* historyOf(lineOf(2))
      const of = workOf(history.repository)
      yield* index.record(batchOf(history))
      const work = yield* index.underived(of, 10)
      yield* index.putOff(of, work.slice(0, 1))
      assert.deepStrictEqual(yield* index.underived(of, 10), work.slice(1))
      yield* index.putOff(of, work)
      assert.strictEqual(yield* index.pendingCommits("touches", history.repository), 2)
      assert.notInclude(yield* repositoriesLeft, history.repository)
      yield* index.resumeDerivation(of)
      assert.deepStrictEqual(yield* index.underived(of, 10), work)
    })
  )

  it.effect("touches are recorded once, by the version at work, and deleted to be derived again", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      yield* index.startDeriver(deriver)
      const history = yield* historyOf(lineOf(3))
      const { repository } = history
      const of = workOf(repository)
      yield* index.record(batchOf(history))
      const [one, two, three] = [0, 1, 2].map((place) => touching(history, place, "dir/𝛼", ["dir"]))
      if (one === undefined || two === undefined || three === undefined) throw new Error("three were made")
      yield* index.recordTouches(repository, version + 1, [one])
      assert.strictEqual(yield* index.pendingCommits("touches", repository), 3)
      yield* index.recordTouches(repository, version, [])
      yield* index.recordTouches(repository, version, [three, one])
      // Of a commit that is done, nothing more is recorded.
      yield* index.recordTouches(repository, version, [touching(history, 0, "other", []), two])
      assert.strictEqual(yield* index.pendingCommits("touches", repository), 0)
      assert.deepStrictEqual(yield* index.touchesOf(repository, "other", { limit: 5 }), [])

      const touches = yield* index.touchesOf(repository, "dir/𝛼", { limit: 5 })
      const expected = [three, two, one].map(({ files, generation, id }) => {
        const { path: _path, ...touch } = at(files, 0)
        return { generation, commit: id, ...touch }
      })
      assert.deepStrictEqual(touches, expected)
      const after = at(touches, 0)
      assert.deepStrictEqual(yield* index.touchesOf(repository, "dir/𝛼", { after, limit: 1 }), [at(expected, 1)])
      assert.deepStrictEqual(yield* index.touchesOf(newRepository(), "dir/𝛼", { limit: 5 }), [])
      assert.deepStrictEqual(yield* index.touchesOf(repository, "\0", { limit: 5 }), [])

      const commits = [three, two, one].map(({ generation, id }) => ({ generation, commit: id }))
      const touched = [0, 1, 2].map((place) => ({ place, path: "dir/𝛼" }))
      assert.deepStrictEqual(yield* index.touchedBy(repository, commits, { each: 5, all: 9 }), touched)
      const some = yield* index.touchedBy(repository, commits.slice(1), { each: 5, all: 9 })
      assert.deepStrictEqual(some, touched.slice(0, 2))
      assert.deepStrictEqual(yield* index.touchedBy(repository, commits, { each: 5, all: 2 }), touched.slice(0, 2))
      assert.deepStrictEqual(yield* index.touchedBy(repository, commits, { each: 0, all: 9 }), [])
      assert.deepStrictEqual(yield* index.touchedBy(newRepository(), commits, { each: 5, all: 9 }), [])

      const latest = { repository, files: ["dir/𝛼", "none"], folders: ["dir", "dir/𝛼"], generation: 2, depth: 5 }
      const found = yield* index.latestTouches(latest)
      assert.deepStrictEqual([...found.files], [["dir/𝛼", expected.slice(1)]])
      const places = expected.slice(1).map(({ commit, generation }) => ({ generation, commit }))
      assert.deepStrictEqual([...found.folders], [["dir", places]])
      const newest = yield* index.latestTouches({ ...latest, generation: 9, depth: 1 })
      assert.deepStrictEqual(newest.files.get("dir/𝛼"), [at(expected, 0)])

      yield* index.deriveAgain(of)
      assert.deepStrictEqual(yield* index.touchesOf(repository, "dir/𝛼", { limit: 5 }), [])
      assert.strictEqual((yield* index.latestTouches(latest)).folders.size, 0)
      assert.strictEqual(yield* index.pendingCommits("touches", repository), 3)
      yield* index.recordTouches(repository, version, [one])
      yield* index.forget(repository)
      assert.deepStrictEqual(yield* index.touchesOf(repository, "dir/𝛼", { limit: 5 }), [])
    })
  )

  it.effect("a later version of a deriver keeps an earlier one from its work", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      assert.isTrue(yield* index.startDeriver(deriver))
      assert.isTrue(yield* index.startDeriver(deriver))
      assert.isFalse(yield* index.startDeriver({ ...deriver, version: 0 }))
    })
  )
}
