/** The bytes that are copied between two pauses: a millisecond or two, where the memory is new. */
const copiedBytes = 1024 * 1024

/**
 * The part of the input that has arrived and has not been read. A chunk is read in place; a value that spans chunks is
 * joined in one reused buffer. So bytes that leave the window are copies, unless they are part of an input chunk.
 */
export class Window {
  bytes: Uint8Array = new Uint8Array(0)
  view: DataView = new DataView(new ArrayBuffer(0))
  /** The same bytes, for decoding text. */
  text: Buffer = Buffer.alloc(0)
  /** The index of the next unread byte. */
  at = 0
  /** The index after the last byte that has arrived. */
  end = 0
  /** The offset in the input of index 0. The bytes before `at` may be gone. */
  base = 0
  #joint: Uint8Array = new Uint8Array(0)

  get offset(): number {
    return this.base + this.at
  }

  get available(): number {
    return this.end - this.at
  }

  /**
   * Adds the next bytes, and pauses where that copies many. `wanted` is the number of unread bytes that the reader
   * waits for.
   */
  *adding(chunk: Uint8Array, wanted: number): Generator<void, void, void> {
    const available = this.available
    this.base += this.at
    if (available === 0) {
      this.place(chunk, chunk.byteLength)
      return
    }
    const needed = available + chunk.byteLength
    const joint = this.#joint
    if (needed <= joint.byteLength) {
      if (this.bytes === joint) joint.copyWithin(0, this.at, this.end)
      else joint.set(this.bytes.subarray(this.at, this.end))
      joint.set(chunk, available)
      this.place(joint, needed)
      return
    }
    // Doubling keeps copying linear. `wanted` is trusted only in proportion to what has arrived.
    const grown = Buffer.allocUnsafeSlow(Math.max(needed * 2, Math.min(wanted + chunk.byteLength, needed * 4)))
    for (let from = this.at; from < this.end; from += copiedBytes) {
      if (from > this.at) yield
      grown.set(this.bytes.subarray(from, Math.min(this.end, from + copiedBytes)), from - this.at)
    }
    grown.set(chunk, available)
    this.#joint = grown
    this.place(grown, needed)
  }

  /** Reads bytes, without a copy if nothing will overwrite them. */
  take(count: number): Uint8Array {
    const start = this.at
    this.at += count
    const bytes = this.bytes.subarray(start, this.at)
    return this.bytes === this.#joint ? new Uint8Array(bytes) : bytes
  }

  /** Reads bytes as a copy. */
  copy(count: number): Uint8Array {
    const start = this.at
    this.at += count
    return new Uint8Array(this.bytes.subarray(start, this.at))
  }

  /** Starts with other bytes, of which those before `end` have arrived. */
  place(bytes: Uint8Array, end: number): void {
    this.at = 0
    this.end = end
    if (this.bytes === bytes) return
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }
}
