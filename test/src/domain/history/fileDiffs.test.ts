/** Diffs by line: what becomes of files that are large, binary or similar, and where pages end. */
import { assert, describe, it } from "@effect/vitest"
import { everyItem } from "@musehub/domain/port/Page"
import { diffCommit } from "@musehub/domain/usecase/browse/compare"
import { type FileDiff, hunkLengthMax, hunksMax } from "@musehub/domain/usecase/browse/fileDiffs"
import { candidatesMax } from "@musehub/domain/usecase/browse/renamedFiles"
import { textBytesMax } from "@musehub/domain/reading/lines/textBytesMax"
import { Effect, Option, Stream } from "effect"
import { ada, at, newRepository, openedFor, pushSteps, startHub, step, withoutIndex } from "../support/hubSamples.ts"

type Files = { readonly [path: string]: string }

/** Two commits, and their diff in pages. */
const scene = Effect.fnUntraced(function* (before: Files, after: Files) {
  const hub = yield* startHub()
  const repository = yield* newRepository(hub)
  const first = step("first", before)
  const second = step("second", after, [first])
  yield* pushSteps(hub, repository, "main", [first, second])
  const page = (request: { readonly after?: string | undefined; readonly limit: number; readonly path?: string }) =>
    Effect.flatMap(openedFor(hub, repository, ada, "read"), (open) =>
      at(hub)(diffCommit(open, { commit: second.commit.id }, request))
    )
  const all = (limit: number) => Stream.runCollect(everyItem(limit, page))
  const open = Effect.flatMap(openedFor(withoutIndex(hub), repository, ada, "read"), (without) =>
    at(withoutIndex(hub))(diffCommit(without, { commit: second.commit.id }, { limit: 100 }))
  )
  return { all, page, fromStore: open }
})

const lines = (prefix: string, count: number): string =>
  Array.from({ length: count }, (_, place) => `${prefix} ${place}\n`).join("")

const shown = ({ added, binary, hunks, removed, truncated }: FileDiff) => ({
  added,
  removed,
  binary,
  truncated,
  hunks: hunks?.length
})

const text = { binary: false, truncated: false }

describe("the diff of files", () => {
  it.effect("has lines and hunks, from the store alone as well", () =>
    Effect.gen(function* () {
      const { all, fromStore } = yield* scene(
        { a: "1\n2\n3\n", b: "gone\n", c: "moved\n" },
        { a: "1\ntwo\n3\n", d: "new\nfile\n", e: "moved\n" }
      )
      const files = yield* all(100)
      assert.deepStrictEqual(
        files.map((file) => [file.status, file.path, shown(file)]),
        [
          ["modified", "a", { ...text, added: 1, removed: 1, hunks: 1 }],
          ["deleted", "b", { ...text, added: 0, removed: 1, hunks: 1 }],
          ["added", "d", { ...text, added: 2, removed: 0, hunks: 1 }],
          ["renamed", "e", { ...text, added: 0, removed: 0, hunks: 0 }]
        ]
      )
      assert.strictEqual(files[0]?.hunks?.[0]?.text, " 1\n-2\n+two\n 3\n")
      assert.deepStrictEqual((yield* fromStore).items, files)
      assert.deepStrictEqual(yield* all(1), files)
    })
  )

  it.effect("says that a file is binary, too large, or changed too much", () =>
    Effect.gen(function* () {
      const count = 3 * hunksMax
      const scattered = (sign: string) =>
        Array.from({ length: count }, (_, place) => `${sign} ${place}\n${"same\n".repeat(7)}`).join("")
      const { all } = yield* scene(
        {
          binary: "a\0b",
          large: "a\n".repeat(textBytesMax / 2 + 1),
          long: `${"a".repeat(hunkLengthMax / 2)}\n`,
          many: scattered("old"),
          moved: "c\0d"
        },
        {
          binary: "a\0c",
          large: "b\n".repeat(textBytesMax / 2 + 1),
          long: `${"b".repeat(hunkLengthMax / 2)}\n`,
          many: scattered("new"),
          "moved on": "c\0d",
          reversed: "new\n"
        }
      )
      const uncounted = { added: null, removed: null, hunks: undefined }
      assert.deepStrictEqual(
        (yield* all(100)).map((file) => [file.path, shown(file)]),
        [
          ["binary", { binary: true, truncated: false, ...uncounted }],
          ["large", { binary: false, truncated: true, ...uncounted }],
          ["long", { binary: false, truncated: true, added: 1, removed: 1, hunks: undefined }],
          ["many", { binary: false, truncated: true, added: count, removed: count, hunks: undefined }],
          ["moved on", { binary: true, truncated: false, ...uncounted }],
          ["reversed", { ...text, added: 1, removed: 0, hunks: 1 }]
        ]
      )
    })
  )

  it.effect("pairs similar files as git does, and lists what was moved into or out of a folder", () =>
    Effect.gen(function* () {
      const { page } = yield* scene(
        { "src/a": lines("a", 10), "src/b": lines("b", 10), other: lines("other", 10), stays: "" },
        {
          "lib/a": `${lines("a", 8)}more\n`,
          "lib/c": `${lines("b", 4)}${lines("different", 16)}`,
          "src/d": `${lines("other", 6)}${lines("d", 4)}`,
          stays: ""
        }
      )
      const named = (path?: string) =>
        Effect.map(page({ limit: 100, ...(path === undefined ? {} : { path }) }), ({ items }) =>
          items.map((file) => `${file.status} ${file.oldPath ?? ""} ${file.path}`)
        )
      assert.deepStrictEqual(yield* named(), [
        "renamed src/a lib/a",
        "added  lib/c",
        "deleted  src/b",
        "renamed other src/d"
      ])
      assert.deepStrictEqual(yield* named("src"), ["renamed src/a lib/a", "deleted  src/b", "renamed other src/d"])
      assert.deepStrictEqual(yield* named("lib/c"), ["added  lib/c"])
      assert.deepStrictEqual(yield* named("sr"), [])
    })
  )

  it.effect("compares no more deleted or new files than a number, since each is read", () =>
    Effect.gen(function* () {
      const statuses = Effect.fnUntraced(function* (count: number) {
        const added = Array.from(
          { length: count - 1 },
          (_, place) => [`new/${place}`, lines(`new ${place}`, 2)] as const
        )
        const { all } = yield* scene(
          { old: lines("old", 10) },
          { ...Object.fromEntries(added), moved: `${lines("old", 9)}more\n` }
        )
        return new Set((yield* all(100)).map(({ status }) => status))
      })
      assert.deepStrictEqual(yield* statuses(candidatesMax), new Set(["renamed", "added"]))
      assert.deepStrictEqual(yield* statuses(candidatesMax + 1), new Set(["deleted", "added"]))
    })
  )

  it.effect("ends a page whose hunks are as long as a page takes, and goes on after it", () =>
    Effect.gen(function* () {
      const content = `${"x".repeat(hunkLengthMax / 3)}\n`
      const files = Object.fromEntries(Array.from({ length: 5 }, (_, place) => [`f${place}`, `${place} ${content}`]))
      const { all, page } = yield* scene({ z: "" }, { ...files, z: "" })
      const first = yield* page({ limit: 100 })
      assert.deepStrictEqual(
        first.items.map(({ path }) => path),
        ["f0", "f1"]
      )
      assert.deepStrictEqual(first.next, Option.some("f1"))
      assert.deepStrictEqual(
        (yield* all(100)).map(({ path, truncated }) => [path, truncated]),
        Object.keys(files).map((path) => [path, false])
      )
    })
  )
})
