/**
 * Finds the end of a value before any of it is decoded or allocated. Resumable: when bytes run out it remembers its
 * position. It refuses a value that is too deep, too large, or promises more than can still arrive, at the header that
 * says so. UTF-8, floats and duplicate keys are left to the decoder.
 */
import { countAt, headerBytes, Kind, kindOf, typeOf } from "./Format.ts"
import { malformed, overLimit } from "./Value.ts"

/** The deepest nesting of arrays and maps. A structured delta, the deepest value of the protocol, needs about ten. */
export const depthMax = 128

/**
 * The weight of an array or map against a size limit, in addition to its bytes: an empty map takes one byte on the wire
 * and about two hundred in memory, so a limit on bytes alone would not limit memory.
 */
export const containerWeightBytes = 64

/** The reason why an incomplete value is refused. */
export const cutShort = "the input ends in the middle of a value"

export class Scanner {
  /** The bytes from the value's first byte to the next header; may be more than have arrived. */
  scanned = 0
  readonly #left = new Float64Array(depthMax)
  readonly #isMap = new Uint8Array(depthMax)
  #depth = 0
  /** The number of values that are promised by headers and have not begun; each takes at least a byte. */
  #owed = 1
  #weight = 0
  #budget = 0
  /** The number of values that may still be promised. */
  #valuesLeft = 0
  #inputLeft = 0
  #offset = 0

  /**
   * Starts on the value at `offset` of the input, which may weigh at most `budget` bytes and hold at most `valuesMax`
   * values, keys included; `inputLeft` bytes can still arrive (infinite if unknown).
   */
  begin(offset: number, budget: number, inputLeft: number, valuesMax: number): void {
    this.scanned = 0
    this.#depth = 0
    this.#owed = 1
    this.#weight = 0
    this.#budget = budget
    this.#valuesLeft = valuesMax
    this.#inputLeft = inputLeft
    this.#offset = offset
  }

  /**
   * Continues over `view` up to `end`; the value's first byte is, or was, at index `start` (negative if those bytes are
   * gone). Returns true if the value's size is known, namely `scanned`; its last payload may still have to arrive.
   */
  run(view: DataView, start: number, end: number): boolean {
    const left = this.#left
    const isMap = this.#isMap
    let depth = this.#depth
    let owed = this.#owed
    let at = start + this.scanned
    while (owed > 0) {
      if (at >= end) break
      const first = view.getUint8(at)
      const kind = kindOf[first] as number
      const header = headerBytes[first] as number
      if (depth > 0 && isMap[depth - 1] === 1 && ((left[depth - 1] as number) & 1) === 0 && kind !== Kind.string) {
        throw malformed(this.#offset + at - start, `a map key must be a string, not ${typeOf(first)}`)
      }
      if (kind === Kind.scalar) {
        if (at + header > end) break
        owed -= 1
        at += header
      } else {
        if (kind === Kind.refused) throw malformed(this.#offset + at - start, `${typeOf(first)} has no place here`)
        if (at + header > end) break
        const count = countAt(view, at, first)
        const from = at
        owed -= 1
        at += header
        if (kind === Kind.string || kind === Kind.binary) at += count
        else {
          const values = kind === Kind.map ? count * 2 : count
          owed += values
          this.#valuesLeft -= values
          if (this.#valuesLeft < 0) throw overLimit(this.#offset + from - start, "a value holds too many values")
          this.#weight += containerWeightBytes
          this.#check(from - start, at - start + owed)
          if (values > 0) {
            if (depth === depthMax) {
              throw overLimit(this.#offset + from - start, `arrays and maps are nested deeper than ${depthMax}`)
            }
            left[depth] = values
            isMap[depth] = kind === Kind.map ? 1 : 0
            depth += 1
            continue
          }
        }
        if (at > end) this.#check(from - start, at - start + owed)
      }
      while (depth > 0) {
        const remaining = (left[depth - 1] as number) - 1
        left[depth - 1] = remaining
        if (remaining > 0) break
        depth -= 1
      }
    }
    this.#depth = depth
    this.#owed = owed
    this.scanned = at - start
    const least = this.scanned + owed
    if (least > this.#inputLeft) throw malformed(this.#offset + this.#inputLeft, cutShort)
    this.#check(this.scanned, least)
    return owed === 0
  }

  /** Checks the limits; `least` is the minimum size of the value by its headers so far. */
  #check(at: number, least: number): void {
    if (least > this.#inputLeft) {
      throw malformed(this.#offset + at, `promises at least ${least} bytes where only ${this.#inputLeft} can follow`)
    }
    if (least + this.#weight > this.#budget) {
      throw overLimit(this.#offset + at, `a value is larger than its limit of ${this.#budget} bytes`)
    }
  }
}
