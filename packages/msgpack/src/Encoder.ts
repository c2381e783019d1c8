/**
 * Writes msgpack in its smallest form: whole values, or headers alone, so that an answer with streamed parts is written
 * with constant memory. Throws for a value without a msgpack form, which is a bug of the caller; nothing is replaced
 * silently.
 */
import { depthMax } from "./Scanner.ts"

/**
 * The values that can be encoded: decoded values, and plain objects of them with their own enumerable keys (an own
 * `__proto__` too).
 */
export type Encodable =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | ReadonlyArray<Encodable>
  | ReadonlyMap<string, Encodable>
  | { readonly [key: string]: Encodable }

const uint32Max = 0xffff_ffff
/** The largest scratch buffer that is kept, so that one large answer does not stay in memory. */
const scratchKeptBytes = 1024 * 1024
/** The longest string for which a loop is faster than the call into native code. */
const loopLengthMax = 16

/** Shared by all calls: encoding is synchronous, and results are copies. */
let scratch = Buffer.allocUnsafeSlow(64 * 1024)
let view = new DataView(scratch.buffer)
let at = 0

const reserve = (bytes: number): void => {
  if (at + bytes <= scratch.byteLength) return
  const grown = Buffer.allocUnsafeSlow(Math.max(at + bytes, scratch.byteLength * 2))
  grown.set(scratch.subarray(0, at))
  use(grown)
}

const use = (buffer: Buffer<ArrayBuffer>): void => {
  scratch = buffer
  view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength)
}

/** Runs a writer and returns what it wrote. */
const written = (write: () => void): Uint8Array => {
  at = 0
  write()
  return taken()
}

/** Returns a copy of what was written. */
const taken = (): Uint8Array => {
  const bytes = new Uint8Array(scratch.subarray(0, at))
  if (scratch.byteLength > scratchKeptBytes) use(Buffer.allocUnsafeSlow(64 * 1024))
  return bytes
}

const byte = (value: number): void => {
  scratch[at] = value
  at += 1
}

const sized8 = (first: number, value: number): void => {
  byte(first)
  byte(value)
}

const sized16 = (first: number, value: number): void => {
  byte(first)
  view.setUint16(at, value)
  at += 2
}

const sized32 = (first: number, value: number): void => {
  byte(first)
  view.setUint32(at, value)
  at += 4
}

const writeCount = (what: string, count: number, fix: number, fixMax: number, byte16: number): void => {
  reserve(5)
  if (!Number.isInteger(count) || count < 0 || count > uint32Max)
    throw new RangeError(`${what} cannot have ${count} elements`)
  if (count <= fixMax) byte(fix | count)
  else if (count <= 0xffff) sized16(byte16, count)
  else sized32(byte16 + 1, count)
}

const writeArrayHeader = (count: number) => writeCount("an array", count, 0x90, 15, 0xdc)
const writeMapHeader = (count: number) => writeCount("a map", count, 0x80, 15, 0xde)

const writeBinHeader = (size: number): void => {
  reserve(5)
  if (!Number.isInteger(size) || size < 0 || size > uint32Max) throw new RangeError(`a bin cannot have ${size} bytes`)
  if (size <= 0xff) sized8(0xc4, size)
  else if (size <= 0xffff) sized16(0xc5, size)
  else sized32(0xc6, size)
}

const stringHeaderBytes = (size: number): number => (size <= 31 ? 1 : size <= 0xff ? 2 : size <= 0xffff ? 3 : 5)

const writeStringHeader = (size: number): void => {
  if (size <= 31) byte(0xa0 | size)
  else if (size <= 0xff) sized8(0xd9, size)
  else if (size <= 0xffff) sized16(0xda, size)
  else sized32(0xdb, size)
}

const writeString = (text: string): void => {
  const length = text.length
  reserve(5 + length * 3)
  if (length <= loopLengthMax && writeShortAscii(text, length)) return
  if (!text.isWellFormed()) throw new RangeError("a string with a lone surrogate has no UTF-8 form")
  // The header's size depends on the size in bytes, which for ASCII, the usual case, is the length.
  const start = at
  const guess = stringHeaderBytes(length)
  const size = scratch.write(text, start + guess, "utf8")
  if (size > uint32Max) throw new RangeError(`a string cannot have ${size} bytes`)
  const header = stringHeaderBytes(size)
  if (header !== guess) scratch.copyWithin(start + header, start + guess, start + guess + size)
  writeStringHeader(size)
  at = start + header + size
}

/** Writes a short ASCII string; writes nothing and returns false for any other. */
const writeShortAscii = (text: string, length: number): boolean => {
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index)
    if (code > 0x7f) return false
    scratch[at + 1 + index] = code
  }
  scratch[at] = 0xa0 | length
  at += 1 + length
  return true
}

const writeInteger = (value: number): void => {
  if (value >= 0) {
    if (value <= 0x7f) byte(value)
    else if (value <= 0xff) sized8(0xcc, value)
    else if (value <= 0xffff) sized16(0xcd, value)
    else if (value <= uint32Max) sized32(0xce, value)
    else writeBigint(BigInt(value))
  } else if (value >= -0x20) byte(value & 0xff)
  else if (value >= -0x80) sized8(0xd0, value & 0xff)
  else if (value >= -0x8000) sized16(0xd1, value & 0xffff)
  else if (value >= -0x8000_0000) sized32(0xd2, value)
  else writeBigint(BigInt(value))
}

const writeBigint = (value: bigint): void => {
  if (value >= -0x8000_0000n && value <= 0xffff_ffffn) {
    writeInteger(Number(value))
    return
  }
  byte(value < 0n ? 0xd3 : 0xcf)
  if (value > 0xffff_ffff_ffff_ffffn || value < -0x8000_0000_0000_0000n) {
    throw new RangeError(`the integer ${value} needs more than 64 bits`)
  }
  view.setBigUint64(at, BigInt.asUintN(64, value))
  at += 8
}

const writeNumber = (value: number): void => {
  reserve(9)
  // Minus zero has only a float form. A number beyond 2^53 is written as a float too, since decoding reads larger
  // integers as bigint.
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
    writeInteger(value)
    return
  }
  byte(0xcb)
  view.setFloat64(at, value)
  at += 8
}

const writeValue = (value: Encodable, depth: number): void => {
  switch (typeof value) {
    case "string":
      writeString(value)
      return
    case "number":
      writeNumber(value)
      return
    case "bigint":
      reserve(9)
      writeBigint(value)
      return
    case "boolean":
      reserve(1)
      byte(value ? 0xc3 : 0xc2)
      return
    case "object":
      if (value === null) {
        reserve(1)
        byte(0xc0)
      } else writeObject(value, depth)
      return
    default:
      throw new TypeError(`a value of type ${typeof value} has no msgpack form`)
  }
}

const checkDepth = (depth: number): void => {
  if (depth >= depthMax) throw new RangeError(`arrays and maps are nested deeper than ${depthMax}`)
}

const writeObject = (value: Exclude<Encodable, null | boolean | number | bigint | string>, depth: number): void => {
  if (value instanceof Uint8Array) {
    writeBinHeader(value.byteLength)
    reserve(value.byteLength)
    scratch.set(value, at)
    at += value.byteLength
    return
  }
  checkDepth(depth)
  if (Array.isArray(value)) {
    writeArrayHeader(value.length)
    for (const element of value) writeValue(element, depth + 1)
  } else if (value instanceof Map) {
    writeMapHeader(value.size)
    for (const [key, element] of value as ReadonlyMap<string, Encodable>) {
      writeString(key)
      writeValue(element, depth + 1)
    }
  } else {
    const object = value as { readonly [key: string]: Encodable }
    const keys = Object.keys(object)
    writeMapHeader(keys.length)
    for (const key of keys) {
      writeString(key)
      writeValue(object[key] as Encodable, depth + 1)
    }
  }
}

/** Encodes a value. Throws `RangeError` or `TypeError` for what msgpack cannot hold. */
export const encode = (value: Encodable): Uint8Array => written(() => writeValue(value, 0))

/** The bytes after which a piece ends. */
const pieceBytes = 64 * 1024

/** Encodes a value as `encode` does, in pieces of some 64 KiB. Others may encode before the next piece is made. */
export const encoding = function* (value: Encodable): Generator<Uint8Array, void, void> {
  at = 0
  yield* writing(value, 0)
  yield taken()
}

const writing = function* (value: Encodable, depth: number): Generator<Uint8Array, void, void> {
  if (!isNested(value)) {
    writeValue(value, depth)
    return
  }
  checkDepth(depth)
  if (Array.isArray(value)) writeArrayHeader(value.length)
  else writeMapHeader(value instanceof Map ? value.size : Object.keys(value).length)
  for (const [key, member] of membersOf(value)) {
    if (key !== undefined) writeString(key)
    if (isNested(member)) yield* writing(member, depth + 1)
    else writeValue(member, depth + 1)
    if (at < pieceBytes) continue
    yield taken()
    at = 0
  }
}

type Nested = Exclude<Encodable, null | boolean | number | bigint | string | Uint8Array>

const isNested = (value: Encodable): value is Nested =>
  typeof value === "object" && value !== null && !(value instanceof Uint8Array)

/** Yields what an array or a map holds, with keys if it has them. */
const membersOf = function* (value: Nested): Generator<readonly [string | undefined, Encodable], void, void> {
  if (Array.isArray(value)) for (const element of value as ReadonlyArray<Encodable>) yield [undefined, element]
  else if (value instanceof Map) yield* value as ReadonlyMap<string, Encodable>
  else
    for (const key of Object.keys(value))
      yield [key, (value as { readonly [key: string]: Encodable })[key] as Encodable]
}

/** Encodes a string alone, for instance the key of an entry whose value is streamed. */
export const str = (text: string): Uint8Array => written(() => writeString(text))

/** Begins a map; `count` keys (`str`), each with its value, must follow. */
export const mapHeader = (count: number): Uint8Array => written(() => writeMapHeader(count))

/** Begins an array; `count` values must follow. */
export const arrayHeader = (count: number): Uint8Array => written(() => writeArrayHeader(count))

/** Returns the size of `binHeader(size)` in bytes. */
export const binHeaderBytes = (size: number): number => (size <= 0xff ? 2 : size <= 0xffff ? 3 : 5)

/** Begins a `bin`; `size` bytes must follow. */
export const binHeader = (size: number): Uint8Array => written(() => writeBinHeader(size))
