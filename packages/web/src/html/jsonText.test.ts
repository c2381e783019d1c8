import { assert, describe, it } from "vitest"
import { jsonText } from "./jsonText.ts"

const values = [null, true, -1.5, 'a"\n', [], {}, [1, [2, {}], "x"], { a: { b: [] }, "": [null], __proto__: 1 }]

describe("a value as JSON", () => {
  it.each(values)("is printed as JSON.stringify does: %j", (value) => {
    assert.strictEqual(jsonText(value, 1000), JSON.stringify(value, null, 2))
  })

  it("is not looked at beyond what is shown", () => {
    const unseen = {
      get later(): never {
        throw new Error("was looked at")
      }
    }
    assert.strictEqual(jsonText(["x".repeat(10_000_000), unseen], 100), `[\n  "${"x".repeat(95)}`)
    const nested = JSON.parse("[".repeat(5000) + "]".repeat(5000))
    assert.lengthOf(jsonText(nested, 20_000), 20_000)
  })
})
