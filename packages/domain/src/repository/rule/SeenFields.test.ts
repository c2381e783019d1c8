/** What moved since an edit was begun, also where the names of the fields are no fields. */
import { assert, describe, it } from "@effect/vitest"
import { movedFields, seenOf } from "./SeenFields.ts"

describe("fields that were seen", () => {
  it("are moved where they have another text, and not by other line breaks", () => {
    const seen = seenOf({ title: "Kyrie", body: "one\r\ntwo", left: undefined })
    assert.deepStrictEqual(movedFields({ title: "Kyrie", body: "one\ntwo" }, seen), [])
    assert.deepStrictEqual(movedFields({ title: "Gloria", body: "one\ntwo" }, seen), ["title"])
    assert.deepStrictEqual(movedFields({}, seen), ["title", "body"])
  })

  it("may have names that every object has", () => {
    const seen = Object.fromEntries(["constructor", "__proto__", "toString"].map((name) => [name, "no hash"]))
    assert.deepStrictEqual(movedFields({ title: "Kyrie" }, seen), ["constructor", "__proto__", "toString"])
  })
})
