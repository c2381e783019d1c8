/** Tests JSON as the other form of the wire: the same requests, the same answers, and nothing lost. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { encode } from "@musehub/msgpack/Encoder"
import { Reader } from "@musehub/msgpack/Reader"
import { type Random, seeded } from "@musehub/msgpack/testing"
import type { MsgpackValue } from "@musehub/msgpack/Value"
import { parseJson } from "../object/CanonicalJson.ts"
import { convertingToJson, encodeAnswer, jsonReader, jsonValue, toJson, transcoded } from "./json.ts"
import { JsonTranscoder } from "./JsonTranscoder.ts"
import { jsonValuesMax } from "./Limits.ts"
import { type ArrivingObject, readPushObjects } from "./pushObjects.ts"

const a = "a".repeat(64)
const body = (text: string) => new TextEncoder().encode(text)
const valueOf = (text: string) =>
  Effect.gen(function* () {
    const reader = yield* jsonReader(body(text))
    return yield* Effect.tap(reader.value(1e6), reader.end)
  })

/** Reads the objects of a JSON request with one content, spelled `content`. */
const objectsWith = (content: string) =>
  Effect.gen(function* () {
    const reader = yield* jsonReader(body(`{"objects": [{"content": ${content}, "object_id": "${a}"}]}`))
    const objects: Array<ArrivingObject<never>> = []
    yield* readPushObjects(reader, (object) => Effect.sync(() => objects.push(object)))
    return objects.map(({ content, size }) => ({ content, size }))
  })

describe("a JSON request", () => {
  it.effect("gives the same value as msgpack", () =>
    Effect.gen(function* () {
      const value = yield* valueOf(
        `{"__proto__": {"constructor": "é"}, "n": [9223372036854775807, -9223372036854775808, ` +
          `9007199254740993, 1.5, 7], "t": true}`
      )
      assert.deepStrictEqual(
        value,
        new Map<string, MsgpackValue>([
          ["__proto__", new Map([["constructor", "é"]])],
          ["n", [2n ** 63n - 1n, -(2n ** 63n), 9_007_199_254_740_993n, 1.5, 7]],
          ["t", true]
        ])
      )
    })
  )

  it.effect("has content in base64", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* objectsWith(`"AP8="`), [{ content: new Uint8Array([0, 255]), size: 2 }])
      assert.match((yield* Effect.flip(objectsWith(`"AP8"`))).message, /not base64/)
      assert.match((yield* Effect.flip(objectsWith(`17`))).message, /objects\[0\]\.content must be base64/)
    })
  )

  it.effect("is refused if its JSON is invalid", () =>
    Effect.gen(function* () {
      for (const text of ["", "{", `{"a": "\\ud800"}`, "[".repeat(200) + "]".repeat(200), "[".repeat(1e6), "[1e400]"]) {
        yield* Effect.flip(valueOf(text))
      }
      yield* Effect.flip(jsonReader(new Uint8Array([0x22, 0xff, 0x22])))
    })
  )
})

const spaces = ["", "", " ", "\n\t\r"]
const texts = [
  "",
  "a",
  "é😀",
  "\\",
  '"',
  '\\"',
  "x\\\\",
  " 1234567890123456789",
  "__proto__",
  "0",
  "\0",
  "b".repeat(32)
]
/** Without backslashes: V8 takes the name `\\u0000` for a name `\\` that it met before. */
const names = texts.filter((text) => !text.includes("\\"))
const numbers = (
  "0 -0 1 -17 127 128 65536 1.5 0.1 1E+5 1e21 9007199254740993e0 9007199254740993 -9223372036854775808 " +
  "-9223372036854775809 18446744073709551615 18446744073709551616 1234567890123456.5"
).split(" ")
const inserted = [...'[]{},:"\\0-e.t ', "\u0001", ""]

const oneOf = (random: Random, items: ReadonlyArray<string>) => items[random(items.length)] ?? ""

const randomJson = (random: Random, depth = 0): string => {
  const spaced = (text: string) => oneOf(random, spaces) + text + oneOf(random, spaces)
  const several = (item: () => string) => Array.from({ length: random(4) }, () => spaced(item())).join(",")
  switch (random(depth > 4 ? 3 : 6)) {
    case 0:
      return JSON.stringify(oneOf(random, texts) + oneOf(random, texts))
    case 1:
      return oneOf(random, numbers)
    case 2:
      return oneOf(random, ["true", "false", "null"])
    case 3:
    case 4:
      return `[${several(() => randomJson(random, depth + 1))}]`
    default:
      return `{${several(() => `${spaced(JSON.stringify(oneOf(random, names)))}:${randomJson(random, depth + 1)}`)}}`
  }
}

/** Translates in slices of a few bytes. */
const inSlices = (text: string, random: Random) => {
  const transcoder = new JsonTranscoder(body(text), 1000)
  for (;;) {
    const done = transcoder.run(1 + random(9))
    if (Result.isFailure(done)) return Result.fail(done.failure)
    if (done.success) return Result.succeed(transcoder.msgpack)
  }
}

const whole = (bytes: Uint8Array) => Effect.result(Reader.fromBytes(bytes).value(Number.POSITIVE_INFINITY))

describe("JSON that is translated to msgpack", () => {
  it.effect("has the value that JSON.parse gives, and is refused where JSON.parse refuses it", () =>
    Effect.gen(function* () {
      const random = seeded(18)
      let accepted = 0
      for (let run = 0; run < 4000; run++) {
        const text = randomJson(random)
        const at = random(text.length + 1)
        const damaged = text.slice(0, at) + oneOf(random, inserted) + text.slice(at + random(2))
        const candidate = run % 2 === 0 ? text : damaged.toWellFormed()
        const parsed = parseJson(candidate)
        const translated = inSlices(candidate, random)
        if (Result.isFailure(translated)) {
          // What an integer may be at most, and a double.
          if (!/digits|too large|longer/.test(translated.failure.message)) assert(Result.isFailure(parsed), candidate)
          continue
        }
        assert(Result.isSuccess(parsed), candidate)
        const read = yield* whole(translated.success)
        // An object that has a name twice is refused by the reader.
        if (Result.isFailure(read)) assert.match(read.failure.message, /twice/)
        else assert.deepStrictEqual(Result.succeed(read.success), yield* whole(encode(parsed.success)), candidate)
        accepted += 1
      }
      assert.isAbove(accepted, 2000)
    })
  )

  it.effect("is bounded before a value is made of it: depth, count of values, length of numbers", () =>
    Effect.gen(function* () {
      const refused: ReadonlyArray<readonly [text: string, sentence: RegExp]> = [
        ["[".repeat(60_000_000), /nesting is deeper than 128/],
        ['{"a":'.repeat(129), /nesting is deeper than 128/],
        [`[${"1,".repeat(jsonValuesMax)}1]`, /has more than 250000 values/],
        [`[${"[],".repeat(jsonValuesMax)}1]`, /has more than 250000 values/],
        ["1".repeat(16_000_000), /longer than 64 bytes/],
        ["123456789012345678901", /more than 20 digits/],
        [`[-${"1".repeat(21)}]`, /more than 20 digits/],
        [`1.${"0".repeat(70)}`, /longer than 64 bytes/],
        ["[1e400]", /too large/]
      ]
      for (const [text, sentence] of refused) {
        assert.match((yield* Effect.flip(transcoded(body(text), jsonValuesMax))).message, sentence, text.slice(0, 30))
      }
      const deep = "[".repeat(128) + "]".repeat(128)
      assert.strictEqual((yield* transcoded(body(deep), jsonValuesMax)).byteLength, 128 * 5)
      assert.strictEqual(yield* valueOf("18446744073709551615"), 2n ** 64n - 1n)
      assert.strictEqual(yield* valueOf("\u{feff}[]").pipe(Effect.map((value) => JSON.stringify(value))), "[]")
    })
  )
})

describe("a long integer in JSON", () => {
  it("is read exactly, among values that are what JSON.parse gives", () => {
    const random = seeded(19)
    const [integerMin, integerMax] = [-(2n ** 63n), 2n ** 64n - 1n]
    const exact = (_name: string, value: unknown, { source }: { readonly source?: string }): unknown => {
      if (typeof value !== "number" || Number.isSafeInteger(value) || !/^-?\d+$/.test(source ?? "")) return value
      const integer = BigInt(source ?? "")
      return integer < integerMin || integer > integerMax ? value : integer
    }
    const withSource = JSON.parse as (text: string, reviver: typeof exact) => unknown
    for (let run = 0; run < 2000; run++) {
      const text = `[1234567890123456789, ${randomJson(random)}]`
      assert.deepStrictEqual<unknown>(parseJson(text), Result.succeed(withSource(text, exact)), text)
    }
  })
})

it("a long string is looked through in slices", () => {
  const text = `${"x".repeat(1_000_000)}\\n`
  const transcoder = new JsonTranscoder(body(`["${text}"]`), 2)
  let runs = 1
  while (!Result.getOrThrow(transcoder.run(64 * 1024))) runs += 1
  assert.isAtLeast(runs, 15)
  assert.strictEqual(Buffer.compare(transcoder.msgpack.subarray(-1_000_001), body(`${"x".repeat(1_000_000)}\n`)), 0)
})

describe("a JSON answer", () => {
  it("spells bytes as base64 and integers exactly", () => {
    const value = new Map<string, MsgpackValue>([
      ["__proto__", new Uint8Array([0, 255])],
      ["n", [2n ** 64n - 1n, 1, 0.5, null]]
    ])
    assert.strictEqual(encodeAnswer(value), `{"__proto__":"AP8=","n":[18446744073709551615,1,0.5,null]}`)
    assert.strictEqual(encodeAnswer({ ok: true, heads: { main: a } }), `{"ok":true,"heads":{"main":"${a}"}}`)
    assert.throws(() => encodeAnswer([Number.NaN]), RangeError)
  })

  it("refuses a record that holds bytes", () => {
    assert(Result.isFailure(toJson([new Uint8Array(1)])))
    const converted = Result.getOrThrow(toJson(new Map<string, MsgpackValue>([["__proto__", [1n, "x"]]])))
    assert.deepStrictEqual(Object.entries(converted as object), [["__proto__", [1n, "x"]]])
  })

  it("pauses while it converts a record of many members, and gives the same as at once", () => {
    const member = (index: number): MsgpackValue => new Map([["op", [index, "x".repeat(100)]]])
    const ops = Array.from({ length: 5000 }, (_, index) => member(index))
    const slices = convertingToJson(
      new Map<string, MsgpackValue>([
        ["delta", ops],
        ["map", new Map(ops.entries().map(([index, op]) => [`${index}`, op]))]
      ])
    )
    let pauses = 0
    let slice = slices.next()
    for (; slice.done !== true; slice = slices.next()) pauses += 1
    assert.isAtLeast(pauses, 100)
    const converted = ops.map((_, index) => ({ op: [index, "x".repeat(100)] }))
    assert.deepStrictEqual(Result.getOrThrow(slice.value), { delta: converted, map: { ...converted } })
  })
})

it("a JSON body may begin with a byte-order mark", () => {
  const body = new TextEncoder().encode('\ufeff{"name":"a"}')
  assert.deepStrictEqual(Result.getOrThrow(jsonValue(body)), { name: "a" })
})
