import type { CommitId } from "@musehub/domain/object/Id"
import type { BlameRange } from "@musehub/domain/usecase/browse/blame/blame"
import { assert, describe, it } from "vitest"
import type { Line } from "../content/highlight.ts"
import { blameWindow } from "./BlameWindow.ts"

const rangeOf = (from: number, to: number): BlameRange => ({
  from,
  to,
  commitId: String(from).padStart(64, "0") as CommitId,
  author: "ada",
  at: "2026-11-22T15:08:10+00:00",
  path: "a",
  line: from
})

const linesOf = (count: number, text = "x"): ReadonlyArray<Line> =>
  Array.from({ length: count }, () => [{ text, class: "" }])

const shape = (lines: ReadonlyArray<Line>, first: number, ranges: ReadonlyArray<BlameRange>) => {
  const { end, parts } = blameWindow(lines, first, ranges)
  return { end, parts: parts.map((part) => [part.range?.from, part.first, part.lines.length]) }
}

describe("a window of a blame", () => {
  it("divides lines by their commits, also from the middle of a range on, and those of no known commit", () => {
    const ranges = [rangeOf(1, 2), rangeOf(3, 3), rangeOf(6, 9)]
    const whole = [
      [1, 1, 2],
      [3, 3, 1],
      [undefined, 4, 2],
      [6, 6, 4],
      [undefined, 10, 1]
    ]
    assert.deepStrictEqual(shape(linesOf(10), 1, ranges), { end: 11, parts: whole })
    assert.deepStrictEqual(shape(linesOf(3), 8, ranges), { end: 11, parts: [[6, 8, 2], whole[4]] })
    assert.deepStrictEqual(shape(linesOf(2), 1, []), { end: 3, parts: [[undefined, 1, 2]] })
    assert.deepStrictEqual(shape([], 5, ranges), { end: 5, parts: [] })
  })

  it("ends where a page would become too long: by lines, by characters and by commits", () => {
    assert.strictEqual(shape(linesOf(2000), 1, [rangeOf(1, 2000)]).end, 501)
    const long = shape(linesOf(2000, "x".repeat(1000)), 1, [rangeOf(1, 2000)]).end
    assert.isTrue(long > 50 && long < 101, String(long))
    const each = Array.from({ length: 2000 }, (_, place) => rangeOf(place + 1, place + 1))
    const apart = shape(linesOf(2000), 1, each).end
    assert.isTrue(apart > 100 && apart < 201, String(apart))
  })

  it("has one line at least, and counts of a long one what is shown of it", () => {
    assert.strictEqual(shape(linesOf(3, "x".repeat(10_000_000)), 1, []).end, 4)
    const coloured: Line = Array.from({ length: 5000 }, () => ({ text: "x", class: "hljs-string" }))
    assert.deepStrictEqual(shape([coloured, coloured], 1, []), { end: 2, parts: [[undefined, 1, 1]] })
  })
})
