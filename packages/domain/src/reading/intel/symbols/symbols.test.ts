/** Intel of symbols in small histories, computed by hand. */
import { assert, describe, it } from "@effect/vitest"
import { atOnce } from "../../../base/Slices.ts"
import { sha256 } from "../../../object/Digest.ts"
import type { ExtractedSymbol } from "../../../port/extractor/Extraction.ts"
import { findingSymbolHotspots } from "../hotspots.ts"
import { findingRelease } from "../release.ts"
import { findingSymbolStable } from "../stable.ts"
import { idOf, windowOf } from "../testing.ts"
import { emptyWindow, type Window, type WindowChange } from "../Window.ts"
import { type ApiItem, findingApi } from "./api.ts"
import { type DeadItem, deadReason, findingDead } from "./dead.ts"
import { findingEntanglement } from "./entanglement.ts"
import { Modules } from "./Modules.ts"
import { findingRefactorings, type RefactoringItem } from "./refactorings.ts"

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

describe("intel of symbols", () => {
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
})
