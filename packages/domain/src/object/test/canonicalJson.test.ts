/** The quick way to read canonical JSON gives the same answer as the strict one, for good text and for nearly good. */
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { type Random, seeded } from "@musehub/msgpack/testing"
import { decodeJson, decodeStrictly, depthMax, encodeJson, setMember } from "../CanonicalJson.ts"
import { parsePlainly } from "../internal/parsePlainly.ts"
import type { JsonValue } from "../Json.ts"

const pick = <A>(random: Random, from: ReadonlyArray<A>): A => from[random(from.length)] as A

const names = [
  "",
  "a",
  "b",
  "ab",
  "A",
  "0",
  "1",
  "9",
  "10",
  "01",
  "-1",
  "__proto__",
  "toJSON",
  "\u00e9",
  "\ue000",
  "😀"
]
const strings = [...names, "\ud800", "\udc00x", "\\ud", "\\ud800", '"', "\\", "\u0000", "\u001f", "\u007f", "\u2028"]
const numbers: ReadonlyArray<JsonValue> = [0, -0, 1, -1, 0.5, 1e21, 1e-7, 1.5e300, 5e-324, 123456789012345, 2 ** 53]
const integers: ReadonlyArray<JsonValue> = [2n ** 53n, 2n ** 53n + 1n, 2n ** 64n - 1n, -(2n ** 63n)]

const randomValue = (random: Random, depth: number): JsonValue => {
  const size = depth > 4 ? 0 : random(5)
  switch (random(6)) {
    case 0:
      return pick(random, random(9) === 0 ? integers : numbers)
    case 1:
      return pick(random, [null, true, false])
    case 2:
      return pick(random, strings)
    case 3:
      return Array.from({ length: size }, () => randomValue(random, depth + 1))
    default: {
      const object: Record<string, JsonValue> = {}
      for (let member = 0; member < size; member++) {
        setMember(object, pick(random, names), randomValue(random, depth + 1))
      }
      return object
    }
  }
}

const pieces = [
  ...'{}[]:,"\\ \n0123456789-+.eEabutfnl',
  '"a":1,',
  ",null",
  "\\u0041",
  "\\ud800",
  "1e400",
  "1".repeat(16)
]

/** Changes a text in one place: most such texts are not JSON, others are not canonical. */
const mutated = (random: Random, text: string): string => {
  const at = random(text.length + 1)
  const to = at + random(4)
  switch (random(4)) {
    case 0:
      return text.slice(0, at) + text.slice(to)
    case 1:
      return text.slice(0, at) + pick(random, pieces) + text.slice(at)
    case 2:
      return text.slice(0, at) + pick(random, pieces) + text.slice(to)
    default:
      return text.slice(0, to) + text.slice(at)
  }
}

/** Requires both ways to say the same of a text. Returns whether the text is canonical. */
const agree = (text: string): boolean => {
  const [quick, strict] = [decodeJson(text), decodeStrictly(text)]
  assert.deepStrictEqual(quick, strict, text)
  return Result.isSuccess(strict)
}

describe("canonical JSON is read quickly as strictly", () => {
  it("for random documents and their mutations", () => {
    const random = seeded(7)
    let [canonical, plain, refused] = [0, 0, 0]
    for (let document = 0; document < 4000; document++) {
      const value = randomValue(random, 0)
      const encoded = encodeJson(value)
      const text = Result.isSuccess(encoded)
        ? encoded.success
        : JSON.stringify(value, (_, of) => (typeof of === "bigint" ? 0 : of))
      if (agree(text)) canonical += 1
      if (parsePlainly(text, depthMax) !== undefined) plain += 1
      for (const other of [mutated(random, text), mutated(random, mutated(random, text))])
        if (!agree(other)) refused += 1
    }
    assert.isAbove(canonical, 2000)
    assert.isAbove(plain, 1600)
    assert.isAbove(refused, 2000)
  })

  it("for names that are out of order, twice, integers or __proto__", () => {
    for (const text of ['{"b":1,"a":1}', '{"a":1,"a":1}', '{"9":1,"10":1}', '[{"a":{"d":1,"c":1}}]']) {
      assert.isFalse(agree(text), text)
    }
    for (const text of ['{"10":1,"9":1}', '{"__proto__":{"a":1}}', '{"":1,"a":1}', '{"toJSON":1}']) {
      assert.isTrue(agree(text), text)
    }
  })

  it("for numbers of more digits than a double has, and other spellings", () => {
    for (const text of ["9007199254740993", "18446744073709551615", "-9223372036854775808", "1e+21", "5e-324", "0.1"]) {
      assert.isTrue(agree(text), text)
    }
    for (const text of ["9007199254740992.0", "18446744073709551616", "1e21", "-0", "1.0", "01", " 1", "1 ", "1e400"]) {
      assert.isFalse(agree(text), text)
    }
  })

  it("for escapes and lone surrogates", () => {
    for (const text of ['"\\\\ud800"', '"\\u0000"', '"\ud83d\ude00"', '"\u2028"', '"\u007f"'])
      assert.isTrue(agree(text), text)
    for (const text of ['"\\ud800"', '"\ud800"', '"\\u0041"', '"\\/"', '"\\ud83d\\ude00"', '{"\\udc00":1}']) {
      assert.isFalse(agree(text), text)
    }
  })

  it("for the deepest nesting that is allowed, and one deeper", () => {
    const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth)
    assert.isTrue(agree(nested(depthMax + 1)))
    assert.isFalse(agree(nested(depthMax + 2)))
    assert.isFalse(agree(nested(100_000)))
  })
})

describe("canonical JSON is written", () => {
  it("as the engine writes each character, without lone surrogates", () => {
    for (let unit = 0; unit <= 0xffff; unit++) {
      const text = `x${String.fromCharCode(unit)}`
      const encoded = encodeJson(text)
      if (unit >= 0xd800 && unit <= 0xdfff) assert.isTrue(Result.isFailure(encoded))
      else assert.strictEqual(Result.getOrThrow(encoded), JSON.stringify(text))
    }
    assert.strictEqual(Result.getOrThrow(encodeJson("😀")), '"😀"')
  })
})
