import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { utf8 } from "../../base/Bytes.ts"
import { findLines } from "./findLines.ts"

const find = (text: string, sought: string, afterLine = 0, countMax = 100) =>
  findLines(utf8(text), utf8(sought), afterLine, countMax)

describe("lines with a text", () => {
  it("are shown with the first place in each, counted in characters", () => {
    assert.deepStrictEqual(find("one\ntwo one one\r\n\nÜ😀one", "one"), [
      { line: 1, column: 1, preview: "one" },
      { line: 2, column: 5, preview: "two one one" },
      { line: 4, column: 3, preview: "Ü😀one" }
    ])
    assert.deepStrictEqual(find("one", "two"), [])
    assert.deepStrictEqual(find("", "one"), [])
  })

  it("are found after a line, up to a count", () => {
    const text = "a\n".repeat(10)
    assert.deepStrictEqual(
      find(text, "a", 3, 2).map(({ line }) => line),
      [4, 5]
    )
    assert.deepStrictEqual(find(text, "a", 10, 2), [])
  })

  it("are cut around the place, at whole characters", () => {
    const [found] = find(`${"é".repeat(1000)}!${"語".repeat(1000)}`, "!")
    assert.deepStrictEqual(found, { line: 1, column: 1001, preview: `${"é".repeat(40)}!${"語".repeat(79)}` })
  })

  it.prop(
    "are those of a search line by line",
    {
      lines: Schema.Array(Schema.Array(Schema.Literals(["a", "b", "é", "\r", " "])).check(Schema.isMaxLength(5))),
      sought: Schema.Literals(["a", "ab", "éa", "a a"])
    },
    ({ lines, sought }) => {
      const texts = lines.map((line) => line.join(""))
      const model = texts.flatMap((line, place) => {
        const at = line.indexOf(sought)
        return at < 0 ? [] : [{ line: place + 1, column: at + 1, preview: line.replace(/\r$/, "") }]
      })
      assert.deepStrictEqual(find(texts.join("\n"), sought), model)
    }
  )
})
