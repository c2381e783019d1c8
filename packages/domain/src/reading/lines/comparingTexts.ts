/**
 * What changed between two texts, by line. The comparison is that of merges (`merge/lineDiff.ts`): it can pause, and is
 * charged for its steps, which libraries cannot.
 */
import { elementAt } from "../../base/expected.ts"
import type { Counted } from "../../base/Slices.ts"
import { diffLines, type Hunk, Marks } from "../../merge/lineDiff.ts"
import { numberLines, type NumberedText } from "../../merge/NumberedText.ts"
import { type TextHunk, writingHunks } from "./HunkWriter.ts"

/** How many lines changed between two texts. */
export interface ChangedLines {
  /** Lines of the later text that are not among those that both have, and the other way round. */
  readonly added: number
  readonly removed: number
}

/** What changed between two texts. */
export interface TextDiff extends ChangedLines {
  readonly hunks: ReadonlyArray<TextHunk>
}

interface Compared {
  readonly old: NumberedText
  readonly now: NumberedText
  readonly changes: ReadonlyArray<Hunk>
}

const comparing = function* (before: Uint8Array, after: Uint8Array): Counted<Compared | undefined> {
  const numbered = yield* numberLines([before, after])
  if (numbered === "too_large") return undefined
  const [old, now] = [elementAt(numbered, 0), elementAt(numbered, 1)]
  const changes = yield* diffLines(old.lines, now.lines, new Marks(old.lines.length + now.lines.length))
  return changes === undefined ? undefined : { old, now, changes }
}

const countOf = (changes: ReadonlyArray<Hunk>): ChangedLines => {
  let [added, removed] = [0, 0]
  for (const { end, from, start, to } of changes) {
    added += end - start
    removed += to - from
  }
  return { added, removed }
}

/** Counts the lines that `comparingTexts` finds. */
export const countingChangedLines = function* (
  before: Uint8Array,
  after: Uint8Array
): Counted<ChangedLines | undefined> {
  const compared = yield* comparing(before, after)
  return compared && countOf(compared.changes)
}

/**
 * Compares two texts in UTF-8, whose lines end with LF. Undefined if they have too many lines or are too different to
 * be compared within bounds (`textLinesMax`, `lineEditsMax`, `hunksMax`).
 */
export const comparingTexts = function* (before: Uint8Array, after: Uint8Array): Counted<TextDiff | undefined> {
  const compared = yield* comparing(before, after)
  if (compared === undefined) return undefined
  const { changes, now, old } = compared
  return { ...countOf(changes), hunks: yield* writingHunks(old, now, changes) }
}
