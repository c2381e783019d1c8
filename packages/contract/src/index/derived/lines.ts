/** Tests of every index's promises about the lines of touches. Part of the suite in `indexContract.ts`. */
import { assert } from "@effect/vitest"
import type { Deriver } from "@musehub/domain/port/index/derived/DerivationIndex"
import type { DerivedLines, PathLines } from "@musehub/domain/port/index/derived/LineIndex"
import { Effect } from "effect"
import { at, batchOf, type History, historyOf, lineOf } from "../../IndexSamples.ts"
import type { Suite } from "../../IndexSuite.ts"
import { newRepository } from "../../StoreSamples.ts"
import { wholeIndex } from "../../wholeIndex.ts"

/** The version at which these tests begin; the index may be shared. */
const version = 1
const deriver: Deriver = { name: "lines", version }

const counted: PathLines = { path: "dir/𝛼", binary: false, added: 3, removed: 0 }
const binary: PathLines = { path: "b", binary: true, added: undefined, removed: undefined }
const uncounted: PathLines = { path: "c", binary: false, added: undefined, removed: undefined }

const changing = ({ commits }: History, place: number, files: ReadonlyArray<PathLines>, isWhole = true) => {
  const { generation, stored } = at(commits, place)
  const derived: DerivedLines = { id: stored.id, generation, files, isWhole }
  return derived
}

export const lines = (it: Suite) => {
  it.effect("lines are recorded once, by the version at work, and deleted to be derived again", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      yield* index.startDeriver(deriver)
      const history = yield* historyOf(lineOf(2))
      const { repository } = history
      yield* index.record(batchOf(history))
      const one = changing(history, 0, [counted, binary, uncounted])
      const linesOf = (...paths: ReadonlyArray<string>) =>
        index.linesOf(
          repository,
          paths.map((path) => ({ path, commit: one.id, generation: one.generation }))
        )
      const pending = index.pendingCommits("lines", repository)

      yield* index.recordLines(repository, version + 1, [one])
      yield* index.recordLines(repository, version, [])
      assert.deepStrictEqual([yield* linesOf("b"), yield* pending], [[undefined], 2])
      // A part of a commit is there before the commit is done, and again.
      const part = changing(history, 0, [counted], false)
      yield* index.recordLines(repository, version, [part])
      yield* index.recordLines(repository, version, [part])
      const { path: _path, ...shown } = counted
      assert.deepStrictEqual([yield* linesOf("b", counted.path), yield* pending], [[undefined, shown], 2])
      yield* index.recordLines(repository, version, [one, changing(history, 1, [])])
      assert.strictEqual(yield* pending, 0)
      yield* index.recordLines(repository, version, [changing(history, 0, [{ ...binary, path: "other" }])])
      const none = { added: undefined, removed: undefined }
      const found = [{ binary: false, ...none }, undefined, { binary: true, ...none }, undefined, shown]
      assert.deepStrictEqual(yield* linesOf("c", "other", "b", "\0", counted.path), found)
      assert.deepStrictEqual(yield* linesOf(), [])
      const touch = { path: "b", commit: one.id, generation: one.generation }
      assert.deepStrictEqual(yield* index.linesOf(newRepository(), [touch]), [undefined])

      // Each deriver has work and rows of its own.
      yield* index.deriveAgain({ deriver: "touches", repository })
      assert.deepStrictEqual(yield* linesOf(counted.path), [shown])
      yield* index.deriveAgain({ deriver: "lines", repository })
      assert.deepStrictEqual([yield* linesOf(counted.path), yield* pending], [[undefined], 2])
      yield* index.recordLines(repository, version, [one])
      yield* index.forget(repository)
      assert.deepStrictEqual(yield* linesOf(counted.path), [undefined])
    })
  )
}
