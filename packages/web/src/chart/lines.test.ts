/** Lines and bars stay within their pictures, whatever they are of. */
import { assert, describe, it } from "@effect/vitest"
import { renderToString } from "preact-render-to-string"
import { h } from "../html/h.ts"
import { Bars } from "./Bars.ts"
import { stepPath } from "./Lines.ts"

const numbersIn = (text: string): ReadonlyArray<number> => (text.match(/-?[\d.]+/g) ?? ["-1"]).map(Number)

describe("a line of steps", () => {
  it("goes level to each moment, and then to its share", () => {
    const moments = [
      { at: 0, share: 0 },
      { at: 50, share: 1 }
    ]
    assert.strictEqual(stepPath(moments, 0, 100), "M0 95H300V1H600")
  })

  it("is none without a moment, and stays in the picture at any time and share", () => {
    assert.strictEqual(stepPath([], 0, 1), "")
    const wild = [
      { at: -1e15, share: -3 },
      { at: 1e15, share: 40 }
    ]
    for (const number of numbersIn(stepPath(wild, 5, 5))) assert.isTrue(number >= 0 && number <= 600, String(number))
  })
})

describe("bars", () => {
  it("are as high as their values, and seen where they are tiny", () => {
    const bars = [0, 1, 1_000_000].map((value) => ({ title: `"${value}" <b>`, value }))
    const drawn = renderToString(h(Bars, { bars, label: "sizes" }))
    const heights = [...drawn.matchAll(/height="([\d.]+)"><title>/g)].map(([, height]) => Number(height))
    assert.deepStrictEqual(heights, [0, 1.5, 96])
    assert.notInclude(drawn, "<b>")
  })

  it("are none of nothing", () => {
    assert.notInclude(renderToString(h(Bars, { bars: [], label: "sizes" })), "rect")
  })
})
