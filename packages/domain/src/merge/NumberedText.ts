/**
 * Texts whose lines are numbered alike, so that they are compared as numbers. Only UTF-8 without NUL is text. Lines
 * keep their terminators. All of it is typed arrays: hundreds of thousands of strings in a map would stop the hub.
 */
import { isSame } from "../base/Bytes.ts"
import { elementAt } from "../base/expected.ts"
import { byteAt, wordAt } from "./numberAt.ts"
import { type Counted, sliceSteps } from "../base/Slices.ts"
import type { Lines } from "./lineDiff.ts"

/** Bytes of one version of a file that is merged by lines. Three versions and their lines are in memory at once. */
export const textBytesMax = 8 * 1024 * 1024
/** Lines in one version. */
export const textLinesMax = 500_000

export interface NumberedText {
  readonly bytes: Uint8Array
  /** Where each line starts; the last element is the end of the text. */
  readonly starts: Uint32Array
  readonly lines: Lines
}

const lineFeed = 0x0a

/** A byte costs less than a step here. */
const bytesPerStep = 8

/** Bytes that are decoded in one go. */
const decodedAtOnce = 1024 * 1024

const isText = function* (bytes: Uint8Array): Counted<boolean> {
  if (bytes.includes(0)) return false
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
  try {
    for (let from = 0; from < bytes.byteLength; from += decodedAtOnce) {
      const part = bytes.subarray(from, from + decodedAtOnce)
      decoder.decode(part, { stream: true })
      yield part.byteLength / bytesPerStep
    }
    decoder.decode()
    return true
  } catch (cause) {
    if (cause instanceof TypeError) return false
    throw cause
  }
}

/** Returns where the lines of a text start, and its end; undefined when it has too many lines. */
const startsOf = function* (bytes: Uint8Array): Counted<Uint32Array | undefined> {
  const starts: Array<number> = []
  for (let from = 0; from < bytes.byteLength;) {
    if (starts.push(from) > textLinesMax) return undefined
    const end = bytes.indexOf(lineFeed, from)
    from = end < 0 ? bytes.byteLength : end + 1
    if (starts.length % sliceSteps === 0) yield sliceSteps
  }
  const all = new Uint32Array(starts.length + 1)
  all.set(starts)
  all[starts.length] = bytes.byteLength
  return all
}

/** Bytes that are hashed in one go. */
const hashedAtOnce = sliceSteps * bytesPerStep

const seed = 0x811c9dc5

/** Continues a hash (FNV-1a). Lines that are made to collide cost their author's merge its steps. */
const hashOf = (bytes: Uint8Array, from: number, to: number, before: number): number => {
  let hash = before
  for (let at = from; at < to; at++) hash = Math.imul(hash ^ byteAt(bytes, at), 0x01000193)
  return hash
}

/** Numbers lines in the order in which they first occur, by a hash table with open addressing. */
class LineNumbers {
  /** The number of a line and one; zero in a free slot. */
  readonly #slots: Uint32Array
  readonly #hashes: Uint32Array
  readonly #places: Array<Pick<NumberedText, "bytes" | "starts">> = []
  /** Of each number: the text that the line is in, and its place there. */
  readonly #text: Uint8Array
  readonly #line: Uint32Array
  #size = 0
  #steps = 0

  constructor(linesMax: number) {
    this.#slots = new Uint32Array(2 ** Math.ceil(Math.log2(2 * linesMax + 2)))
    this.#hashes = new Uint32Array(linesMax)
    this.#text = new Uint8Array(linesMax)
    this.#line = new Uint32Array(linesMax)
  }

  /** Returns the numbers of a text's lines. */
  *numbersOf(bytes: Uint8Array, starts: Uint32Array): Counted<Lines> {
    this.#places.push({ bytes, starts })
    const lines = new Uint32Array(starts.length - 1)
    for (let line = 0; line < lines.length; line++) {
      const to = wordAt(starts, line + 1)
      let hash = seed
      for (let from = wordAt(starts, line); from < to; from += hashedAtOnce) {
        const end = Math.min(to, from + hashedAtOnce)
        hash = hashOf(bytes, from, end, hash)
        this.#steps += 1 + (end - from) / bytesPerStep
        if (this.#steps < sliceSteps) continue
        yield this.#steps
        this.#steps = 0
      }
      lines[line] = this.#numberOf((hash ^ (hash >>> 15)) >>> 0, line)
    }
    return lines
  }

  #numberOf(hash: number, line: number): number {
    const mask = this.#slots.length - 1
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      this.#steps++
      const number = wordAt(this.#slots, slot) - 1
      if (number < 0) {
        this.#slots[slot] = this.#size + 1
        this.#hashes[this.#size] = hash
        this.#text[this.#size] = this.#places.length - 1
        this.#line[this.#size] = line
        return this.#size++
      }
      if (this.#hashes[number] === hash && this.#isLine(number, line)) return number
    }
  }

  #isLine(number: number, line: number): boolean {
    const known = this.#contentOf(byteAt(this.#text, number), wordAt(this.#line, number))
    const content = this.#contentOf(this.#places.length - 1, line)
    this.#steps += content.byteLength / bytesPerStep
    return isSame(known, content)
  }

  #contentOf(text: number, line: number): Uint8Array {
    const { bytes, starts } = elementAt(this.#places, text)
    return bytes.subarray(wordAt(starts, line), wordAt(starts, line + 1))
  }
}

/** Numbers the lines of texts, whatever their bytes, or returns that they have too many. */
export const numberLines = function* (
  texts: ReadonlyArray<Uint8Array>
): Counted<ReadonlyArray<NumberedText> | "too_large"> {
  const split: Array<Pick<NumberedText, "bytes" | "starts">> = []
  for (const bytes of texts) {
    const starts = yield* startsOf(bytes)
    if (starts === undefined) return "too_large"
    split.push({ bytes, starts })
  }
  const numbers = new LineNumbers(split.reduce((sum, { starts }) => sum + starts.length, 0))
  const numbered: Array<NumberedText> = []
  for (const { bytes, starts } of split) {
    numbered.push({ bytes, starts, lines: yield* numbers.numbersOf(bytes, starts) })
  }
  return numbered
}

/** Numbers the lines of texts, or returns why they cannot be merged by lines. */
export const numberTexts = function* (
  texts: ReadonlyArray<Uint8Array>
): Counted<ReadonlyArray<NumberedText> | "not_text" | "too_large"> {
  if (texts.some((bytes) => bytes.byteLength > textBytesMax)) return "too_large"
  for (const bytes of texts) if (!(yield* isText(bytes))) return "not_text"
  return yield* numberLines(texts)
}
