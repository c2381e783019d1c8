/** The drawings of insights have what the tables beside them have. */
import { assert, describe, it } from "@effect/vitest"
import type { ActivityItem } from "@musehub/domain/reading/intel/activity"
import type { CouplingItem } from "@musehub/domain/reading/intel/coupling"
import { periodsOf } from "./activityPeriods.ts"
import { layCoupling, rowHeight, width } from "./CouplingLayout.ts"

const pair = (a: string, b: string, support: number): CouplingItem => ({ a, b, support, confidence: 1 })

const day = (name: string, commits = 1): ActivityItem => ({
  day: name,
  commits,
  contributors: 1,
  agents: 1,
  humans: commits - 1,
  semVer: { major: 0, minor: 0, patch: 0 },
  breaking: 0
})

describe("the drawing of coupling", () => {
  it("has each file once, those that lead to each other together, and an arc for each pair", () => {
    const { arcs, files, height } = layCoupling([pair("a", "b", 9), pair("x", "y", 3), pair("b", "c", 6)])
    assert.deepStrictEqual(files, ["a", "b", "c", "x", "y"])
    assert.strictEqual(height, 5 * rowHeight)
    assert.deepStrictEqual(
      arcs.map(({ stroke }) => stroke),
      [6, 3, 4]
    )
    assert.strictEqual(arcs[0]?.path, `M${width} 14C97 14 97 42 ${width} 42`)
  })

  it("stays in the picture however far a pair is apart", () => {
    const pairs = Array.from({ length: 40 }, (_, place) => pair("a", `file ${place}`, 3))
    const { arcs, height } = layCoupling(pairs)
    for (const { path } of arcs) {
      const [x0 = -1, y0 = -1, x1 = -1, , , y1 = -1] = (path.match(/-?[\d.]+/g) ?? ["-1"]).map(Number)
      // The leftmost point of the curve.
      const left = x0 / 4 + (3 * x1) / 4
      assert.isTrue(left >= 3 && y0 >= 0 && y1 <= height, path)
    }
    assert.deepStrictEqual(layCoupling([]), { files: [], arcs: [], height: 0 })
  })
})

describe("the periods of an activity", () => {
  it("are days, none left out between, and weeks of a long one", () => {
    const days = periodsOf([day("2026-11-29", 3), day("2026-11-27")])
    assert.strictEqual(days.unit, "day")
    assert.deepStrictEqual(
      days.periods.map(({ commits, from }) => `${from} ${commits}`),
      ["2026-11-29 3", "2026-11-28 0", "2026-11-27 1"]
    )
    const weeks = periodsOf([day("2026-11-29", 3), day("2026-11-23"), day("2026-01-01")])
    assert.strictEqual(weeks.unit, "week")
    assert.deepInclude(weeks.periods[0], { from: "2026-11-23", commits: 4, agents: 2 })
    assert.strictEqual(weeks.periods.at(-1)?.from, "2025-12-29")
  })

  it("are few whatever the dates of commits are, and none of none", () => {
    assert.deepStrictEqual(periodsOf([]).periods, [])
    assert.deepStrictEqual(periodsOf([day("+275760-09-13")]).periods.length, 1)
    const { periods } = periodsOf([day("2026-11-29"), day("-271821-04-20"), day("no day")])
    assert.strictEqual(periods.length, 104)
  })
})
