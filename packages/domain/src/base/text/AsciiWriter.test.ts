/** What is written is what texts would give, also where the buffer is full in between. */
import { assert, describe, it } from "@effect/vitest"
import { AsciiWriter } from "./AsciiWriter.ts"
import { hex, latin1, utf8 } from "../Bytes.ts"

describe("a writer of ASCII", () => {
  it("hands on numbers, hex and bytes in order, of any length", () => {
    let written = ""
    const writer = new AsciiWriter((bytes) => (written += latin1(bytes)))
    const hash = Uint8Array.from({ length: 32 }, (_, at) => (at * 37 + 5) & 255)
    const numbers = [0, 9, 10, 4294967295, 4294967296, Number.MAX_SAFE_INTEGER, 100, 1_000_000_007]
    let wanted = ""
    for (let round = 0; round < 2000; round += 1) {
      const number = numbers[round % numbers.length] as number
      writer.decimal(number)
      writer.byte(0x20)
      writer.hex(new DataView(hash.buffer), round % 32, 32)
      writer.bytes(utf8(`\n${"x".repeat(round % 97)}`))
      wanted += `${number} ${hex(hash.subarray(round % 32))}\n${"x".repeat(round % 97)}`
    }
    const long = "y".repeat(200_000)
    writer.bytes(utf8(long))
    writer.flush()
    writer.flush()
    assert.strictEqual(written, wanted + long)
  })
})
