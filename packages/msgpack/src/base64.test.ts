import { assert, describe, it } from "@effect/vitest"
import { base64Of } from "./base64.ts"
import { seeded } from "./testing.ts"

describe("base64", () => {
  it("is accepted in its one padded form alone", () => {
    const random = seeded(1)
    const characters = "AZaz09+/====-_ \n*é\u0141\u4e41"
    let accepted = 0
    for (let round = 0; round < 100_000; round++) {
      const bytes = Buffer.from(Array.from({ length: random(7) }, () => random(256)))
      const text = [...bytes.toString("base64")]
      for (let change = random(3); change > 0; change--) {
        text.splice(random(text.length + 1), random(2), characters.charAt(random(characters.length)))
      }
      const sent = text.join("")
      const decoded = Buffer.from(sent, "base64")
      const expected = decoded.toString("base64") === sent ? new Uint8Array(decoded) : undefined
      if (expected !== undefined) accepted += 1
      assert.deepStrictEqual(base64Of(sent), expected, JSON.stringify(sent))
    }
    assert.isAbove(accepted, 30_000)
  })

  it("has bytes of their own, however many they are", () => {
    for (const length of [1, 3000, 1_000_000]) {
      const bytes = base64Of(Buffer.alloc(length, 7).toString("base64"))
      assert.strictEqual(bytes?.byteLength, length)
      assert.strictEqual(bytes?.buffer.byteLength, length)
    }
  })
})
