/** Reads numbers of a Standard MIDI File; a file that ends too early throws `MidiMalformed`. */
import { MidiMalformed } from "./Midi.ts"

export class MidiReader {
  readonly #bytes: Uint8Array
  /** Where it reads next, and where what it reads ends. */
  at: number
  readonly end: number

  constructor(bytes: Uint8Array, at = 0, end = bytes.byteLength) {
    this.#bytes = bytes
    this.at = at
    this.end = end
  }

  get left(): number {
    return this.end - this.at
  }

  byte(): number {
    const byte = this.at < this.end ? this.#bytes[this.at] : undefined
    if (byte === undefined) throw new MidiMalformed(this.at, "breaks off within a chunk")
    this.at++
    return byte
  }

  /** Reads a byte below 128. */
  data(): number {
    const byte = this.byte()
    if (byte > 127) throw new MidiMalformed(this.at - 1, `has ${byte} where a number below 128 is due`)
    return byte
  }

  /** Reads a number of several bytes, the highest first. */
  number(bytes: number): number {
    let number = 0
    for (let read = 0; read < bytes; read++) number = number * 256 + this.byte()
    return number
  }

  /** Reads a number of up to four bytes, of which each but the last has its highest bit set. */
  variable(): number {
    const from = this.at
    let number = 0
    for (let read = 0; read < 4; read++) {
      const byte = this.byte()
      number = number * 128 + (byte & 127)
      if (byte < 128) return number
    }
    throw new MidiMalformed(from, "has a number of more than four bytes")
  }

  /** Returns a part of the file and goes on after it. */
  take(bytes: number): Uint8Array {
    if (bytes > this.left) {
      throw new MidiMalformed(this.at, `announces ${bytes} bytes, and ${this.left} are left of what has them`)
    }
    this.at += bytes
    return this.#bytes.subarray(this.at - bytes, this.at)
  }

  /** Returns a reader of the next bytes and goes on after them. */
  part(bytes: number): MidiReader {
    const from = this.at
    this.take(bytes)
    return new MidiReader(this.#bytes, from, this.at)
  }
}
