import { sha256 } from "@musehub/domain/object/Digest"
import { assert, describe, it } from "vitest"
import { type GraphCommit, type GraphRow, type Lanes, lanesMax, lanesOf, lanesText, layGraph } from "./Lanes.ts"

const idOf = (name: string | number): string => sha256(String(name))

const commit = (name: string, ...parents: ReadonlyArray<string>): GraphCommit => ({
  id: idOf(name),
  parents: parents.map(idOf)
})

const rowsOf = (...commits: ReadonlyArray<GraphCommit>) => layGraph([], commits).rows

const row = (lane: number, more: Partial<GraphRow> = {}): GraphRow => ({
  lane,
  children: [],
  parents: [],
  passing: [],
  ...more
})

const straight = (lane: number) => ({ from: lane, to: lane })

/** A history with branches and merges, children before parents, made of a fixed sequence of numbers. */
const randomHistory = (count: number, seed: number, width: number): ReadonlyArray<GraphCommit> => {
  let state = seed
  const next = (below: number): number => {
    state = (state * 1103515245 + 12345) % 2147483648
    return Math.floor((state / 2147483648) * below)
  }
  return Array.from({ length: count }, (_, place) => {
    const wanted = next(4) === 0 ? 2 : next(30) === 0 ? 3 : 1
    const near = Array.from({ length: wanted }, () => place + 1 + next(width)).filter((parent) => parent < count)
    return { id: idOf(`${seed} ${place}`), parents: [...new Set(near)].map((parent) => idOf(`${seed} ${parent}`)) }
  })
}

/** Follows the lines of rows, and returns to which commit each line of each commit leads. */
const followed = (commits: ReadonlyArray<GraphCommit>, rows: ReadonlyArray<GraphRow>): ReadonlyArray<Set<string>> => {
  const leads = commits.map(() => new Set<string>())
  let lines: ReadonlyArray<{ readonly lane: number; readonly of: number }> = []
  for (const [place, { children, lane, parents, passing }] of rows.entries()) {
    const ends = lines.filter((line) => children.includes(line.lane))
    for (const { of } of ends) leads[of]?.add(commits[place]?.id ?? "")
    const moved = lines
      .filter((line) => !ends.includes(line))
      .map((line) => {
        const there = passing.find(({ from }) => from === line.lane)
        assert.isDefined(there, `the line in lane ${line.lane} ends at row ${place}`)
        return { ...line, lane: there?.to ?? -1 }
      })
    assert.isFalse(
      lines.some((line) => line.lane === lane && !ends.includes(line)),
      "a line goes through a commit"
    )
    lines = [...moved, ...parents.map((at) => ({ lane: at, of: place }))]
  }
  return leads
}

/** Lays out commits page by page, as the addresses of pages carry the lanes. */
const inPages = (commits: ReadonlyArray<GraphCommit>, size: number): ReadonlyArray<GraphRow> => {
  const rows: Array<GraphRow> = []
  let lanes: Lanes = []
  for (let start = 0; start < commits.length; start += size) {
    const laid = layGraph(lanes, commits.slice(start, start + size))
    rows.push(...laid.rows)
    lanes = lanesOf(lanesText(laid.below))
  }
  return rows
}

describe("the lanes of a history", () => {
  it("are one for a line of commits", () => {
    const [last, middle, first] = rowsOf(commit("c", "b"), commit("b", "a"), commit("a"))
    assert.deepStrictEqual(last, row(0, { parents: [0] }))
    assert.deepStrictEqual(middle, row(0, { children: [0], parents: [0] }))
    assert.deepStrictEqual(first, row(0, { children: [0] }))
  })

  it("branch off at a commit and join at a merge, and a lane that is free is used again", () => {
    const rows = rowsOf(
      commit("merge", "main", "verse"),
      commit("main", "base"),
      commit("verse", "base"),
      commit("base", "second"),
      commit("second", "first", "other"),
      commit("other"),
      commit("first")
    )
    assert.deepStrictEqual(rows, [
      row(0, { parents: [0, 1] }),
      row(0, { children: [0], parents: [0], passing: [straight(1)] }),
      row(1, { children: [1], parents: [0], passing: [straight(0)] }),
      row(0, { children: [0], parents: [0] }),
      row(0, { children: [0], parents: [0, 1] }),
      row(1, { children: [1], passing: [straight(0)] }),
      row(0, { children: [0] })
    ])
  })

  it("of two lines to one commit keep the first: the other joins it", () => {
    const rows = rowsOf(commit("merge", "main", "verse"), commit("verse", "base"), commit("main", "base"))
    assert.deepStrictEqual(rows[2], row(0, { children: [0], parents: [0], passing: [{ from: 1, to: 0 }] }))
  })

  it("lead from each commit to its parents and to no other", () => {
    for (const [seed, width] of [
      [1, 3],
      [2, 8],
      [3, 20]
    ] as const) {
      const commits = randomHistory(1000, seed, width)
      const { rows } = layGraph([], commits)
      for (const [place, leads] of followed(commits, rows).entries()) {
        assert.deepStrictEqual([...leads].toSorted(), commits[place]?.parents.toSorted(), `row ${place} of ${seed}`)
      }
    }
  })

  it("go on from page to page as if there were no pages", () => {
    for (const [count, size] of [
      [10_000, 100],
      [500, 1],
      [500, 7]
    ] as const) {
      const commits = randomHistory(count, size, 12)
      const { rows } = layGraph([], commits)
      const paged = inPages(commits, size)
      for (const [place, each] of rows.entries()) {
        assert.strictEqual(JSON.stringify(paged[place]), JSON.stringify(each), `row ${place} in pages of ${size}`)
      }
    }
  })

  it("are bounded, whatever the history: of more lines the rest is not drawn", () => {
    const heads = Array.from({ length: 3 * lanesMax }, (_, place) => commit(`head ${place}`, `parent ${place}`))
    const many = Array.from({ length: 200 }, (_, place) => `p${place}`)
    for (const commits of [heads, [commit("octopus", ...many), ...many.map((name) => commit(name))]]) {
      const { below, rows } = layGraph([], commits)
      assert.isAtMost(below.length, lanesMax)
      assert.isAtMost(lanesText(below).length, 11 * lanesMax)
      for (const { children, lane, parents, passing } of rows) {
        for (const at of [lane, ...children, ...parents, ...passing.map(({ to }) => to)]) assert.isBelow(at, lanesMax)
      }
    }
  })

  it("begin anew where an address has none", () => {
    assert.deepStrictEqual(lanesOf(undefined), [])
    assert.deepStrictEqual(lanesOf("x".repeat(100_000)), [])
    assert.deepStrictEqual(lanesOf("<script>.0123456789.."), [null, "0123456789", null, null])
    assert.deepStrictEqual(layGraph(lanesOf("."), [commit("a")]).rows, [row(0)])
  })
})
