import type { FileDiff } from "@musehub/domain/usecase/browse/fileDiffs"
import { assert, describe, it } from "vitest"
import { shownDiffs } from "./ShownDiff.ts"

/** A file with two hunks of as many new lines each. */
const fileOf = (path: string, lines: number, text = "x"): FileDiff => ({
  path,
  oldPath: undefined,
  status: "modified",
  before: undefined,
  after: undefined,
  binary: false,
  truncated: false,
  added: 2 * lines,
  removed: 0,
  hunks: [1, lines + 100].map((start) => ({
    oldStart: start,
    oldLines: 0,
    newStart: start,
    newLines: lines,
    text: `+${text}\n`.repeat(lines)
  }))
})

const shape = (...given: Parameters<typeof shownDiffs>) =>
  shownDiffs(...given).map(({ file, hunks, next }) => [file.path, hunks.map(({ lines }) => lines.length), next])

describe("the lines of a diff that a page shows", () => {
  it("are all of them if they are few", () => {
    assert.deepStrictEqual(shape([fileOf("a", 3), fileOf("b", 2)]), [
      ["a", [3, 3], undefined],
      ["b", [2, 2], undefined]
    ])
  })

  it("are as many of the first file as there is room for, and all or none of each other", () => {
    const lengthMax = 131 * 10
    const files = [fileOf("a", 7), fileOf("b", 2), fileOf("c", 1)]
    assert.deepStrictEqual(shape(files, { lengthMax }), [
      ["a", [7, 3], 10],
      ["b", [], 0],
      ["c", [], 0]
    ])
    assert.deepStrictEqual(shape(files.toReversed(), { lengthMax }), [
      ["c", [1, 1], undefined],
      ["b", [2, 2], undefined],
      ["a", [], 0]
    ])
  })

  it("go on where a page before ended, with their numbers, until there are no more", () => {
    const file = fileOf("a", 7)
    const [shown] = shownDiffs([file], { from: 10, lengthMax: 131 * 3 })
    assert.deepStrictEqual(
      shown?.hunks.map(({ lines }) => lines.map(({ after }) => after)),
      [[110, 111, 112]]
    )
    assert.strictEqual(shown?.next, 13)
    assert.deepStrictEqual(shape([file], { from: 13 }), [["a", [1], undefined]])
    assert.deepStrictEqual(shape([file], { from: 1_000_000 }), [["a", [], undefined]])
  })

  it("are one at least, however long it is", () => {
    assert.deepStrictEqual(shape([fileOf("a", 2, "x".repeat(10_000))], { lengthMax: 100 }), [["a", [1], 1]])
  })
})
