/**
 * Finds a rule or a key in a TOML text, for errors about values: these parse correctly and so have no position of their
 * own. Looks for the line by its form; parsing up to it rules out a look-alike inside a text value.
 *
 * Own code: `smol-toml` gives positions of syntax errors only, and a second parser that keeps positions of values could
 * read the file differently.
 */
import { utf8 } from "../base/Bytes.ts"
import { elementAt } from "../base/expected.ts"

/** Line and column, counted from one. */
export type Position = readonly [line: number, column: number]

/** Look-alikes that are tried before the error falls back to the first position. Each try parses the file. */
const triesMax = 5

/** Finds a key or a header. No two parts of the expression match the same text, so it reads a line once. */
const keyLine = (key: string): RegExp => new RegExp(`^\\s*(?:\\[+\\s*)?(["']?)${key}\\1\\s*[\\]=]`)
const rulesHeader = /^\s*\[\[\s*(["']?)rules\1\s*\]\]/
const anyHeader = /^\s*\[/

const columnOf = (line: string): number => line.length - line.trimStart().length + 1

const linesOf = (text: string): ReadonlyArray<string> => text.split("\n")

/** Returns the first line that sets or opens `key`, or the start of the text if there is none. */
export const positionOfKey = (text: string, key: string): Position => {
  const lines = linesOf(text)
  const form = keyLine(key)
  const found = lines.findIndex((line) => form.test(line))
  return found < 0 ? [1, 1] : [found + 1, columnOf(elementAt(lines, found))]
}

/** Returns the position of the last rule's header. */
export const endOfRules = (text: string): Position => {
  const lines = linesOf(text)
  const found = lines.findLastIndex((line) => rulesHeader.test(line))
  return found < 0 ? positionOfKey(text, "rules") : [found + 1, columnOf(elementAt(lines, found))]
}

/**
 * Returns the line of `key` in the rule at `index`, else the rule's header. `countRules` returns how many rules a text
 * has, undefined if it is cut off inside a value.
 */
export const positionInRule = (
  text: string,
  index: number,
  key: string,
  countRules: (text: string) => number | undefined
): Position => {
  const lines = linesOf(text)
  const headers = lines.flatMap((line, number) => (rulesHeader.test(line) ? [number] : []))
  const header = headers
    .slice(index, index + triesMax)
    .find((number) => countRules(lines.slice(0, number + 1).join("\n")) === index + 1)
  if (header === undefined) return positionOfKey(text, "rules")
  if (key !== "") {
    const length = lines.slice(header + 1).findIndex((line) => anyHeader.test(line))
    const end = length < 0 ? lines.length : header + 1 + length
    const form = keyLine(key)
    const found = lines.findIndex((line, number) => number > header && number < end && form.test(line))
    if (found >= 0) return [found + 1, columnOf(elementAt(lines, found))]
  }
  return [header + 1, columnOf(elementAt(lines, header))]
}

const lineFeed = 0x0a

/** Returns the position of the first byte that is not UTF-8. The column counts characters, as the parser does. */
export const positionOfUtf8Fault = (bytes: Uint8Array): Position => {
  const lenient = new TextDecoder("utf-8", { ignoreBOM: true })
  let line = 1
  for (let from = 0; from <= bytes.byteLength; line++) {
    const next = bytes.indexOf(lineFeed, from)
    const end = next < 0 ? bytes.byteLength : next
    const text = lenient.decode(bytes.subarray(from, end))
    // A replacement character in the file itself encodes to the same bytes again; one that marks a fault does not.
    const encoded = utf8(text)
    const original = bytes.subarray(from, end)
    const fault = encoded.findIndex((byte, at) => byte !== original[at])
    if (fault >= 0) return [line, lenient.decode(encoded.subarray(0, fault)).length + 1]
    from = end + 1
  }
  return [line, 1]
}
