/** Writes ASCII into one buffer, and hands it on whenever it is full: no text is made of each part. */

const bufferBytes = 64 * 1024

/** The two digits of each byte in hex, one byte after another. */
const hexDigits = Uint8Array.from({ length: 512 }, (_, at) =>
  (at >>> 1)
    .toString(16)
    .padStart(2, "0")
    .charCodeAt(at & 1)
)
const zero = 0x30
/** The digits of the greatest safe integer. */
const digitsMax = 16

export class AsciiWriter {
  readonly #onFull: (bytes: Uint8Array) => void
  readonly #buffer = new Uint8Array(bufferBytes)
  #at = 0

  /** `onFull` must be done with the bytes when it returns. */
  constructor(onFull: (bytes: Uint8Array) => void) {
    this.#onFull = onFull
  }

  /** Writes bytes of a view in hex. */
  hex(view: DataView, start: number, end: number): void {
    this.#makeRoom(2 * (end - start))
    const buffer = this.#buffer
    let to = this.#at
    for (let at = start; at < end; at += 1) {
      const digit = 2 * view.getUint8(at)
      buffer[to] = hexDigits[digit] as number
      buffer[to + 1] = hexDigits[digit + 1] as number
      to += 2
    }
    this.#at = to
  }

  /** Writes an integer from 0 on. */
  decimal(value: number): void {
    this.#makeRoom(digitsMax)
    let end = this.#at + 1
    for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) end += 1
    this.#at = end
    for (let [rest, at] = [value, end - 1]; ; rest = Math.floor(rest / 10), at -= 1) {
      this.#buffer[at] = zero + (rest % 10)
      if (rest < 10) return
    }
  }

  byte(code: number): void {
    this.#makeRoom(1)
    this.#buffer[this.#at++] = code
  }

  bytes(bytes: Uint8Array): void {
    this.#makeRoom(bytes.byteLength)
    if (bytes.byteLength > bufferBytes) return this.#onFull(bytes)
    this.#buffer.set(bytes, this.#at)
    this.#at += bytes.byteLength
  }

  /** Hands on what is in the buffer. */
  flush(): void {
    if (this.#at > 0) this.#onFull(this.#buffer.subarray(0, this.#at))
    this.#at = 0
  }

  #makeRoom(bytes: number): void {
    if (this.#at + bytes > bufferBytes) this.flush()
  }
}
