import { assert, describe, it } from "@effect/vitest"
import { differenceOf, foldedName, lookAlikes } from "./lookAlikes.ts"

describe("the folded form of a name", () => {
  it("is shared by spellings that differ in case, Unicode normalisation or invisible characters", () => {
    const shared = [
      ["README.md", "Readme.MD"],
      ["\u00e9tude", "e\u0301tude"],
      ["\u00c9TUDE", "e\u0301tude"],
      ["a\u200cb", "ab"],
      ["Straße", "STRASSE"],
      ["ΟΔΟΣ", "οδοσ"],
      ["mu\u017fe", "MUSE"]
    ]
    for (const [one = "", other = ""] of shared) assert.strictEqual(foldedName(one), foldedName(other), one)
    for (const [one = "", other = ""] of [
      ["a", "b"],
      ["e", "\u00e9"],
      ["m\u00b2", "m2"],
      ["a/b", "a-b"]
    ]) {
      assert.notStrictEqual(foldedName(one), foldedName(other), one)
    }
  })
})

describe("names that look alike", () => {
  it("are paired with the first spelling, folders included, each once", () => {
    const names = ["Src/a", "src/b", "src/A", "src/a", "SRC", "other", "other"]
    assert.deepStrictEqual(
      [...lookAlikes(names)],
      [
        ["Src", "src"],
        ["Src/a", "src/A"],
        ["Src/a", "src/a"],
        ["Src", "SRC"]
      ]
    )
    assert.deepStrictEqual([...lookAlikes(["a", "a/b", "b/a", "ab"])], [])
  })

  it("say in what they differ", () => {
    assert.strictEqual(differenceOf(["A", "a"]), "case")
    assert.strictEqual(differenceOf(["\u00e9", "e\u0301"]), "Unicode normalisation")
    assert.strictEqual(differenceOf(["\u00c9", "e\u0301"]), "case, Unicode normalisation or invisible characters")
  })
})
