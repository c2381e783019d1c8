/** The files that differ between two trees, and git as the reference for random ones. */
import { assert, describe, it } from "@effect/vitest"
import { atOnce } from "@musehub/domain/base/Slices"
import { sha256 } from "@musehub/domain/object/Digest"
import { BlobId } from "@musehub/domain/object/Id"
import { snapshotIdOf } from "@musehub/domain/object/Manifest"
import { comparingFiles } from "@musehub/domain/reading/comparingFiles"
import { emptyTree, Tree } from "@musehub/domain/reading/Tree"
import { inFolder, shell } from "../../merge/git.ts"
import { type Seeded, seeded } from "../../support/seeded.ts"

/** Contents by path. */
type Files = ReadonlyMap<string, string>

const treeOf = (files: Files): Tree => {
  const manifest = new Map([...files].map(([path, text]) => [path, BlobId.make(sha256(text))]))
  return atOnce(Tree.building(snapshotIdOf(manifest), manifest))
}

/** Each file that differs, as `status path` or `status old > new`. */
const between = (before: Tree, after: Tree) =>
  atOnce(comparingFiles(before, after)).map(({ oldPath, path, status }) =>
    oldPath === undefined ? `${status} ${path}` : `${status} ${oldPath} > ${path}`
  )

const changed = (before: Record<string, string>, after: Record<string, string>) =>
  between(treeOf(new Map(Object.entries(before))), treeOf(new Map(Object.entries(after))))

describe("the files of two trees", () => {
  it("are told by what became of them, in order of path", () => {
    const before = { a: "1", b: "2", "c/d": "3", e: "same" }
    assert.deepStrictEqual(changed(before, { a: "1!", "c/e": "3", e: "same", f: "4" }), [
      "modified a",
      "deleted b",
      "renamed c/d > c/e",
      "added f"
    ])
    assert.deepStrictEqual(changed(before, before), [])
    assert.deepStrictEqual(between(emptyTree, treeOf(new Map([["a", "1"]]))), ["added a"])
    assert.deepStrictEqual(between(treeOf(new Map([["a", "1"]])), emptyTree), ["deleted a"])
  })

  it("are renamed to their own name first, and each of them once", () => {
    assert.deepStrictEqual(changed({ "x/one": "1", "x/two": "1" }, { "a/two": "1", "b/one": "1" }), [
      "renamed x/two > a/two",
      "renamed x/one > b/one"
    ])
    assert.deepStrictEqual(changed({ one: "1" }, { "a/two": "1", "b/one": "1" }), [
      "added a/two",
      "renamed one > b/one"
    ])
    assert.deepStrictEqual(changed({ one: "1", two: "1" }, { three: "1" }), ["renamed one > three", "deleted two"])
    assert.deepStrictEqual(changed({ one: "1", two: "2" }, { one: "2" }), ["modified one", "deleted two"])
  })

  it("of many with one content are renamed, each to one of its own", () => {
    const count = 20_000
    const files = (folder: string) =>
      new Map(
        Array.from({ length: count }, (_, place) => [
          `${folder}/${place % 2 === 0 ? place : `${folder}${place}`}`,
          "same"
        ])
      )
    const renamed = between(treeOf(files("a")), treeOf(files("b")))
    assert.lengthOf(renamed, count)
    assert.isTrue(renamed.every((line) => line.startsWith("renamed ")))
    assert.include(renamed, "renamed a/10 > b/10")
  })
})

const segments = ["a", "a-b", "a.b", "b", "Ü", "%2F", "with space", "\ue000", "😀"]

/** Changes some files: each content that is new is the only one of its kind, so that no two renames are as good. */
const next = (random: Seeded, files: Files, unique: () => string): Files => {
  const later = new Map(files)
  for (const [path, text] of files) {
    const fate = random.pick(["kept", "kept", "kept", "gone", "changed", "moved"] as const)
    if (fate === "gone") later.delete(path)
    else if (fate === "changed") later.set(path, unique())
    else if (fate === "moved") {
      later.delete(path)
      later.set(`moved ${random.pick(segments)}/${path.slice(path.lastIndexOf("/") + 1)}`, text)
    }
  }
  for (let made = random.below(6); made > 0; made--) {
    const path = Array.from({ length: 1 + random.below(3) }, () => random.pick(segments)).join("/")
    later.set(path, unique())
  }
  // No disk has a file where there is a folder.
  const paths = [...later.keys()]
  return new Map([...later].filter(([path]) => !paths.some((other) => other.startsWith(`${path}/`))))
}

const letters = new Map([
  ["A", "added"],
  ["D", "deleted"],
  ["M", "modified"],
  ["R100", "renamed"]
])

/** What git says of each pair of neighbours. */
const gitBetween = (trees: ReadonlyArray<Files>): ReadonlyArray<ReadonlyArray<string>> =>
  inFolder((folder) => {
    const stream = trees.map((files, place) =>
      [
        `commit refs/heads/t${place}\ncommitter t <t@example.org> 0 +0000\ndata 0\n`,
        ...[...files].map(([path, text]) => `M 100644 inline ${path}\ndata ${Buffer.byteLength(text)}\n${text}\n`)
      ].join("")
    )
    shell(folder, "git init -q . && git fast-import --quiet", stream.join("\n"))
    return trees.slice(1).map((_, place) => {
      const output = shell(folder, `git diff-tree -r -z -M100% --name-status t${place} t${place + 1}`)
      const fields = output.toString().split("\0").slice(0, -1)
      const lines: Array<string> = []
      while (fields.length > 0) {
        const [letter = "", path = ""] = fields.splice(0, 2)
        const status = letters.get(letter) ?? letter
        lines.push(letter.startsWith("R") ? `${status} ${path} > ${fields.shift() ?? ""}` : `${status} ${path}`)
      }
      return lines.toSorted()
    })
  })

describe("the files of random trees", () => {
  it("differ as git says", () => {
    const random = seeded(16)
    let made = 0
    const unique = () => `content ${(made += 1)}`
    const trees: Array<Files> = [new Map()]
    for (let count = 0; count < 40; count++) trees.push(next(random, trees.at(-1) ?? new Map(), unique))
    const ours = trees
      .slice(1)
      .map((files, place) => between(treeOf(trees[place] ?? new Map()), treeOf(files)).toSorted())
    assert.deepStrictEqual(ours, gitBetween(trees))
    assert.isAbove(ours.flat().filter((line) => line.startsWith("renamed")).length, 40)
  })
})
