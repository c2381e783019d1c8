/** Tests that a cut text is valid Unicode, wherever it is cut. */
import { assert, describe, it } from "@effect/vitest"
import { cut } from "./cut.ts"

describe("a cut text", () => {
  it("is its beginning, without half a surrogate pair", () => {
    assert.strictEqual(cut("abc", 3), "abc")
    assert.strictEqual(cut("abcd", 3), "abc")
    assert.strictEqual(cut("a😀😀", 3), "a😀")
    assert.strictEqual(cut("a😀😀", 4), "a😀")
    assert.strictEqual(cut("a😀😀", 5), "a😀😀")
    assert.strictEqual(cut("😀", 1), "")
    assert.strictEqual(cut("", 1), "")
  })

  it("is valid Unicode even if the text is not", () => {
    assert.strictEqual(cut("a\ud83d", 2), "a\ufffd")
    assert.strictEqual(cut("\ude00abc", 2), "\ufffda")
    assert.strictEqual(cut("a\ud83d\ud83db", 3), "a\ufffd")
  })
})
