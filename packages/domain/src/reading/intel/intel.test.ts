/** Intel of small histories, computed by hand. */
import { assert, describe, it } from "@effect/vitest"
import { atOnce } from "../../base/Slices.ts"
import { findingActivity } from "./activity.ts"
import { findingChurn, weeksMax } from "./churn.ts"
import { coupledPathsMax, findingCoupling } from "./coupling.ts"
import { findingHotspots } from "./hotspots.ts"
import { findingLanguages } from "./languages.ts"
import { findingOwnership, halfLifeMillis } from "./ownership.ts"
import { findingStable } from "./stable.ts"
import { idOf, now, windowOf } from "./testing.ts"
import { itemsMax, type Window } from "./Window.ts"

/** Counts the lines of the touches of a window: added and removed; those of undefined are not counted. */
const counted = (window: Window, lines: ReadonlyArray<readonly [number, number] | undefined>): Window => ({
  ...window,
  lines: lines.map((pair) => pair && { binary: false, added: pair[0], removed: pair[1] })
})

const history = windowOf(
  ["a", "b", "c", "d"],
  [
    [["b"]],
    [["a", "b", "gone"], { author: "grace", at: now - halfLifeMillis }],
    [["a", "b"], { at: now - 2 * halfLifeMillis }],
    [["a", "b", "c", "gone"], { author: "alan", at: now - halfLifeMillis }]
  ]
)

describe("intel", () => {
  it("finds the files that most commits touch, of those that are there", () => {
    assert.deepStrictEqual(atOnce(findingHotspots(history)), [
      { path: "b", commits: 4, last: idOf(0) },
      { path: "a", commits: 3, last: idOf(1) },
      { path: "c", commits: 1, last: idOf(3) }
    ])
  })

  it("finds the files that none touched for long", () => {
    assert.deepStrictEqual(atOnce(findingStable(history)), [
      { path: "d", unchangedFor: 4 },
      { path: "c", unchangedFor: 3 },
      { path: "a", unchangedFor: 1 },
      { path: "b", unchangedFor: 0 }
    ])
  })

  it("finds pairs that three commits touch together", () => {
    assert.deepStrictEqual(atOnce(findingCoupling(history)), [{ a: "a", b: "b", support: 3, confidence: 1 }])
    const looser = windowOf(
      ["a", "b", "c"],
      [[["a", "b", "c"]], [["c", "b"]], [["c"]], [["a", "c"]], [["b", "c"]], [["a"]], [["c", "a"]]]
    )
    assert.deepStrictEqual(atOnce(findingCoupling(looser)), [
      { a: "b", b: "c", support: 3, confidence: 1 },
      { a: "a", b: "c", support: 3, confidence: 0.75 }
    ])
  })

  it("passes over commits of many paths where it looks for pairs", () => {
    const paths = Array.from({ length: coupledPathsMax + 1 }, (_, n) => `f${n}`)
    const ofAll = windowOf(paths, [[paths], [paths], [paths]])
    assert.deepStrictEqual(atOnce(findingCoupling(ofAll)), [])
    const ofMost = windowOf(paths, [[paths.slice(1)], [paths.slice(1)], [paths.slice(1)]])
    assert.lengthOf(atOnce(findingCoupling(ofMost)), itemsMax)
  })

  it("finds the owners of files, those known to fewest first", () => {
    // Of a: grace 1/2, ada 1/4, alan 1/2; of b: ada 1 + 1/4, grace and alan 1/2 each.
    assert.deepStrictEqual(atOnce(findingOwnership(history)), [
      {
        path: "b",
        owners: [
          { author: "ada", share: 1.25 / 2.25 },
          { author: "alan", share: 0.5 / 2.25 },
          { author: "grace", share: 0.5 / 2.25 }
        ],
        busFactor: 1
      },
      { path: "c", owners: [{ author: "alan", share: 1 }], busFactor: 1 },
      {
        path: "a",
        owners: [
          { author: "alan", share: 0.4 },
          { author: "grace", share: 0.4 },
          { author: "ada", share: 0.2 }
        ],
        busFactor: 2
      }
    ])
  })

  it("weighs what authors touched by the lines that they added, one at least", () => {
    const some = counted(
      windowOf(
        ["a", "b"],
        [
          [["a"], { author: "grace" }],
          [["a", "b"], { at: now - halfLifeMillis }],
          [["a", "b"], { author: "alan" }]
        ]
      ),
      [[3, 0], [8, 9], undefined, [0, 5], [6, 0]]
    )
    // Of a: grace 3, ada 8 / 2, alan 1; of b: ada 1 / 2, alan 6.
    assert.deepStrictEqual(atOnce(findingOwnership(some)), [
      {
        path: "b",
        owners: [
          { author: "alan", share: 6 / 6.5 },
          { author: "ada", share: 0.5 / 6.5 }
        ],
        busFactor: 1
      },
      {
        path: "a",
        owners: [
          { author: "ada", share: 0.5 },
          { author: "grace", share: 0.375 },
          { author: "alan", share: 0.125 }
        ],
        busFactor: 2
      }
    ])
  })

  it("adds up the lines of files by week, of those that are there", () => {
    const sunday = { at: Date.parse("2026-11-22T23:59:59.999Z") }
    const monday = { at: Date.parse("2026-11-23T00:00:00Z") }
    const some = counted(
      windowOf(["a", "b", "c", "d"], [[["b"], monday], [["a", "b", "gone"], sunday], [["a", "c"]]]),
      [[1, 0], [5, 2], [2, 2], [9, 9], [1, 1], undefined]
    )
    assert.deepStrictEqual(atOnce(findingChurn(some)), [
      { path: "a", added: 6, removed: 3, weeks: [{ week: "2026-11-16", added: 6, removed: 3 }] },
      {
        path: "b",
        added: 3,
        removed: 2,
        weeks: [
          { week: "2026-11-23", added: 1, removed: 0 },
          { week: "2026-11-16", added: 2, removed: 2 }
        ]
      }
    ])
  })

  it("adds up all weeks and lists the last ones, at whatever time a commit says that it was made", () => {
    const week = 7 * 24 * 60 * 60 * 1000
    const times = [8.64e15, -8.64e15, ...Array.from({ length: weeksMax }, (_, n) => now - n * week)]
    const some = counted(
      windowOf(
        ["a"],
        times.map((at) => [["a"], { at }])
      ),
      times.map(() => [1, 0])
    )
    const [item] = atOnce(findingChurn(some))
    assert.deepInclude(item, { path: "a", added: weeksMax + 2, removed: 0 })
    assert.lengthOf(item?.weeks ?? "", weeksMax)
    assert.strictEqual(item?.weeks[0]?.week, "+275760-09-08")
    const early = counted(windowOf(["a"], [[["a"], { at: -8.64e15 }]]), [[0, 1]])
    assert.strictEqual(atOnce(findingChurn(early))[0]?.weeks[0]?.week, "-271821-04-20")
  })

  it("counts the commits of days in UTC", () => {
    const days = windowOf(
      [],
      [
        [[], { semVer: "major", breaking: 2, byAgent: true }],
        [[], { author: "grace", semVer: "patch" }],
        [[], { at: Date.parse("2026-11-21T23:59:59.999Z"), semVer: "whatever" }]
      ]
    )
    assert.deepStrictEqual(atOnce(findingActivity(days)), [
      {
        day: "2026-11-22",
        commits: 2,
        contributors: 2,
        agents: 1,
        humans: 1,
        semVer: { major: 1, minor: 0, patch: 1 },
        breaking: 2
      },
      {
        day: "2026-11-21",
        commits: 1,
        contributors: 1,
        agents: 0,
        humans: 1,
        semVer: { major: 0, minor: 0, patch: 0 },
        breaking: 0
      }
    ])
  })

  it("counts the files of languages, and the symbols in them", () => {
    const paths = ["a.ts", "b.rs", "c.tsx", "Makefile"]
    assert.deepStrictEqual(atOnce(findingLanguages({ paths, counts: [] })), [
      { language: "TypeScript", files: 2, symbols: null },
      { language: null, files: 1, symbols: null },
      { language: "Rust", files: 1, symbols: null }
    ])
    assert.deepStrictEqual(atOnce(findingLanguages({ paths, counts: [2, 0, 3, undefined] })), [
      { language: "TypeScript", files: 2, symbols: 5 },
      { language: null, files: 1, symbols: null },
      { language: "Rust", files: 1, symbols: 0 }
    ])
  })

  it("has the first items of many", () => {
    const paths = Array.from({ length: 3 * itemsMax }, (_, n) => `f${String(n).padStart(5, "0")}`)
    const found = atOnce(findingStable(windowOf(paths.toReversed(), [[["f00000"]]])))
    assert.deepStrictEqual([found.length, found[0]?.path, found.at(-1)?.path], [itemsMax, "f00001", "f01000"])
  })
})
