/**
 * Joins lines of several texts. A line that used to be the last of its file and no longer is gets the terminator of the
 * line before it, so that two lines do not become one.
 */
import { utf8 } from "../base/Bytes.ts"
import { wordAt } from "./numberAt.ts"
import { type Counted, sliceSteps } from "../base/Slices.ts"
import type { NumberedText } from "./NumberedText.ts"

/** Lines `[from, to)` of a text. */
export interface Span {
  readonly text: Pick<NumberedText, "bytes" | "starts">
  readonly from: number
  readonly to: number
}

interface Piece {
  readonly bytes: Uint8Array
  readonly from: number
  to: number
}

const lineFeed = 0x0a
const carriageReturn = 0x0d
const shortEnd = utf8("\n")
const longEnd = utf8("\r\n")

const endOf = (bytes: Uint8Array, to: number): Uint8Array =>
  bytes[to - 1] === lineFeed && bytes[to - 2] === carriageReturn ? longEnd : shortEnd

export class LineWriter {
  readonly #pieces: Array<Piece> = []
  #length = 0

  add({ from, text, to }: Span): void {
    if (from >= to) return
    const start = wordAt(text.starts, from)
    const end = wordAt(text.starts, to)
    const last = this.#pieces.at(-1)
    if (last?.bytes === text.bytes && last.to === start) {
      last.to = end
      this.#length += end - start
    } else {
      this.#terminate()
      this.#push(text.bytes, start, end)
    }
  }

  /** Adds one terminated line. */
  addLine(line: string): void {
    this.#terminate()
    const bytes = utf8(line)
    this.#push(bytes, 0, bytes.byteLength)
  }

  /** Returns the text of all lines. */
  *written(): Counted<Uint8Array> {
    const bytes = new Uint8Array(this.#length)
    let at = 0
    for (const [place, piece] of this.#pieces.entries()) {
      bytes.set(piece.bytes.subarray(piece.from, piece.to), at)
      at += piece.to - piece.from
      // Finding and copying a piece costs about as much as ten steps.
      if (place % (sliceSteps / 10) === 0) yield sliceSteps
    }
    return bytes
  }

  #push(bytes: Uint8Array, from: number, to: number): void {
    this.#pieces.push({ bytes, from, to })
    this.#length += to - from
  }

  /** Ends the last line, if it has no terminator. */
  #terminate(): void {
    const last = this.#pieces.at(-1)
    if (last === undefined || last.bytes[last.to - 1] === lineFeed) return
    const lineBefore = last.bytes.lastIndexOf(lineFeed, last.to - 1) + 1
    const before = this.#pieces.at(-2)
    const end =
      lineBefore > last.from
        ? endOf(last.bytes, lineBefore)
        : before === undefined
          ? shortEnd
          : endOf(before.bytes, before.to)
    this.#push(end, 0, end.byteLength)
  }
}
