/**
 * What changed between two texts, by line. The comparison is that of merges (`merge/lineDiff.ts`): it can pause, and is
 * charged for its steps, which libraries cannot.
 */
import { elementAt } from "../../base/expected.ts"
import type { Counted } from "../../base/Slices.ts"
import { diffLines, Marks } from "../../merge/lineDiff.ts"
import { numberLines } from "../../merge/NumberedText.ts"
import { type TextHunk, writingHunks } from "./HunkWriter.ts"

/** What changed between two texts. */
export interface TextDiff {
  /** Lines of the later text that are not among those that both have, and the other way round. */
  readonly added: number
  readonly removed: number
  readonly hunks: ReadonlyArray<TextHunk>
}

/**
 * Compares two texts in UTF-8, whose lines end with LF. Undefined if they have too many lines or are too different to
 * be compared within bounds (`textLinesMax`, `lineEditsMax`, `hunksMax`).
 */
export const comparingTexts = function* (before: Uint8Array, after: Uint8Array): Counted<TextDiff | undefined> {
  const numbered = yield* numberLines([before, after])
  if (numbered === "too_large") return undefined
  const [old, now] = [elementAt(numbered, 0), elementAt(numbered, 1)]
  const changes = yield* diffLines(old.lines, now.lines, new Marks(old.lines.length + now.lines.length))
  if (changes === undefined) return undefined
  let [added, removed] = [0, 0]
  for (const { end, from, start, to } of changes) {
    added += end - start
    removed += to - from
  }
  return { added, removed, hunks: yield* writingHunks(old, now, changes) }
}
