/**
 * Text as bytes, bytes as text, and bytes beside bytes. The domain deals in `Uint8Array`; this file alone knows Node's
 * `Buffer`, which has hex and base64, and does short texts, joins and long comparisons several times as fast as the
 * language does.
 */

/** Count of the bytes of a text's UTF-8 form. */
export const utf8Length = (text: string): number => Buffer.byteLength(text)

/** A text's UTF-8 form. */
export const utf8 = (text: string): Uint8Array => Buffer.from(text)

const isSurrogate = (unit: number): boolean => (unit & 0xf800) === 0xd800

/**
 * Orders texts as their UTF-8 forms are ordered, which is by code points. The order of UTF-16 units differs where a
 * surrogate, half of a code point beyond U+FFFF, meets another unit: it is the greater one.
 */
export const compareUtf8 = (a: string, b: string): number => {
  const shorter = Math.min(a.length, b.length)
  for (let at = 0; at < shorter; at++) {
    const [inA, inB] = [a.charCodeAt(at), b.charCodeAt(at)]
    if (inA === inB) continue
    if (isSurrogate(inA) === isSurrogate(inB)) return inA - inB
    return isSurrogate(inA) ? 1 : -1
  }
  return a.length - b.length
}

/** One after the other. */
export const concat = (parts: ReadonlyArray<Uint8Array>): Uint8Array => Buffer.concat(parts)

export const isSame = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

const bufferOf = ({ buffer, byteLength, byteOffset }: Uint8Array): Buffer => Buffer.from(buffer, byteOffset, byteLength)

export const hex = (bytes: Uint8Array): string => bufferOf(bytes).toString("hex")

/** The bytes that hex digits stand for. */
export const fromHex = (digits: string): Uint8Array => Buffer.from(digits, "hex")

/** Padded, in the standard alphabet. */
export const base64 = (bytes: Uint8Array): string => bufferOf(bytes).toString("base64")

/** Each byte as the character of its number, so ASCII as what it is. */
export const latin1 = (bytes: Uint8Array): string => bufferOf(bytes).toString("latin1")

/** Reads texts out of the same bytes many times. */
export class TextReader {
  readonly #bytes: Buffer

  constructor(bytes: Uint8Array) {
    this.#bytes = bufferOf(bytes)
  }

  /** From `start` to before `end`, as `latin1` of the part. */
  latin1(start: number, end: number): string {
    return this.#bytes.toString("latin1", start, end)
  }

  /** From `start` to before `end`, as `hex` of the part. */
  hex(start: number, end: number): string {
    return this.#bytes.toString("hex", start, end)
  }
}
