/**
 * The content of a block as it grows. Small pieces are copied into shared buffers: thousands of small ones that live
 * until the block is full would burden the garbage collector.
 */

/** A piece that is larger stays as it is. */
const copiedBytesMax = 8 * 1024
const bufferBytes = 32 * 1024

export class BlockContent {
  readonly #parts: Array<Uint8Array> = []
  #buffer = new Uint8Array(0)
  /** Where the bytes of the buffer begin that are in no part yet, and where they end. */
  #start = 0
  #end = 0
  #length = 0

  /** Count of the bytes so far. */
  get length(): number {
    return this.#length
  }

  add(piece: Uint8Array): void {
    this.#length += piece.byteLength
    if (piece.byteLength > copiedBytesMax) {
      this.#endPart()
      this.#parts.push(piece)
      return
    }
    if (this.#end + piece.byteLength > this.#buffer.byteLength) {
      this.#endPart()
      this.#buffer = new Uint8Array(bufferBytes)
      this.#start = 0
      this.#end = 0
    }
    this.#buffer.set(piece, this.#end)
    this.#end += piece.byteLength
  }

  /** Ends the content, and returns it in parts. */
  end(): ReadonlyArray<Uint8Array> {
    this.#endPart()
    return this.#parts
  }

  #endPart(): void {
    if (this.#end > this.#start) this.#parts.push(this.#buffer.subarray(this.#start, this.#end))
    this.#start = this.#end
  }
}
