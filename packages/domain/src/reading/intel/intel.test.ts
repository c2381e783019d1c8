/** Intel of small histories, computed by hand. */
import { assert, describe, it } from "@effect/vitest"
import { atOnce } from "../../base/Slices.ts"
import { sha256 } from "../../object/Digest.ts"
import type { CommitId } from "../../object/Id.ts"
import type { ExtractedSymbol } from "../../port/extractor/Extractor.ts"
import { type ApiItem, findingApi } from "./symbols/api.ts"
import { findingActivity } from "./activity.ts"
import { findingChurn, weeksMax } from "./churn.ts"
import { coupledPathsMax, findingCoupling } from "./coupling.ts"
import { type DeadItem, deadReason, findingDead } from "./symbols/dead.ts"
import { findingEntanglement } from "./symbols/entanglement.ts"
import { findingHotspots, findingSymbolHotspots } from "./hotspots.ts"
import { findingLanguages } from "./languages.ts"
import { Modules } from "./symbols/Modules.ts"
import { findingOwnership, halfLifeMillis } from "./ownership.ts"
import { findingRelease } from "./release.ts"
import { findingRefactorings, type RefactoringItem } from "./symbols/refactorings.ts"
import { findingStable, findingSymbolStable } from "./stable.ts"
import { emptyWindow, itemsMax, type Window, type WindowChange, type WindowCommit } from "./Window.ts"

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
  ...emptyWindow,
  commits: history.map(([, fields], place) => commit(place, fields)),
  touches: history.flatMap(([touches], place) => touches.map((path) => ({ place, path }))),
  paths
})

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

  const declared = (qualifiedName: string, fields: Partial<ExtractedSymbol> = {}): ExtractedSymbol => ({
    name: qualifiedName,
    qualifiedName,
    kind: "function",
    visibility: "public",
    line: 1,
    endLine: 1,
    bodyHash: sha256(""),
    signatureHash: sha256(""),
    ...fields
  })

  const modified = (place: number, address: string): WindowChange => ({
    place,
    address,
    change: "modified",
    former: undefined
  })

  const became = (place: number, former: string, address: string): ReadonlyArray<WindowChange> => [
    { place, address: former, change: "deleted", former: undefined },
    { place, address, change: "moved", former }
  ]

  it("follows symbols back to the names and files that they had", () => {
    const created = (place: number, address: string): WindowChange => ({
      ...modified(place, address),
      change: "created"
    })
    const window: Window = {
      ...emptyWindow,
      files: [
        { path: "a", symbols: ["b", "c", "x", "y", "back", "new"].map((name) => declared(name)) },
        { path: "z", symbols: [declared("moved"), declared("again")] }
      ],
      changes: [
        ...became(0, "a::s", "a::b"),
        ...became(0, "a::other", "a::back"),
        ...became(1, "a::r", "a::s"),
        modified(1, "a::c"),
        ...became(1, "a::moved", "z::moved"),
        // Two that change their names with each other.
        { place: 1, address: "a::x", change: "renamed", former: "a::y" },
        { place: 1, address: "a::y", change: "renamed", former: "a::x" },
        ...became(2, "a::back", "a::other"),
        // It was something else before it was created.
        created(2, "z::again"),
        created(2, "a::new"),
        ...became(3, "z::gone", "z::again"),
        ...became(3, "z::more", "a::moved")
      ]
    }
    const item = (symbol: string, former: string, change: RefactoringItem["change"]) => ({ symbol, former, change })
    const all = [
      item("a::b", "a::r", "renamed"),
      item("a::x", "a::y", "renamed"),
      item("a::y", "a::x", "renamed"),
      item("z::moved", "z::more", "renamed")
    ]
    assert.deepStrictEqual(atOnce(findingRefactorings(window)), all)
    const inOtherOrder = { ...window, changes: window.changes.toReversed().toSorted((a, b) => a.place - b.place) }
    assert.deepStrictEqual(atOnce(findingRefactorings(inOtherOrder)), all)
  })

  it("reports what is new in a release", () => {
    const window: Window = {
      ...windowOf(["a.ts", "b.py"], [[["a.ts"]], [["a.ts", "b.py"], { author: "grace" }], [[]]]),
      counts: [2, 1],
      files: [
        { path: "a.ts", symbols: [declared("f"), declared("C", { kind: "class" })] },
        { path: "b.py", symbols: [declared("g")] }
      ],
      differing: [{ path: "a.ts", before: [declared("e")], after: [declared("f"), declared("C", { kind: "class" })] }],
      changes: became(0, "a.ts::e", "a.ts::f")
    }
    assert.deepStrictEqual(atOnce(findingRelease(window)), [
      {
        languages: [
          { language: "Python", files: 1, symbols: 1 },
          { language: "TypeScript", files: 1, symbols: 2 }
        ],
        symbols: [
          { kind: "function", count: 2 },
          { kind: "class", count: 1 }
        ],
        apiChanges: { removed: 1, changed: 0, added: 2 },
        api: [
          { symbol: "a.ts::e", kind: "function", change: "removed" },
          { symbol: "a.ts::C", kind: "class", change: "added" },
          { symbol: "a.ts::f", kind: "function", change: "added" }
        ],
        hotspots: [
          { path: "a.ts", commits: 2, last: idOf(0) },
          { path: "b.py", commits: 1, last: idOf(1) }
        ],
        refactorings: [{ symbol: "a.ts::f", former: "a.ts::e", change: "renamed" }],
        contributors: [
          { author: "ada", commits: 2 },
          { author: "grace", commits: 1 }
        ]
      }
    ])
  })

  it("finds what became of public symbols, what breaks others first", () => {
    const [hidden, other] = [{ visibility: "private" }, { signatureHash: sha256("other") }] as const
    const body = { bodyHash: sha256("other") }
    const window: Window = {
      ...emptyWindow,
      differing: [
        {
          path: "a.ts",
          before: [declared("f"), declared("g"), declared("gone"), declared("h", hidden), declared("k", hidden)],
          after: [declared("f", body), declared("g", other), declared("h"), declared("k", other)]
        },
        {
          path: "b.ts",
          before: [declared("I", { kind: "interface" }), declared("j"), declared("m")],
          after: [
            declared("I", { kind: "interface", ...body }),
            declared("j", hidden),
            declared("m", { kind: "class" })
          ]
        }
      ]
    }
    const api = (symbol: string, change: ApiItem["change"], kind: ApiItem["kind"] = "function") => ({
      symbol,
      kind,
      change
    })
    assert.deepStrictEqual(atOnce(findingApi(window)), [
      api("a.ts::gone", "removed"),
      api("b.ts::j", "removed"),
      api("a.ts::g", "changed"),
      api("b.ts::I", "changed", "interface"),
      api("b.ts::m", "changed", "class"),
      api("a.ts::h", "added"),
      api("a.ts::k", "added")
    ])
  })

  it("finds functions that nothing calls, in modules that nothing imports, without tests and main", () => {
    const method = { kind: "method" } as const
    const window: Window = {
      ...emptyWindow,
      files: [
        {
          path: "src/a.ts",
          symbols: [
            declared("called"),
            declared("dead"),
            declared("main"),
            declared("A", { kind: "class" }),
            declared("A.constructor", { ...method, name: "constructor" }),
            declared("A.m", { ...method, name: "m" })
          ]
        },
        { path: "src/a.test.ts", symbols: [declared("helper")] },
        { path: "tests/b.py", symbols: [declared("helper")] },
        { path: "src/imported.ts", symbols: [declared("other")] },
        { path: "src/self.ts", symbols: [declared("itself")] },
        { path: "lib/index.ts", symbols: [declared("entry")] },
        { path: "band/song.go", symbols: [declared("Play")] },
        { path: "alone/song.go", symbols: [declared("Stop")] }
      ],
      uses: [
        { path: "src/a.ts", calls: ["called"], imports: ["../src/imported.ts", "../lib"] },
        { path: "src/self.ts", calls: [], imports: ["./self.ts"] },
        { path: "main.go", calls: [], imports: ["x.org/y/band"] }
      ]
    }
    const dead = (symbol: string, kind: DeadItem["kind"] = "function") => ({ symbol, kind, reason: deadReason })
    assert.deepStrictEqual(atOnce(findingDead(window)), [
      dead("alone/song.go::Stop"),
      dead("src/a.ts::A.m", "method"),
      dead("src/a.ts::dead"),
      dead("src/self.ts::itself")
    ])
  })

  it("finds symbols that commits change together and nothing connects", () => {
    const paths = ["a", "b", "c", "d"].map((name) => `${name}.ts`)
    const at = (place: number, ...addresses: ReadonlyArray<string>) =>
      addresses.map((address) => modified(place, address.replace(":", ".ts::")))
    const window: Window = {
      ...windowOf([], [[[]], [[]], [[]], [[]]]),
      files: paths.map((path) => ({ path, symbols: [declared("f"), declared("g"), declared(path[0] ?? "")] })),
      uses: [
        { path: "a.ts", calls: ["d"], imports: ["./b.ts"] },
        { path: "b.ts", calls: [], imports: [] },
        { path: "c.ts", calls: [], imports: [] },
        { path: "d.ts", calls: [], imports: ["../c"] }
      ],
      changes: [
        ...at(0, "a:f", "a:g", "b:f", "c:f", "d:d"),
        ...at(1, "a:f", "a:g", "b:f", "c:f", "d:d", "c:gone"),
        ...at(2, "a:f", "a:g", "b:f", "c:f", "d:d", "d:g"),
        ...at(3, "b:f", "d:g")
      ]
    }
    const pair = (a: string, b: string) => ({
      a: a.replace(":", ".ts::"),
      b: b.replace(":", ".ts::"),
      support: 3,
      confidence: 1
    })
    // a.ts imports b.ts and calls d, and d.ts imports c.ts.
    assert.deepStrictEqual(atOnce(findingEntanglement(window)), [
      pair("a:f", "c:f"),
      pair("a:g", "c:f"),
      pair("b:f", "c:f"),
      pair("b:f", "d:d")
    ])
  })

  it("knows modules by the last part of a path, by each name of another form, and by their folders", () => {
    const isImported = (path: string, imported: string) => {
      const modules = new Modules()
      modules.add("other", [imported])
      return modules.isImported(path)
    }
    for (const [path, imported] of [
      ["a/song.ts", "./a/song.js"],
      ["a/song.ts", "@scope/a/song"],
      ["a/song.test.ts", "./song.test.ts"],
      ["a/song.py", "a.song"],
      ["a/__init__.py", "..a"],
      ["a/song.rs", "crate::{a::b, song as s}"],
      ["a/mod.rs", "a"],
      ["a/Song.java", "org.a.Song"],
      ["a/Song.java", "org.a"],
      ["a/song.h", "song.h"]
    ] as const) {
      assert.isTrue(isImported(path, imported), `${path} by ${imported}`)
    }
    for (const [path, imported] of [
      ["a/song.ts", "./song/other.ts"],
      ["a/song.ts", "./a"],
      ["a/song.py", "a.songs"]
    ] as const) {
      assert.isFalse(isImported(path, imported), `${path} by ${imported}`)
    }
  })

  it("finds the symbols that most commits change, and those that none did for long, of those that are there", () => {
    const window: Window = {
      ...windowOf([], [[[]], [[]], [[]], [[]]]),
      files: [
        { path: "a.ts", symbols: [declared("f"), declared("g")] },
        { path: "b.ts", symbols: [declared("f"), declared("h")] }
      ],
      changes: [
        modified(0, "a.ts::gone"),
        modified(1, "b.ts::f"),
        modified(1, "a.ts::f"),
        modified(3, "a.ts::f"),
        modified(3, "b.ts::h")
      ]
    }
    assert.deepStrictEqual(atOnce(findingSymbolHotspots(window)), [
      { symbol: "a.ts::f", commits: 2, last: idOf(1) },
      { symbol: "b.ts::f", commits: 1, last: idOf(1) },
      { symbol: "b.ts::h", commits: 1, last: idOf(3) }
    ])
    assert.deepStrictEqual(atOnce(findingSymbolStable(window)), [
      { symbol: "a.ts::g", unchangedFor: 4 },
      { symbol: "b.ts::h", unchangedFor: 3 },
      { symbol: "a.ts::f", unchangedFor: 1 },
      { symbol: "b.ts::f", unchangedFor: 1 }
    ])
  })

  it("has the first items of many", () => {
    const paths = Array.from({ length: 3 * itemsMax }, (_, n) => `f${String(n).padStart(5, "0")}`)
    const found = atOnce(findingStable(windowOf(paths.toReversed(), [[["f00000"]]])))
    assert.deepStrictEqual([found.length, found[0]?.path, found.at(-1)?.path], [itemsMax, "f00001", "f01000"])
  })
})
