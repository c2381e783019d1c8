import { assert, describe, it } from "@effect/vitest"
import * as Bytes from "./Bytes.ts"

const texts = [
  "",
  "a",
  "ab",
  "b",
  "ä",
  "ä/b",
  "\ud7ff",
  "\ue000",
  "\uffff",
  "😀",
  "😀a",
  "a😀",
  "\u{10ffff}",
  "\u{10000}"
]

const encode = (text: string) => new TextEncoder().encode(text)

describe("texts", () => {
  it("are ordered as their UTF-8 bytes are", () => {
    for (const a of texts) {
      for (const b of texts) {
        const wanted = Buffer.compare(encode(a), encode(b))
        assert.strictEqual(Math.sign(Bytes.compareUtf8(a, b)), wanted, JSON.stringify([a, b]))
      }
    }
  })

  it("encode to UTF-8 of the counted length", () => {
    for (const text of texts) {
      assert.deepStrictEqual(new Uint8Array(Bytes.utf8(text)), encode(text))
      assert.strictEqual(Bytes.utf8Length(text), encode(text).byteLength)
    }
  })
})

describe("bytes", () => {
  // A view into a larger buffer, so that code that ignores the offset fails.
  const bytes = new Uint8Array([9, 9, 0x00, 0x61, 0xff, 9]).subarray(2, 5)

  it("are joined in order", () => {
    const joined = Bytes.concat([bytes, new Uint8Array(0), bytes])
    assert.deepStrictEqual(new Uint8Array(joined), new Uint8Array([...bytes, ...bytes]))
  })

  it("are the same only if every byte and the length match", () => {
    assert.isTrue(Bytes.isSame(bytes, new Uint8Array([0x00, 0x61, 0xff])))
    assert.isFalse(Bytes.isSame(bytes, new Uint8Array([0x00, 0x61, 0xfe])))
    assert.isFalse(Bytes.isSame(bytes, new Uint8Array([0x00, 0x61])))
  })

  it("convert to hex, base64 and Latin-1, whole and in part", () => {
    assert.strictEqual(Bytes.hex(bytes), "0061ff")
    assert.deepStrictEqual(new Uint8Array(Bytes.fromHex("0061ff")), new Uint8Array(bytes))
    assert.strictEqual(Bytes.base64(bytes), "AGH/")
    assert.strictEqual(Bytes.latin1(bytes), "\0a\u00ff")
    const reader = new Bytes.TextReader(bytes)
    assert.strictEqual(reader.hex(1, 3), "61ff")
    assert.strictEqual(reader.latin1(1, 3), "a\u00ff")
  })
})
