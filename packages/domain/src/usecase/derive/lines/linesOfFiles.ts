/** Counts the lines of the files that a commit touches, one after another. */
import { Effect } from "effect"
import { withinSteps } from "../../../base/Slices.ts"
import type { PathLines, TouchLines } from "../../../port/index/derived/LineIndex.ts"
import type { Touch } from "../../../port/index/derived/TouchIndex.ts"
import { countingChangedLines } from "../../../reading/lines/comparingTexts.ts"
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

/** Calls `tell` with the lines of each file, in their order. */
export const linesOfFiles = Effect.fnUntraced(function* <E, R>(
  reader: TextReader,
  files: ReadonlyArray<Touch>,
  tell: (lines: ReadonlyArray<PathLines>) => Effect.Effect<void, E, R>
) {
  for (const touch of files) {
    yield* tell([{ path: touch.path, ...(yield* linesOf(reader, touch)) }])
    yield* Effect.yieldNow
  }
})
