import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import { fieldErrors, reasonOf, unknownField } from "./fieldErrors.ts"

/** What is wrong, by path. */
const said = <A>(schema: Schema.Codec<A, unknown>, value: unknown) => {
  const options = { errors: "all", onExcessProperty: "error" } as const
  const failure = Result.getOrThrow(Result.flip(Schema.decodeUnknownResult(schema, options)(value)))
  return Object.fromEntries(fieldErrors(failure.issue, "field").map(({ message, path }) => [path, message]))
}

describe("what is wrong with a field", () => {
  it("is said in plain words for every kind of schema that the hub uses", () => {
    const short = Schema.String.check(Schema.isMaxLength(3))
    const few = Schema.Array(short).check(Schema.isMinLength(1), Schema.isMaxLength(2))
    const expected: ReadonlyArray<readonly [Schema.Codec<unknown, unknown>, unknown, string]> = [
      [Schema.String, 5, "must be a string"],
      [Schema.Number, "5", "must be a number"],
      [Schema.Boolean, 1, "must be true or false"],
      [Schema.Null, 1, "must be null"],
      [Schema.Literal("a"), 1, 'must be "a"'],
      [Schema.Literals(["a", "b", "c"]), "d", 'must be "a", "b" or "c"'],
      [Schema.NullOr(Schema.String), 1, "must be a string or null"],
      [Schema.Struct({}).pipe(Schema.NullOr), undefined, "must be an object or null"],
      [Schema.Int, 0.5, "must be a whole number"],
      [
        Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 9 })),
        0.5,
        "must be a whole number and must be from 1 to 9"
      ],
      [Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)), -1, "must be at least 0"],
      [short, "four", "must have at most 3 characters"],
      [few, [], "must have at least 1 item"],
      [few, ["a", "b", "c"], "must have at most 2 items"],
      [Schema.String.check(Schema.isPattern(/^a$/, { expected: "the letter a" })), "b", "must be the letter a"],
      [Schema.String.check(Schema.makeFilter(() => "is taken")), "b", "is taken"],
      [Schema.String.check(Schema.makeFilter(() => false)), "b", "is not a valid value"],
      [Schema.Uint8ArrayFromBase64.annotate({ expected: "bytes in base64" }), "%", "must be bytes in base64"]
    ]
    for (const [schema, value, message] of expected) {
      const found = said(schema, value)
      assert.deepStrictEqual(Object.values(found), [message], JSON.stringify(value))
    }
  })

  it("has the path of the field, with brackets where a name is no identifier", () => {
    const schema = Schema.Struct({ list: Schema.Array(Schema.Struct({ a: Schema.Record(Schema.String, Schema.Int) })) })
    assert.deepStrictEqual(said(schema, { list: [{ a: {} }, { a: { x: "", "y z": "", "": "", __proto__: "" } }] }), {
      "list[1].a.x": "must be a number",
      'list[1].a["y z"]': "must be a number",
      'list[1].a[""]': "must be a number"
    })
    assert.deepStrictEqual(said(schema, []), { "": "must be an object" })
    const [path = ""] = Object.keys(
      said(Schema.Struct({}).pipe(Schema.fieldsAssign({ a: Schema.Int })), { a: 1, ["x".repeat(1000)]: 1 })
    )
    assert.strictEqual(path.length, 301)
  })

  it("is said in one sentence, of five fields at most", () => {
    const fields = Object.fromEntries(Array.from({ length: 7 }, (_, place) => [`f${place}`, Schema.Int]))
    const decode = Schema.decodeUnknownResult(Schema.Struct(fields), { errors: "all" })
    const reason = reasonOf(Result.getOrThrow(Result.flip(decode({}))))
    assert.strictEqual(reason, "f0 is missing; f1 is missing; f2 is missing; f3 is missing; f4 is missing; and 2 more")
  })

  it("names the known fields where it is unknown", () => {
    assert.deepStrictEqual(said(Schema.Struct({ a: Schema.optionalKey(Schema.Int) }), { b: 1 }), {
      b: "is not a known field: the only one here is a"
    })
    assert.strictEqual(
      unknownField(["a", "b", "c"], "parameter"),
      "is not a known parameter: known here are a, b and c"
    )
    assert.strictEqual(unknownField([], "parameter"), "is not a known parameter: there are none here")
  })
})
