/**
 * Translates the JSON of a caller to msgpack, byte by byte and in slices. No value is made of it before the reader of
 * msgpack asks for one within its limits: `JSON.parse` takes any depth and any number of values at once, and has no
 * integers of 64 bits.
 *
 * Own code: parsers of JSON in pieces (`@streamparser/json`, `jsonparse`) make values, bound nothing, and read every
 * number as a double.
 */
import { encode, str } from "@musehub/msgpack/Encoder"
import { Result } from "effect"
import { latin1 } from "../base/Bytes.ts"
import { depthMax, exactNumber, NotJson } from "../object/CanonicalJson.ts"
import { RequestRefused } from "./RequestRefused.ts"

/** The longest number, in bytes. An integer of 64 bits has 20 digits, a double 17 and an exponent. */
const numberBytesMax = 64
/** The most digits of an integer. */
const digitsMax = 20

const byte = {
  tab: 0x09,
  lineFeed: 0x0a,
  carriageReturn: 0x0d,
  space: 0x20,
  quote: 0x22,
  comma: 0x2c,
  minus: 0x2d,
  zero: 0x30,
  nine: 0x39,
  colon: 0x3a,
  openList: 0x5b,
  backslash: 0x5c,
  closeList: 0x5d,
  openObject: 0x7b,
  closeObject: 0x7d
}

const byteOrderMark = [0xef, 0xbb, 0xbf]

/** 1 for each byte of which numbers consist. */
const inNumber = new Uint8Array(256)
for (const character of "0123456789+-.eE") inNumber[character.charCodeAt(0)] = 1
const isNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/
const isLongInteger = new RegExp(`^-?\\d{${digitsMax + 1}}`)

/** The words of JSON by their first byte, and their msgpack. */
const words: ReadonlyMap<number, readonly [word: string, msgpack: number]> = new Map([
  [0x6e, ["null", 0xc0]],
  [0x66, ["false", 0xc2]],
  [0x74, ["true", 0xc3]]
])

/** The headers of an array and a map whose counts have 32 bits, so that they can be filled in at the end. */
const array32 = 0xdd
const map32 = 0xdf
const headerBytes = 5

/** What may come next. */
type Next = "value" | "value or end" | "name" | "name or end" | "comma or end" | "nothing"

interface Open {
  readonly isObject: boolean
  /** Where its header is. */
  readonly header: number
  count: number
}

const refuse = (reason: string, at: number): never => {
  throw new NotJson({ reason: `it is not JSON at byte ${at}: ${reason}` })
}

export class JsonTranscoder {
  readonly #json: Uint8Array
  readonly #valuesMax: number
  readonly #open: Array<Open> = []
  #at = 0
  #values = 0
  #next: Next = "value"
  #out: Uint8Array
  #view: DataView
  #size = 0
  /** Up to where the present string was looked at, and whether it has no escapes there. */
  #scanned = 0
  #isPlain = true

  constructor(json: Uint8Array, valuesMax: number) {
    this.#json = json
    this.#valuesMax = valuesMax
    this.#out = new Uint8Array(json.byteLength + 64)
    this.#view = new DataView(this.#out.buffer)
    // RFC 8259, section 8.1, lets a parser pass over a byte-order mark.
    if (byteOrderMark.every((mark, at) => json[at] === mark)) this.#at = byteOrderMark.length
  }

  /** The msgpack so far. */
  get msgpack(): Uint8Array {
    return this.#out.subarray(0, this.#size)
  }

  /** Translates about `bytes` bytes, or looks for the end of a string in them. Returns whether that was all. */
  run(bytes: number): Result.Result<boolean, NotJson | RequestRefused> {
    const until = this.#at + bytes
    try {
      while (this.#at < until) {
        const found = this.#visible()
        if (found === undefined) {
          if (this.#next !== "nothing") refuse("it ends too early", this.#at)
          return Result.succeed(true)
        }
        if (found === byte.quote && this.#mayBeText && !this.#ends(bytes)) return Result.succeed(false)
        this.#read(found)
      }
      return Result.succeed(false)
    } catch (cause) {
      if (cause instanceof NotJson || cause instanceof RequestRefused) return Result.fail(cause)
      throw cause
    }
  }

  get #mayBeText(): boolean {
    return this.#next !== "comma or end" && this.#next !== "nothing"
  }

  /** Returns the next byte that is no white space. */
  #visible(): number | undefined {
    for (;;) {
      const found = this.#json[this.#at]
      if (found !== byte.space && found !== byte.lineFeed && found !== byte.carriageReturn && found !== byte.tab) {
        return found
      }
      this.#at += 1
    }
  }

  #read(found: number): void {
    const open = this.#open.at(-1)
    switch (this.#next) {
      case "nothing":
        return refuse("something follows its end", this.#at)
      case "comma or end":
        if (found !== byte.comma) return this.#end(found, open, "a comma or an end")
        this.#at += 1
        this.#next = open?.isObject === true ? "name" : "value"
        return
      case "name or end":
        if (found === byte.closeObject) return this.#end(found, open, "a name")
        return this.#name(found)
      case "name":
        return this.#name(found)
      case "value or end":
        if (found === byte.closeList) return this.#end(found, open, "a value")
        return this.#value(found)
      case "value":
        return this.#value(found)
    }
  }

  #end(found: number, open: Open | undefined, expected: string): void {
    if (open === undefined || found !== (open.isObject ? byte.closeObject : byte.closeList)) {
      return refuse(`${expected} should be here`, this.#at)
    }
    this.#view.setUint32(open.header + 1, open.count)
    this.#open.pop()
    this.#at += 1
    this.#next = this.#open.length === 0 ? "nothing" : "comma or end"
  }

  #name(found: number): void {
    if (found !== byte.quote) refuse("a name in quotes should be here", this.#at)
    this.#string()
    if (this.#visible() !== byte.colon) refuse("a colon should be here", this.#at)
    this.#at += 1
    this.#next = "value"
  }

  #value(found: number): void {
    this.#values += 1
    if (this.#values > this.#valuesMax) {
      throw new RequestRefused({ field: "", reason: `has more than ${this.#valuesMax} values in JSON`, kind: "limit" })
    }
    const open = this.#open.at(-1)
    if (open !== undefined) open.count += 1
    this.#next = open === undefined ? "nothing" : "comma or end"
    if (found === byte.quote) this.#string()
    else if (found === byte.openList) this.#begin(false)
    else if (found === byte.openObject) this.#begin(true)
    else if (inNumber[found] === 1) this.#number()
    else this.#word(found)
  }

  #begin(isObject: boolean): void {
    if (this.#open.length === depthMax) throw new NotJson({ reason: `nesting is deeper than ${depthMax}` })
    this.#open.push({ isObject, header: this.#size, count: 0 })
    this.#reserve(headerBytes)
    this.#out[this.#size] = isObject ? map32 : array32
    this.#size += headerBytes
    this.#at += 1
    this.#next = isObject ? "name or end" : "value or end"
  }

  #word(found: number): void {
    const [word, msgpack] = words.get(found) ?? refuse("a value should be here", this.#at)
    for (let at = 1; at < word.length; at++) {
      if (this.#json[this.#at + at] !== word.charCodeAt(at)) refuse("a value should be here", this.#at)
    }
    this.#at += word.length
    this.#single(msgpack)
  }

  #number(): void {
    const json = this.#json
    const start = this.#at
    let end = start
    while (inNumber[json[end] as number] === 1) {
      end += 1
      if (end - start > numberBytesMax) refuse(`a number is longer than ${numberBytesMax} bytes`, start)
    }
    this.#at = end
    const first = json[start] as number
    if (end - start === 1 && first >= byte.zero && first <= byte.nine) return this.#single(first - byte.zero)
    const text = latin1(json.subarray(start, end))
    if (!isNumber.test(text)) refuse("this is no number", start)
    if (isLongInteger.test(text)) refuse(`an integer has more than ${digitsMax} digits`, start)
    const value = exactNumber(text)
    if (typeof value === "number" && !Number.isFinite(value)) refuse("a number is too large", start)
    this.#write(encode(value))
  }

  /** Looks for the end of the string that begins here, in the next `bytes` bytes of it. Returns whether it is there. */
  #ends(bytes: number): boolean {
    const json = this.#json
    const start = this.#at
    if (this.#scanned <= start) {
      this.#scanned = start + 1
      this.#isPlain = true
    }
    const until = this.#scanned + bytes
    let end = this.#scanned
    for (let found = json[end]; found !== byte.quote && end < until; found = json[end]) {
      if (found === undefined) return refuse("a string has no end", start)
      if (found < byte.space) return refuse("a control character is not escaped", end)
      if (found === byte.backslash) this.#isPlain = false
      end += found === byte.backslash ? 2 : 1
    }
    this.#scanned = end
    return json[end] === byte.quote
  }

  /** Translates the string whose end was found. */
  #string(): void {
    const [start, end] = [this.#at, this.#scanned]
    this.#at = end + 1
    if (this.#isPlain) this.#plain(this.#json.subarray(start + 1, end))
    else this.#write(escaped(this.#json.subarray(start, end + 1), start))
  }

  /** Writes a string whose JSON has the same bytes. */
  #plain(text: Uint8Array): void {
    const size = text.byteLength
    this.#reserve(headerBytes + size)
    if (size < 32) {
      this.#out[this.#size] = 0xa0 | size
      this.#size += 1
    } else {
      this.#out[this.#size] = 0xdb
      this.#view.setUint32(this.#size + 1, size)
      this.#size += headerBytes
    }
    this.#out.set(text, this.#size)
    this.#size += size
  }

  #single(msgpack: number): void {
    this.#reserve(1)
    this.#out[this.#size] = msgpack
    this.#size += 1
  }

  #write(bytes: Uint8Array): void {
    this.#reserve(bytes.byteLength)
    this.#out.set(bytes, this.#size)
    this.#size += bytes.byteLength
  }

  #reserve(bytes: number): void {
    if (this.#size + bytes <= this.#out.byteLength) return
    const grown = new Uint8Array(Math.max(this.#size + bytes, this.#out.byteLength * 2))
    grown.set(this.msgpack)
    this.#out = grown
    this.#view = new DataView(grown.buffer)
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** Returns the msgpack of a string with escapes, from quote to quote. */
const escaped = (json: Uint8Array, at: number): Uint8Array => {
  try {
    return str(JSON.parse(utf8.decode(json)) as string)
  } catch (cause) {
    return refuse(`a string is not valid (${String(cause)})`, at)
  }
}
