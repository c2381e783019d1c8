import { assert, describe, it } from "@effect/vitest"
import { sha256 } from "../object/Digest.ts"
import { TextNumbers } from "./TextNumbers.ts"

const texts = Array.from({ length: 5000 }, (_, place) =>
  place % 7 === 3 ? `init-${place}` : place % 7 === 5 ? sha256(`${place}`).toUpperCase() : sha256(`${place}`)
)

describe("TextNumbers", () => {
  it.each([0, 32, 5000])("numbers texts in their order, ids and others, with room for %i", (room) => {
    const numbers = new TextNumbers(room)
    for (const [place, text] of texts.entries()) assert.strictEqual(numbers.add(text), place)
    for (const [place, text] of texts.entries()) {
      assert.strictEqual(numbers.add(text), place)
      assert.strictEqual(numbers.find(text), place)
      assert.strictEqual(numbers.at(place), text)
    }
    assert.strictEqual(numbers.size, texts.length)
  })

  it("finds nothing that was not added, and has nothing beyond its size", () => {
    const numbers = new TextNumbers()
    for (const text of texts.slice(0, 100)) numbers.add(text)
    for (const text of [...texts.slice(100), "", "0".repeat(64), "g".repeat(64)]) assert.isUndefined(numbers.find(text))
    for (const number of [-1, 100]) assert.throws(() => numbers.at(number), `text ${number} of 100`)
    assert.strictEqual(numbers.size, 100)
  })
})
