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
  it("are ordered as their bytes are", () => {
    for (const a of texts) {
      for (const b of texts) {
        const wanted = Buffer.compare(encode(a), encode(b))
        assert.strictEqual(Math.sign(Bytes.compareUtf8(a, b)), wanted, JSON.stringify([a, b]))
      }
    }
  })

  it("become UTF-8, which is as long as is said", () => {
    for (const text of texts) {
      assert.deepStrictEqual(new Uint8Array(Bytes.utf8(text)), encode(text))
      assert.strictEqual(Bytes.utf8Length(text), encode(text).byteLength)
    }
  })
})

describe("bytes", () => {
  // A part of more, so that what ignores the offset is found out.
  const bytes = new Uint8Array([9, 9, 0x00, 0x61, 0xff, 9]).subarray(2, 5)

  it("are joined", () => {
    const joined = Bytes.concat([bytes, new Uint8Array(0), bytes])
    assert.deepStrictEqual(new Uint8Array(joined), new Uint8Array([...bytes, ...bytes]))
  })

  it("are the same if every one is, and none is left over", () => {
    assert.isTrue(Bytes.isSame(bytes, new Uint8Array([0x00, 0x61, 0xff])))
    assert.isFalse(Bytes.isSame(bytes, new Uint8Array([0x00, 0x61, 0xfe])))
    assert.isFalse(Bytes.isSame(bytes, new Uint8Array([0x00, 0x61])))
  })

  it("are hex, base64 and Latin-1, whole and in part", () => {
    assert.strictEqual(Bytes.hex(bytes), "0061ff")
    assert.deepStrictEqual(new Uint8Array(Bytes.fromHex("0061ff")), new Uint8Array(bytes))
    assert.strictEqual(Bytes.base64(bytes), "AGH/")
    assert.strictEqual(Bytes.latin1(bytes), "\0a\u00ff")
    const reader = new Bytes.TextReader(bytes)
    assert.strictEqual(reader.hex(1, 3), "61ff")
    assert.strictEqual(reader.latin1(1, 3), "a\u00ff")
  })
})
