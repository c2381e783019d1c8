/** Intel of small histories, computed by hand. */
import { assert, describe, it } from "@effect/vitest"
import { atOnce } from "../../base/Slices.ts"
import { sha256 } from "../../object/Digest.ts"
import type { CommitId } from "../../object/Id.ts"
import { findingActivity } from "./activity.ts"
import { coupledPathsMax, findingCoupling } from "./coupling.ts"
import { findingHotspots } from "./hotspots.ts"
import { findingLanguages } from "./languages.ts"
import { findingOwnership, halfLifeMillis } from "./ownership.ts"
import { findingStable } from "./stable.ts"
import { itemsMax, type Window, type WindowCommit } from "./Window.ts"

const idOf = (place: number): CommitId => sha256(String(place)) as string as CommitId

const now = Date.parse("2026-11-22T12:00:00Z")

const commit = (place: number, fields: Partial<WindowCommit> = {}): WindowCommit => ({
  id: idOf(place),
  author: "ada",
  at: now,
  byAgent: false,
  semVer: "none",
  breaking: 0,
  ...fields
})

/** A window of commits, newest first, each with the paths that it touches. */
const windowOf = (
  paths: ReadonlyArray<string>,
  history: ReadonlyArray<readonly [touches: ReadonlyArray<string>, fields?: Partial<WindowCommit>]>
): Window => ({
  commits: history.map(([, fields], place) => commit(place, fields)),
  touches: history.flatMap(([touches], place) => touches.map((path) => ({ place, path }))),
  paths
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

  it("counts the files of languages", () => {
    assert.deepStrictEqual(atOnce(findingLanguages(["a.ts", "b.rs", "c.tsx", "Makefile"])), [
      { language: "TypeScript", files: 2, symbols: null },
      { language: null, files: 1, symbols: null },
      { language: "Rust", files: 1, symbols: null }
    ])
  })

  it("has the first items of many", () => {
    const paths = Array.from({ length: 3 * itemsMax }, (_, n) => `f${String(n).padStart(5, "0")}`)
    const found = atOnce(findingStable(windowOf(paths.toReversed(), [[["f00000"]]])))
    assert.deepStrictEqual([found.length, found[0]?.path, found.at(-1)?.path], [itemsMax, "f00001", "f01000"])
  })
})
