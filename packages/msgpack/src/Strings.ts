/**
 * Decodes UTF-8 strictly: an invalid byte is an error, never U+FFFD, because ids are hashed from text. A push repeats
 * the same paths and ids in every snapshot, so known strings are found by their bytes and reused: no second decoding,
 * no second copy in memory, and `Map` finds their hash already computed.
 */
import { malformed } from "./Value.ts"

/** The longest string that is remembered, in bytes. Covers ids (64) and nearly all paths. */
const rememberedBytesMax = 128
/** Few at first: most messages are small, and what is set aside for them takes longer than reading them. */
const slotsMin = 64
/** The most slots: at 128 bytes each, the memory of one reader stays under 5 MiB. */
const slotsMax = 32_768
/** The most slots from its home slot where an entry may be. */
const probesMax = 4
/** The number of places for hashes of strings seen once, at first and at most. */
const metSlotsMin = 256
const metSlotsMax = 8_192
/** The number of lookups after which the hit rate is judged. */
const trialLookups = 8_192
/** The number of strings that are not remembered after a low hit rate. */
const pauseLookups = 65_536

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** Decodes UTF-8; throws `MsgpackRefused` with the given offset if it is invalid. */
export const strictUtf8 = (bytes: Uint8Array, offset: number): string => {
  try {
    return strict.decode(bytes)
  } catch {
    throw malformed(offset, "a string is not valid UTF-8")
  }
}

/**
 * Reads strings and remembers short ones. Each reader has its own, so that one client cannot learn from timing what
 * another sent.
 */
export class Strings {
  #slots = 0
  #count = 0
  #hashes = new Int32Array(0)
  #lengths = new Uint8Array(0)
  #strings: Array<string> = []
  #arena = new DataView(new ArrayBuffer(0))
  /** Hashes of strings seen once. A string is remembered the second time, so that unique ones cost little. */
  #met = new Int32Array(metSlotsMin)
  #metCount = 0
  #lookups = 0
  #hits = 0
  #pause = 0

  /** Reads the string of `length` bytes at `start`. `base` is the offset of the first byte of `text`, for errors. */
  read(text: Buffer, view: DataView, start: number, length: number, base: number): string {
    if (length < 4) return length === 0 ? "" : decode(text, start, length, base)
    if (length > rememberedBytesMax) return decode(text, start, length, base)
    if (this.#pause > 0) {
      this.#pause -= 1
      return decode(text, start, length, base)
    }
    this.#lookups += 1
    const hash = hashOf(view, start, length)
    const mask = this.#slots - 1
    const hashes = this.#hashes
    if (this.#slots > 0) {
      for (let probe = 0; probe < probesMax; probe++) {
        const slot = (hash + probe) & mask
        if (this.#lengths[slot] === 0) break
        if (hashes[slot] === hash && this.#lengths[slot] === length && this.#same(slot, view, start, length)) {
          this.#hits += 1
          return this.#strings[slot] as string
        }
      }
    }
    const string = decode(text, start, length, base)
    if (this.#isMet(hash)) this.#remember(hash, string, view, start, length)
    if (this.#lookups >= trialLookups) this.#judge()
    return string
  }

  /** Says whether a string of this hash was seen before, and notes that one was. */
  #isMet(hash: number): boolean {
    const slot = (hash >>> 8) & (this.#met.length - 1)
    if (this.#met[slot] === hash) return true
    this.#met[slot] = hash
    this.#metCount += 1
    if (this.#metCount * 2 > this.#met.length && this.#met.length < metSlotsMax) this.#growMet()
    return false
  }

  #growMet(): void {
    const before = this.#met
    this.#met = new Int32Array(metSlotsMax)
    for (const hash of before) if (hash !== 0) this.#met[(hash >>> 8) & (metSlotsMax - 1)] = hash
  }

  #same(slot: number, view: DataView, start: number, length: number): boolean {
    const arena = this.#arena
    const from = slot * rememberedBytesMax
    const last = length - 4
    for (let at = 0; at < last; at += 4) {
      if (arena.getInt32(from + at, true) !== view.getInt32(start + at, true)) return false
    }
    return arena.getInt32(from + last, true) === view.getInt32(start + last, true)
  }

  /** Stops remembering for a while if the hit rate is low. */
  #judge(): void {
    if (this.#hits * 4 < this.#lookups) this.#pause = pauseLookups
    this.#lookups = 0
    this.#hits = 0
  }

  #remember(hash: number, string: string, view: DataView, start: number, length: number): void {
    if (this.#count * 2 >= this.#slots && this.#slots < slotsMax) this.#grow()
    const mask = this.#slots - 1
    let slot = hash & mask
    for (let probe = 0; probe < probesMax; probe++) {
      const candidate = (hash + probe) & mask
      if (this.#lengths[candidate] === 0) {
        slot = candidate
        this.#count += 1
        break
      }
    }
    this.#hashes[slot] = hash
    this.#lengths[slot] = length
    this.#strings[slot] = string
    const from = slot * rememberedBytesMax
    const last = length - 4
    for (let at = 0; at < last; at += 4) this.#arena.setInt32(from + at, view.getInt32(start + at, true), true)
    this.#arena.setInt32(from + last, view.getInt32(start + last, true), true)
  }

  #grow(): void {
    const before = { slots: this.#slots, hashes: this.#hashes, lengths: this.#lengths, strings: this.#strings }
    const arenaBefore = new Uint8Array(this.#arena.buffer)
    this.#slots = before.slots === 0 ? slotsMin : before.slots * 4
    this.#slots = Math.min(this.#slots, slotsMax)
    this.#hashes = new Int32Array(this.#slots)
    this.#lengths = new Uint8Array(this.#slots)
    // oxlint-disable-next-line unicorn/no-new-array -- Array.from takes ten times as long
    this.#strings = new Array<string>(this.#slots).fill("")
    const arena = new Uint8Array(this.#slots * rememberedBytesMax)
    this.#arena = new DataView(arena.buffer)
    this.#count = 0
    const mask = this.#slots - 1
    for (let old = 0; old < before.slots; old++) {
      const length = before.lengths[old] ?? 0
      if (length === 0) continue
      const hash = before.hashes[old] ?? 0
      for (let probe = 0; probe < probesMax; probe++) {
        const slot = (hash + probe) & mask
        if (this.#lengths[slot] !== 0) continue
        this.#hashes[slot] = hash
        this.#lengths[slot] = length
        this.#strings[slot] = before.strings[old] ?? ""
        arena.set(
          arenaBefore.subarray(old * rememberedBytesMax, old * rememberedBytesMax + length),
          slot * rememberedBytesMax
        )
        this.#count += 1
        break
      }
    }
  }
}

/**
 * Hashes four words of the string. That is enough: equal hashes are followed by a comparison of all bytes, and
 * collisions only cost time.
 */
const hashOf = (view: DataView, start: number, length: number): number => {
  const end = start + length
  let hash = Math.imul(view.getInt32(start, true) ^ length, 0x9e3779b1)
  hash = Math.imul((hash ^ (hash >>> 15)) + view.getInt32(end - 4, true), 0x85ebca6b)
  if (length >= 12) {
    hash = Math.imul((hash ^ (hash >>> 13)) + view.getInt32(end - 8, true), 0xc2b2ae35)
    hash = Math.imul((hash ^ (hash >>> 16)) + view.getInt32(start + (length >> 1) - 2, true), 0x27d4eb2f)
  }
  return hash ^ (hash >>> 15)
}

const decode = (text: Buffer, start: number, length: number, base: number): string => {
  const string = text.toString("utf8", start, start + length)
  // The lenient decoder is twice as fast. It turns invalid bytes into U+FFFD, which may also be genuine.
  return string.includes("\uFFFD") ? strictUtf8(text.subarray(start, start + length), base + start) : string
}
