/**
 * Numbers texts, most of which are ids: 64 lower-case hex digits. Such a text takes 32 bytes, and 4 to 16 of a hash
 * table, where a map of texts takes a hundred and more. A text of another form is kept as it is.
 */
import { TextReader, writeHex } from "./Bytes.ts"
import { elementAt, expected } from "./expected.ts"

const idBytes = 32
const digits = /^[0-9a-f]{64}$/
/** Nobody can choose ids that meet in one place of the table. */
const seed = Math.floor(Math.random() * 2 ** 32)

/** The id that is being looked for. */
const wanted = new Uint8Array(idBytes)
const wantedView = new DataView(wanted.buffer)

/** Returns the smallest table that is at most half full with a count of ids. */
const tableFor = (count: number) => new Uint32Array(2 ** Math.ceil(Math.log2(2 * count + 2)))

const hashOf = (view: DataView, at: number): number => {
  let hash = seed
  for (let word = at; word < at + idBytes; word += 4) {
    hash = Math.imul(hash ^ view.getUint32(word), 0x9e3779b1)
    hash ^= hash >>> 15
  }
  return hash >>> 0
}

export class TextNumbers {
  #bytes: Uint8Array
  #view: DataView
  #reader: TextReader
  /** The number of an id, and 1; 0 where a slot is free. */
  #slots: Uint32Array
  #size = 0
  /** Texts that are no ids. */
  readonly #numbers = new Map<string, number>()
  readonly #texts = new Map<number, string>()

  /** Makes room for a count of texts. It grows when there are more. */
  constructor(room = 32) {
    this.#bytes = new Uint8Array(idBytes * room)
    this.#view = new DataView(this.#bytes.buffer)
    this.#reader = new TextReader(this.#bytes)
    this.#slots = tableFor(room)
  }

  /** Count of the texts, which have the numbers before it. */
  get size(): number {
    return this.#size
  }

  /** Returns the number of a text, which is the next one if the text is new. */
  add(text: string): number {
    const slot = this.#slotOf(text)
    const known = slot === undefined ? this.#numbers.get(text) : elementAt(this.#slots, slot) - 1
    if (known !== undefined && known >= 0) return known
    const number = this.#size
    this.#size += 1
    this.#makeRoom()
    if (slot === undefined) {
      this.#numbers.set(text, number)
      this.#texts.set(number, text)
    } else {
      writeHex(text, this.#bytes.subarray(idBytes * number, idBytes * (number + 1)))
      this.#place(number)
    }
    return number
  }

  /** Finds the number of a text; undefined if it was not added. */
  find(text: string): number | undefined {
    const slot = this.#slotOf(text)
    if (slot === undefined) return this.#numbers.get(text)
    const entry = elementAt(this.#slots, slot)
    return entry === 0 ? undefined : entry - 1
  }

  has(text: string): boolean {
    return this.find(text) !== undefined
  }

  /** Returns the text of a number. */
  at(number: number): string {
    if (number < 0 || number >= this.#size) return expected<string>(undefined, `text ${number} of ${this.#size}`)
    return this.#texts.get(number) ?? this.#reader.hex(idBytes * number, idBytes * (number + 1))
  }

  /** Returns the slot in which an id is, or the free one in which it would be; undefined for another text. */
  #slotOf(text: string): number | undefined {
    if (!digits.test(text) || !writeHex(text, wanted)) return undefined
    const mask = this.#slots.length - 1
    for (let slot = hashOf(wantedView, 0) & mask; ; slot = (slot + 1) & mask) {
      const entry = elementAt(this.#slots, slot)
      if (entry === 0 || this.#isWanted(entry - 1)) return slot
    }
  }

  #isWanted(number: number): boolean {
    const start = idBytes * number
    for (let at = 0; at < idBytes; at += 4) {
      if (this.#view.getUint32(start + at) !== wantedView.getUint32(at)) return false
    }
    return true
  }

  /** Notes an id, which is new, in the table. */
  #place(number: number): void {
    const mask = this.#slots.length - 1
    let slot = hashOf(this.#view, idBytes * number) & mask
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask
    this.#slots[slot] = number + 1
  }

  #makeRoom(): void {
    if (idBytes * this.#size <= this.#bytes.byteLength) return
    const bytes = new Uint8Array(idBytes * (2 * this.#size + 32))
    bytes.set(this.#bytes)
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer)
    this.#reader = new TextReader(bytes)
    this.#slots = tableFor(bytes.byteLength / idBytes)
    for (let number = 0; number < this.#size - 1; number += 1) if (!this.#texts.has(number)) this.#place(number)
  }
}
