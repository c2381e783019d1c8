/** Tests JSON as the other form of the wire: the same requests, the same answers, and nothing lost. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { encodeAnswer, jsonReader, jsonValue, toJson } from "./json.ts"
import type { MsgpackValue } from "@musehub/msgpack/Value"
import { type ArrivingObject, readPushObjects } from "./pushObjects.ts"

const a = "a".repeat(64)
const body = (text: string) => new TextEncoder().encode(text)
const valueOf = (text: string) =>
  Effect.gen(function* () {
    const reader = yield* Effect.fromResult(jsonReader(body(text)))
    return yield* Effect.tap(reader.value(1e6), reader.end)
  })

/** Reads the objects of a JSON request with one content, spelled `content`. */
const objectsWith = (content: string) =>
  Effect.gen(function* () {
    const reader = yield* Effect.fromResult(
      jsonReader(body(`{"objects": [{"content": ${content}, "object_id": "${a}"}]}`))
    )
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
      yield* Effect.flip(Effect.fromResult(jsonReader(new Uint8Array([0x22, 0xff, 0x22]))))
    })
  )
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
})

it("a JSON body may begin with a byte-order mark", () => {
  const body = new TextEncoder().encode('\ufeff{"name":"a"}')
  assert.deepStrictEqual(Result.getOrThrow(jsonValue(body)), { name: "a" })
})
