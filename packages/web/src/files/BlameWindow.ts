/** Divides a file with its blame into windows: as many lines as a page shows, whatever their lengths and commits. */
import { elementAt } from "@musehub/domain/base/expected"
import type { BlameRange } from "@musehub/domain/usecase/browse/blame/blame"
import { lineLengthMax } from "../content/Code.ts"
import type { Line } from "../content/highlight.ts"

/** Lines of a window, and about how many characters of a page they may take with their commits. */
const linesMax = 500
const lengthMax = 100_000
/** About how many characters a line, a word of one colour and what is said of a commit take beside their text. */
const [lineLength, tokenLength, rangeLength] = [100, 36, 480]

/** Lines that follow each other and are of one commit, or of none that is known. */
export interface BlamedLines {
  readonly range: BlameRange | undefined
  /** The number of the first line. */
  readonly first: number
  readonly lines: ReadonlyArray<Line>
}

export interface BlameWindow {
  readonly parts: ReadonlyArray<BlamedLines>
  /** The number of the line after the last one that is shown. */
  readonly end: number
}

const lengthOf = (line: Line): number => {
  const { length, tokens } = line.reduce(
    (sum, { text }) => ({ length: sum.length + text.length, tokens: sum.tokens + 1 }),
    { length: 0, tokens: 0 }
  )
  return lineLength + tokens * tokenLength + Math.min(length, lineLengthMax)
}

/**
 * Returns the window of `lines`, which begin with number `first`, up to its bounds: one line at least. `ranges` are in
 * the order of their lines.
 */
export const blameWindow = (
  lines: ReadonlyArray<Line>,
  first: number,
  ranges: ReadonlyArray<BlameRange>
): BlameWindow => {
  const parts: Array<{ readonly range: BlameRange | undefined; readonly first: number; readonly lines: Array<Line> }> =
    []
  let place = ranges.findIndex(({ to }) => to >= first)
  let length = 0
  for (const [offset, line] of lines.slice(0, linesMax).entries()) {
    const number = first + offset
    while (place >= 0 && place < ranges.length && elementAt(ranges, place).to < number) place++
    const next = place < 0 ? undefined : ranges[place]
    const range = next !== undefined && next.from <= number ? next : undefined
    const part = parts.at(-1)
    const isSame = part !== undefined && part.range === range
    length += lengthOf(line) + (isSame ? 0 : rangeLength)
    if (length > lengthMax && offset > 0) return { parts, end: number }
    if (isSame) part.lines.push(line)
    else parts.push({ range, first: number, lines: [line] })
  }
  return { parts, end: first + Math.min(lines.length, linesMax) }
}
