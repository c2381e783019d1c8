/**
 * Msgpack byte by byte: the meaning of each form, what is refused and at which byte, and that encoding inverts
 * decoding.
 */
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { arrayHeader, binHeader, type Encodable, encode, mapHeader, str } from "./Encoder.ts"
import { decode } from "./Reader.ts"
import { randomValue, seeded } from "./testing.ts"
import type { MsgpackValue } from "./Value.ts"

const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex.replaceAll(" ", ""), "hex"))
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex")
const decoded = (bytes: Uint8Array): MsgpackValue => Result.getOrThrow(decode(bytes))
const refusal = (bytes: Uint8Array, bytesMax?: number) => {
  const result = decode(bytes, bytesMax)
  assert(Result.isFailure(result), `accepted ${hexOf(bytes).slice(0, 60)}`)
  return result.failure
}

const spelled: ReadonlyArray<readonly [hex: string, value: MsgpackValue]> = [
  ["c0", null],
  ["c2", false],
  ["c3", true],
  ["00", 0],
  ["7f", 127],
  ["cc80", 128],
  ["ccff", 255],
  ["cd0100", 256],
  ["cdffff", 65_535],
  ["ce00010000", 65_536],
  ["ceffffffff", 4_294_967_295],
  ["cf0000000100000000", 4_294_967_296],
  ["cf001fffffffffffff", Number.MAX_SAFE_INTEGER],
  ["cf0020000000000000", 2n ** 53n],
  ["cf7fffffffffffffff", 2n ** 63n - 1n],
  ["cfffffffffffffffff", 2n ** 64n - 1n],
  ["ff", -1],
  ["e0", -32],
  ["d0df", -33],
  ["d080", -128],
  ["d1ff7f", -129],
  ["d18000", -32_768],
  ["d2ffff7fff", -32_769],
  ["d280000000", -2_147_483_648],
  ["d3ffffffff7fffffff", -2_147_483_649],
  ["d3ffe0000000000001", Number.MIN_SAFE_INTEGER],
  ["d3ffe0000000000000", -(2n ** 53n)],
  ["d38000000000000000", -(2n ** 63n)],
  ["cb3ff8000000000000", 1.5],
  ["cb8000000000000000", -0],
  ["cb4340000000000000", 2 ** 53],
  ["cb7fefffffffffffff", Number.MAX_VALUE],
  ["a0", ""],
  ["a161", "a"],
  [`bf${"61".repeat(31)}`, "a".repeat(31)],
  [`d920${"61".repeat(32)}`, "a".repeat(32)],
  [`d940${"61".repeat(64)}`, "a".repeat(64)],
  [`d9ff${"61".repeat(255)}`, "a".repeat(255)],
  [`da0100${"61".repeat(256)}`, "a".repeat(256)],
  [`db00010000${"61".repeat(65_536)}`, "a".repeat(65_536)],
  ["a2c3a9", "é"],
  ["a3e282ac", "€"],
  ["a4f09f8eb5", "🎵"],
  [`d921${"e282ac".repeat(11)}`, "€".repeat(11)],
  [`d9c6${"e282ac".repeat(66)}`, "€".repeat(66)],
  [`da0102${"e282ac".repeat(86)}`, "€".repeat(86)],
  ["a3efbbbf", "\uFEFF"],
  ["a3efbfbd", "\uFFFD"],
  ["a66162efbfbd63", "ab\uFFFDc"],
  ["a100", "\0"],
  ["c400", new Uint8Array(0)],
  ["c403000102", new Uint8Array([0, 1, 2])],
  [`c50100${"ab".repeat(256)}`, new Uint8Array(256).fill(0xab)],
  [`c600010000${"ab".repeat(65_536)}`, new Uint8Array(65_536).fill(0xab)],
  ["90", []],
  ["93 01 c0 a161", [1, null, "a"]],
  [`dc0010${"c0".repeat(16)}`, Array.from({ length: 16 }, () => null)],
  [`dd00010000${"c0".repeat(65_536)}`, Array.from({ length: 65_536 }, () => null)],
  ["80", new Map()],
  ["81 a161 01", new Map([["a", 1]])],
  [
    "82 a9 5f5f70726f746f5f5f 01 ab 636f6e7374727563746f72 a178",
    new Map<string, MsgpackValue>([
      ["__proto__", 1],
      ["constructor", "x"]
    ])
  ],
  ["82 a0 01 a100 02", new Map([["", 1]]).set("\0", 2)]
]

describe("spelled bytes", () => {
  it("decode to their value and encode from it", () => {
    for (const [hex, value] of spelled) {
      assert.deepStrictEqual(decoded(bytesOf(hex)), value, hex.slice(0, 40))
      assert.strictEqual(hexOf(encode(value)), hex.replaceAll(" ", ""), hex.slice(0, 40))
    }
  })

  it("decode from forms longer than needed", () => {
    const longer: ReadonlyArray<readonly [hex: string, value: MsgpackValue]> = [
      ["cc01", 1],
      ["cd0001", 1],
      ["ce00000001", 1],
      ["cf0000000000000001", 1],
      ["d001", 1],
      ["d0ff", -1],
      ["d1ffff", -1],
      ["d2ffffffff", -1],
      ["d3ffffffffffffffff", -1],
      ["ca3fc00000", 1.5],
      ["cb3ff0000000000000", 1],
      ["d90161", "a"],
      ["da000161", "a"],
      ["db0000000161", "a"],
      ["c5000100", new Uint8Array(1)],
      ["c60000000100", new Uint8Array(1)],
      ["dc0001c0", [null]],
      ["dd00000001c0", [null]],
      ["de0001a16101", new Map([["a", 1]])],
      ["df00000001a16101", new Map([["a", 1]])]
    ]
    for (const [hex, value] of longer) assert.deepStrictEqual(decoded(bytesOf(hex)), value, hex)
  })

  it("start with a header written alone", () => {
    const parts = [mapHeader(2), str("a"), arrayHeader(20), ...Array.from({ length: 20 }, () => encode(7)), str("b")]
    const bytes = Buffer.concat([...parts, binHeader(300), new Uint8Array(300)])
    assert.deepStrictEqual(
      decoded(bytes),
      new Map<string, MsgpackValue>([
        ["a", Array.from({ length: 20 }, () => 7)],
        ["b", new Uint8Array(300)]
      ])
    )
    assert.strictEqual(hexOf(mapHeader(16)), "de0010")
    assert.strictEqual(hexOf(mapHeader(65_536)), "df00010000")
    assert.strictEqual(hexOf(arrayHeader(4_294_967_295)), "ddffffffff")
    assert.strictEqual(hexOf(binHeader(4_294_967_295)), "c6ffffffff")
  })

  it("decode a bin to a copy", () => {
    const bytes = bytesOf("c403000102")
    const value = decoded(bytes)
    bytes.fill(9)
    assert.deepStrictEqual(value, new Uint8Array([0, 1, 2]))
  })
})

describe("refused", () => {
  const cases: ReadonlyArray<readonly [name: string, hex: string, offset: number, reason: RegExp]> = [
    ["nothing at all", "", 0, /ends in the middle/],
    ["bytes after the value", "c0c0", 1, /bytes follow/],
    ["the unused byte", "c1", 0, /unused byte c1/],
    ["an ext type, fixed", "d40100", 0, /ext type/],
    ["an ext type, sized", "c7000100", 0, /ext type/],
    ["a timestamp", "d6ff00000000", 0, /ext type/],
    ["an ext type as a key", "81d4010001", 1, /map key must be a string/],
    ["an array that promises too much", "ddffffffff", 0, /promises/],
    ["an array that promises one too many", "93c0c0", 0, /promises/],
    ["a map that promises too much", "dfffffffff", 0, /promises/],
    ["a map that promises one too many", "82a16101a162", 6, /ends in the middle/],
    ["nested arrays that promise too much", "dd01c9c380dd01c9c380dd01c9c380", 0, /promises/],
    ["a string that promises too much", "dbffffffff61", 0, /promises/],
    ["a bin that promises too much", "c6ffffffff00", 0, /promises/],
    ["a string inside that eats its siblings", "92a3616263", 5, /ends in the middle/],
    ["a cut header", "cd01", 2, /ends in the middle|promises/],
    ["a key that is an integer", "810101", 1, /map key must be a string, not integer/],
    ["a key that is nil", "81c001", 1, /must be a string, not nil/],
    ["a key that is binary", "81c4016101", 1, /must be a string, not binary/],
    ["a key that is a map", "818001", 1, /must be a string, not map/],
    ["a second key that is an array", "82a161019001", 4, /must be a string, not array/],
    ["a doubled key", "82a16101a16102", 4, /"a" twice/],
    ["a doubled __proto__", "82a95f5f70726f746f5f5f01a95f5f70726f746f5f5f02", 12, /__proto__" twice/],
    ["NaN", "cb7ff8000000000000", 0, /NaN/],
    ["infinity", "91ca7f800000", 1, /Infinity/],
    ["minus infinity", "cbfff0000000000000", 0, /-Infinity/],
    ["a lone continuation byte", "a180", 1, /UTF-8/],
    ["a cut sequence", "a2e282", 1, /UTF-8/],
    ["an overlong slash", "a2c0af", 1, /UTF-8/],
    ["a surrogate", "a3eda080", 1, /UTF-8/],
    ["beyond Unicode", "a4f4908080", 1, /UTF-8/],
    ["ff in a longer string", "aa616263646566676869ff", 1, /UTF-8/],
    ["latin1 in a key", "81a4636166e901", 2, /UTF-8/],
    ["bad UTF-8 beside a genuine U+FFFD", "a4efbfbdff", 1, /UTF-8/]
  ]
  it.each(cases)("%s", (_name, hex, offset, reason) => {
    const error = refusal(bytesOf(hex))
    assert.match(error.reason, reason)
    assert.strictEqual(error.offset, offset)
    assert.strictEqual(error.kind, "malformed")
  })

  it("a value cut anywhere", () => {
    const bytes = encode({ list: [1, 2.5, "text", 2n ** 60n], more: { bytes: new Uint8Array(300), none: null } })
    for (let length = 0; length < bytes.byteLength; length++) {
      assert.strictEqual(refusal(bytes.subarray(0, length)).kind, "malformed")
    }
  })

  it("depth bombs, before the stack overflows", () => {
    assert.strictEqual(refusal(new Uint8Array(1_000_000).fill(0x91)).kind, "limit")
    const maps = Buffer.from("81a161".repeat(300_000), "hex")
    assert.strictEqual(refusal(maps).offset, 128 * 3)
    const allowed = Buffer.from(`${"91".repeat(128)}c0`, "hex")
    assert(Result.isSuccess(decode(allowed)))
  })

  it("a value over the limit, with containers weighed by their memory", () => {
    assert.strictEqual(refusal(encode("a".repeat(100)), 101).kind, "limit")
    assert(Result.isSuccess(decode(encode("a".repeat(100)), 102)))
    const empties = Buffer.concat([arrayHeader(1_000_000), new Uint8Array(1_000_000).fill(0x80)])
    assert.strictEqual(refusal(empties, 4_000_000).kind, "limit")
    const scalars = Buffer.concat([arrayHeader(1_000_000), new Uint8Array(1_000_000)])
    assert(Result.isSuccess(decode(scalars, 4_000_000)))
  })
})

describe("the encoder", () => {
  it("encodes plain objects, including an own __proto__", () => {
    const object = JSON.parse(`{"__proto__": {"a": 1}, "b": [true]}`) as Encodable
    assert.deepStrictEqual(
      decoded(encode(object)),
      new Map<string, MsgpackValue>([
        ["__proto__", new Map([["a", 1]])],
        ["b", [true]]
      ])
    )
  })

  it("throws for a value without a msgpack form", () => {
    const cyclic: Array<Encodable> = []
    cyclic.push(cyclic)
    for (const value of ["\uD800", "long enough for native code \uD800", 2n ** 64n, -(2n ** 63n) - 1n, cyclic]) {
      assert.throws(() => encode(value), RangeError)
    }
    assert.throws(() => encode({ absent: undefined as unknown as null }), TypeError)
    assert.throws(() => arrayHeader(-1), RangeError)
    assert.throws(() => mapHeader(1.5), RangeError)
    assert.throws(() => binHeader(2 ** 32), RangeError)
    assert.strictEqual(hexOf(encode([1])), "9101")
  })

  it("inverts decoding, and decoding inverts it", () => {
    const random = seeded(7)
    for (let run = 0; run < 2000; run++) {
      const value = randomValue(random, 4)
      const bytes = encode(value)
      assert.deepStrictEqual(decoded(bytes), value)
      assert.strictEqual(hexOf(encode(decoded(bytes))), hexOf(bytes))
    }
  })
})
