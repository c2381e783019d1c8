/**
 * Which lines of a text an earlier one has. The diff is that of merges, with its bounds, and slides ambiguous changes
 * as `git` does; no package of the lockfile compares lines in slices.
 */
import { elementAt } from "../../../base/expected.ts"
import { type Counted, sliceSteps } from "../../../base/Slices.ts"
import { diffLines, type Hunk, Marks } from "../../../merge/lineDiff.ts"
import { numberTexts } from "../../../merge/NumberedText.ts"

/** Counts the lines of a text; undefined if it is none. */
export const countingLines = function* (text: Uint8Array): Counted<number | undefined> {
  const numbered = yield* numberTexts([text])
  return typeof numbered === "string" ? undefined : elementAt(numbered, 0).lines.length
}

/** Returns for each of `count` lines the one before the changes that it is, or -1. */
export const passingUnchanged = function* (hunks: ReadonlyArray<Hunk>, count: number): Counted<Int32Array> {
  const passed = new Int32Array(count).fill(-1)
  let [inBase, inSide] = [0, 0]
  const keepTo = (end: number) => {
    while (inSide < end) passed[inSide++] = inBase++
  }
  for (const { end, start, to } of hunks) {
    keepTo(start)
    inBase = to
    inSide = end
    yield 1
  }
  keepTo(count)
  yield Math.min(sliceSteps, count)
  return passed
}

/**
 * Returns for each line of `here` the one of `before` that it is, or -1; undefined if the earlier file is no text or
 * too different. Lines count from 0.
 */
export const passingLines = function* (here: Uint8Array, before: Uint8Array): Counted<Int32Array | undefined> {
  const numbered = yield* numberTexts([before, here])
  if (typeof numbered === "string") return undefined
  const [base, side] = [elementAt(numbered, 0), elementAt(numbered, 1)]
  const hunks = yield* diffLines(base.lines, side.lines, new Marks(base.lines.length + side.lines.length))
  return hunks && (yield* passingUnchanged(hunks, side.lines.length))
}
