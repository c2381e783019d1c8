/** Writes the changes of a text as hunks: changed lines with those around them, in the unified form of `diff -u`. */
import { utf8Text } from "../../base/Bytes.ts"
import { elementAt } from "../../base/expected.ts"
import type { Counted } from "../../base/Slices.ts"
import type { Hunk } from "../../merge/lineDiff.ts"
import type { NumberedText } from "../../merge/NumberedText.ts"
import { wordAt } from "../../merge/numberAt.ts"

/** Changed lines and up to `contextLines` unchanged ones around them. */
export interface TextHunk {
  /** The first of its lines in the earlier text, counted from 1; of none, the line before them. */
  readonly oldStart: number
  readonly oldLines: number
  /** The same in the later text. */
  readonly newStart: number
  readonly newLines: number
  /**
   * The lines, each after a sign and with LF: a space where both texts have it, `-` where the earlier one has it, `+`
   * where the later one has. After a line that has no LF in its text follows `withoutEnd`. One text, since a list of a
   * hundred thousand lines would stop who encodes it.
   */
  readonly text: string
}

/** Unchanged lines before and after a change, as in `git diff`. */
export const contextLines = 3

/** Stands after the last line of a text that does not end it. */
export const withoutEnd = "\n\\ No newline at end of file\n"

const lineFeed = 0x0a

/** A line costs some twenty steps beside its bytes. */
const lineSteps = 20
const bytesPerStep = 8

/** Changes that are so near to each other that their hunks would touch. */
const groupsOf = (changes: ReadonlyArray<Hunk>): ReadonlyArray<ReadonlyArray<Hunk>> => {
  const groups: Array<Array<Hunk>> = []
  for (const change of changes) {
    const last = groups.at(-1)
    const end = last?.at(-1)?.to
    if (last !== undefined && end !== undefined && change.from - end <= 2 * contextLines) last.push(change)
    else groups.push([change])
  }
  return groups
}

const startOf = (from: number, to: number): number => (from === to ? from : from + 1)

/** Writes the lines `[from, to)` of a text. */
const writing = function* (
  into: Array<string>,
  sign: string,
  { bytes, starts }: NumberedText,
  from: number,
  to: number
): Counted<void> {
  for (let line = from; line < to; line++) {
    const [start, end] = [wordAt(starts, line), wordAt(starts, line + 1)]
    const isEnded = bytes[end - 1] === lineFeed
    into.push(sign, utf8Text(bytes, start, end))
    if (!isEnded) into.push(withoutEnd)
    yield lineSteps + (end - start) / bytesPerStep
  }
}

/** Writes the hunks of the changes from one text to another. */
export const writingHunks = function* (
  before: NumberedText,
  after: NumberedText,
  changes: ReadonlyArray<Hunk>
): Counted<ReadonlyArray<TextHunk>> {
  const hunks: Array<TextHunk> = []
  for (const group of groupsOf(changes)) {
    const [first, last] = [elementAt(group, 0), elementAt(group, group.length - 1)]
    const leading = Math.min(contextLines, first.from)
    const trailing = Math.min(contextLines, before.lines.length - last.to)
    const [from, to] = [first.from - leading, last.to + trailing]
    const [start, end] = [first.start - leading, last.end + trailing]
    const lines: Array<string> = []
    let at = from
    for (const change of group) {
      yield* writing(lines, " ", before, at, change.from)
      yield* writing(lines, "-", before, change.from, change.to)
      yield* writing(lines, "+", after, change.start, change.end)
      at = change.to
    }
    yield* writing(lines, " ", before, at, to)
    hunks.push({
      oldStart: startOf(from, to),
      oldLines: to - from,
      newStart: startOf(start, end),
      newLines: end - start,
      text: lines.join("")
    })
  }
  return hunks
}
