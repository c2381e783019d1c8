/** Counts the lines of what a commit touches, one file after another. */
import { Effect } from "effect"
import { inSlices, withinSteps } from "../../../base/Slices.ts"
import type { PathLines, TouchLines } from "../../../port/index/derived/LineIndex.ts"
import type { Touch } from "../../../port/index/derived/TouchIndex.ts"
import { countingChangedLines } from "../../../reading/lines/comparingTexts.ts"
import { findingTouches } from "../../../reading/touches/findingTouches.ts"
import type { CommitTrees } from "../treesOfCommit.ts"
import type { TextReader } from "./TextReader.ts"

/** Steps of one comparison: as many as a diff takes. */
const stepsMax = 100_000_000

const binary: TouchLines = { binary: true, added: undefined, removed: undefined }
const uncounted: TouchLines = { binary: false, added: undefined, removed: undefined }

const linesOf = Effect.fnUntraced(function* (reader: TextReader, { after, before, renamedFrom }: Touch) {
  const now = yield* reader.textOf(after)
  // A file that was moved has the lines that it had.
  const old = renamedFrom === undefined ? yield* reader.textOf(before) : now
  if (now === "binary" || old === "binary") return binary
  if (now === "too large" || old === "too large") return uncounted
  const { result } = yield* withinSteps(countingChangedLines(old, now), stepsMax)
  return result === undefined ? uncounted : { binary: false, ...result }
})

/** Calls `tell` with the lines of each file that a commit touches, in the order of paths. */
export const linesOfCommit = Effect.fnUntraced(function* <E, R>(
  reader: TextReader,
  { before, tree }: CommitTrees,
  tell: (files: ReadonlyArray<PathLines>) => Effect.Effect<void, E, R>
) {
  const { files } = yield* inSlices(() => findingTouches(tree, before))
  for (const touch of files) {
    yield* tell([{ path: touch.path, ...(yield* linesOf(reader, touch)) }])
    yield* Effect.yieldNow
  }
})
