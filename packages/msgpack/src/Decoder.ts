/**
 * Decodes values. It relies on the scanner for the structure and checks the rest: strict UTF-8, no duplicate key, no
 * NaN or infinity (no stored JSON can hold them). Written by hand for what libraries lack (see Reader.ts), and because
 * decoding is the largest CPU cost of a push.
 */
import { countAt, headerBytes, Kind, kindOf } from "./Format.ts"
import type { Strings } from "./Strings.ts"
import { malformed, type MsgpackValue } from "./Value.ts"
import type { Window } from "./Window.ts"

/**
 * Decodes the value at the window's position and moves past it. The value must have arrived in full and been scanned.
 */
export const decodeAt = (window: Window, strings: Strings): MsgpackValue => {
  const view = window.view
  const first = view.getUint8(window.at)
  if (first < 0x80) {
    window.at += 1
    return first
  }
  if (first >= 0xe0) {
    window.at += 1
    return first - 0x100
  }
  switch (kindOf[first]) {
    case Kind.string:
      return stringAt(window, strings, first)
    case Kind.map: {
      const count = countAt(view, window.at, first)
      window.at += headerBytes[first] as number
      return mapAt(window, strings, count)
    }
    case Kind.array: {
      const count = countAt(view, window.at, first)
      window.at += headerBytes[first] as number
      const array: Array<MsgpackValue> = []
      for (let index = 0; index < count; index++) array.push(decodeAt(window, strings))
      return array
    }
    case Kind.binary: {
      const size = countAt(view, window.at, first)
      window.at += headerBytes[first] as number
      return window.copy(size)
    }
    default:
      return scalarAt(window, first)
  }
}

const mapAt = (window: Window, strings: Strings, count: number): MsgpackValue => {
  const map = new Map<string, MsgpackValue>()
  for (let index = 0; index < count; index++) {
    const from = window.at
    const key = stringAt(window, strings, window.view.getUint8(from))
    map.set(key, decodeAt(window, strings))
    if (map.size !== index + 1) throw doubled(window, from, key)
  }
  return map
}

const doubled = (window: Window, from: number, key: string) =>
  malformed(window.base + from, `a map has the key ${JSON.stringify(key.slice(0, 100))} twice`)

/** The values and the bytes after which decoding in slices pauses: a few milliseconds of work. */
const sliceValues = 2000
const sliceBytes = 512 * 1024

/** Decides when decoding pauses. */
class Pace {
  readonly #window: Window
  #values = 0
  #from: number

  constructor(window: Window) {
    this.#window = window
    this.#from = window.at
  }

  get isOver(): boolean {
    this.#values += 1
    if (this.#values < sliceValues && this.#window.at - this.#from < sliceBytes) return false
    this.#values = 0
    this.#from = this.#window.at
    return true
  }
}

/** Decodes a large value as `decodeAt` does, with pauses, in which the window must stay as it is. */
export const decodingAt = function* (
  window: Window,
  strings: Strings,
  pace = new Pace(window)
): Generator<void, MsgpackValue, void> {
  if (!isContainer(window)) return decodeAt(window, strings)
  const first = window.view.getUint8(window.at)
  const count = countAt(window.view, window.at, first)
  window.at += headerBytes[first] as number
  if (kindOf[first] === Kind.array) {
    const array: Array<MsgpackValue> = []
    for (let index = 0; index < count; index++) {
      if (pace.isOver) yield
      array.push(isContainer(window) ? yield* decodingAt(window, strings, pace) : decodeAt(window, strings))
    }
    return array
  }
  const map = new Map<string, MsgpackValue>()
  for (let index = 0; index < count; index++) {
    if (pace.isOver) yield
    const from = window.at
    const key = stringAt(window, strings, window.view.getUint8(from))
    map.set(key, isContainer(window) ? yield* decodingAt(window, strings, pace) : decodeAt(window, strings))
    if (map.size !== index + 1) throw doubled(window, from, key)
  }
  return map
}

const isContainer = ({ at, view }: Window): boolean => {
  const kind = kindOf[view.getUint8(at)]
  return kind === Kind.map || kind === Kind.array
}

/** Reads the string whose header is at the window's position and whose first byte is `first`. */
export const stringAt = (window: Window, strings: Strings, first: number): string => {
  const start = window.at + (headerBytes[first] as number)
  const length = countAt(window.view, window.at, first)
  window.at = start + length
  return strings.read(window.text, window.view, start, length, window.base)
}

const scalarAt = (window: Window, first: number): MsgpackValue => {
  const view = window.view
  const at = window.at + 1
  window.at += headerBytes[first] as number
  switch (first) {
    case 0xc0:
      return null
    case 0xc2:
      return false
    case 0xc3:
      return true
    case 0xca:
      return finite(view.getFloat32(at), window.base + at - 1)
    case 0xcb:
      return finite(view.getFloat64(at), window.base + at - 1)
    case 0xcc:
      return view.getUint8(at)
    case 0xcd:
      return view.getUint16(at)
    case 0xce:
      return view.getUint32(at)
    case 0xcf:
      return exact(view.getUint32(at), view, at)
    case 0xd0:
      return view.getInt8(at)
    case 0xd1:
      return view.getInt16(at)
    case 0xd2:
      return view.getInt32(at)
    default:
      return exact(view.getInt32(at), view, at)
  }
}

const finite = (float: number, offset: number): number => {
  if (!Number.isFinite(float)) throw malformed(offset, `${float} is not a number that JSON can hold`)
  return float
}

/** Reads a 64-bit integer with the upper half `high`: as a number if that is exact, else as a bigint. */
const exact = (high: number, view: DataView, at: number): number | bigint => {
  const number = high * 0x1_0000_0000 + view.getUint32(at + 4)
  if (Number.isSafeInteger(number)) return number
  return high < 0 ? view.getBigInt64(at) : view.getBigUint64(at)
}
