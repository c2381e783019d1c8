/** Finds the lines of a text that have some other text. */
import { placeOfBytes, utf8Text } from "../../base/Bytes.ts"
import { byteAt } from "../../merge/numberAt.ts"

/** A line with its first place of the text that was sought. */
export interface FoundLine {
  /** Both counted from 1; columns are characters (code points). */
  readonly line: number
  readonly column: number
  /** The line, without its end; of a long one, what is around the place. */
  readonly preview: string
}

const lineFeed = 0x0a
/** Bytes that a preview shows before the place, and after its beginning. */
const before = 80
const after = 240

const isInsideCharacter = (bytes: Uint8Array, at: number): boolean => (byteAt(bytes, at) & 0xc0) === 0x80

/** Returns the line from `start` to before `end`, or the part of it around `at`. */
const previewOf = (bytes: Uint8Array, start: number, end: number, at: number): string => {
  let [from, to] = [Math.max(start, at - before), Math.min(end, at + after)]
  while (from < at && isInsideCharacter(bytes, from)) from++
  while (to > at && to < end && isInsideCharacter(bytes, to)) to--
  return utf8Text(bytes, from, to).replace(/\r$/, "")
}

const columnOf = (bytes: Uint8Array, start: number, at: number): number => {
  let column = 1
  for (let byte = start; byte < at; byte++) if (!isInsideCharacter(bytes, byte)) column++
  return column
}

/** Returns up to `countMax` lines after the line `afterLine` that have the sought bytes, which have no LF. */
export const findLines = (
  text: Uint8Array,
  sought: Uint8Array,
  afterLine: number,
  countMax: number
): ReadonlyArray<FoundLine> => {
  const found: Array<FoundLine> = []
  let [line, start, counted] = [1, 0, 0]
  /** Goes on to the line of a place. */
  const passTo = (at: number) => {
    for (; counted < at; counted++) {
      if (byteAt(text, counted) !== lineFeed) continue
      line++
      start = counted + 1
    }
  }
  for (let at = placeOfBytes(text, sought, 0); at >= 0 && found.length < countMax;) {
    passTo(at)
    const next = text.indexOf(lineFeed, at)
    const end = next < 0 ? text.byteLength : next
    if (line > afterLine) {
      found.push({ line, column: columnOf(text, start, at), preview: previewOf(text, start, end, at) })
    }
    at = placeOfBytes(text, sought, end)
  }
  return found
}
