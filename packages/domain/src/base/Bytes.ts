/**
 * Conversions between text and bytes, and comparisons of bytes. The domain deals in `Uint8Array`; this file alone uses
 * Node's `Buffer`, which has hex and base64 and handles short texts, joins and long comparisons several times as fast
 * as the language does.
 */

/** Counts the bytes of a text's UTF-8 form. */
export const utf8Length = (text: string): number => Buffer.byteLength(text)

/** Encodes a text as UTF-8. */
export const utf8 = (text: string): Uint8Array => Buffer.from(text)

const isSurrogate = (unit: number): boolean => (unit & 0xf800) === 0xd800

/**
 * Orders texts by code point, which is the order of their UTF-8 forms. The order of UTF-16 units differs where a
 * surrogate (half of a code point beyond U+FFFF) meets another unit: the surrogate is the greater one.
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

/** Joins byte arrays. */
export const concat = (parts: ReadonlyArray<Uint8Array>): Uint8Array => Buffer.concat(parts)

export const isSame = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

const bufferOf = ({ buffer, byteLength, byteOffset }: Uint8Array): Buffer => Buffer.from(buffer, byteOffset, byteLength)

/** Returns where bytes occur first at or after `from`; -1 if they do not. */
export const placeOfBytes = (bytes: Uint8Array, sought: Uint8Array, from: number): number =>
  bufferOf(bytes).indexOf(sought, from)

export const hex = (bytes: Uint8Array): string => bufferOf(bytes).toString("hex")

/** Decodes hex digits. */
export const fromHex = (digits: string): Uint8Array => Buffer.from(digits, "hex")

/** Decodes hex digits into bytes that are there. Says whether the digits were as many as the bytes need. */
export const writeHex = (digits: string, into: Uint8Array): boolean =>
  digits.length === 2 * into.byteLength && bufferOf(into).write(digits, "hex") === into.byteLength

/** Encodes as padded base64 in the standard alphabet. */
export const base64 = (bytes: Uint8Array): string => bufferOf(bytes).toString("base64")

/** Decodes each byte as the character of the same number, so ASCII stays ASCII. */
export const latin1 = (bytes: Uint8Array): string => bufferOf(bytes).toString("latin1")

/** Decodes the UTF-8 from `start` to before `end`. What is no UTF-8 becomes U+FFFD. */
export const utf8Text = (bytes: Uint8Array, start: number, end: number): string =>
  bufferOf(bytes).toString("utf8", start, end)

/** Reads many texts from the same bytes. */
export class TextReader {
  readonly #bytes: Buffer

  constructor(bytes: Uint8Array) {
    this.#bytes = bufferOf(bytes)
  }

  /** Decodes the bytes from `start` to before `end` as `latin1` does. */
  latin1(start: number, end: number): string {
    return this.#bytes.toString("latin1", start, end)
  }

  /** Encodes the bytes from `start` to before `end` as `hex` does. */
  hex(start: number, end: number): string {
    return this.#bytes.toString("hex", start, end)
  }
}
