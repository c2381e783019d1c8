/** Trees against a plain sorted list of paths, which are compared as bytes. */
import { assert, describe, it } from "@effect/vitest"
import { Option, Schema } from "effect"
import { utf8 } from "../base/Bytes.ts"
import { atOnce, sliceEntries } from "../base/Slices.ts"
import { sha256 } from "../object/Digest.ts"
import { BlobId } from "../object/Id.ts"
import { type Manifest, snapshotIdOf } from "../object/Manifest.ts"
import type { Page, PageRequest } from "../port/Page.ts"
import { type PathChange, Tree, type TreeItem } from "./Tree.ts"

const blobOf = (text: string) => BlobId.make(sha256(text))

const manifestOf = (paths: Iterable<string>): Manifest => new Map([...paths].map((path) => [path, blobOf(path)]))

const treeOf = (manifest: Manifest): Tree => atOnce(Tree.building(snapshotIdOf(manifest), manifest))

const treeAt = (...paths: ReadonlyArray<string>) => treeOf(manifestOf(paths))

const byBytes = (a: string, b: string): number => Buffer.compare(utf8(a), utf8(b))

/** All items of a listing, read in pages. */
const all = <A extends TreeItem>(limit: number, read: (page: PageRequest) => Page<A>): ReadonlyArray<A> => {
  const items: Array<A> = []
  for (let after: string | undefined, more = true; more;) {
    const page = read({ limit, after })
    assert.isAtMost(page.items.length, limit)
    items.push(...page.items)
    more = Option.isSome(page.next)
    after = Option.getOrUndefined(page.next)
  }
  return items
}

const foldersOf = (paths: Iterable<string>): ReadonlySet<string> =>
  new Set(
    [...paths].flatMap((path) => {
      const segments = path.split("/")
      return segments.slice(1).map((_, count) => segments.slice(0, count + 1).join("/"))
    })
  )

/** What is directly in a folder, by looking at every path. */
const modelList = (manifest: Manifest, folder: string): ReadonlyArray<TreeItem> => {
  const inside = (path: string) => path.slice(0, Math.max(0, path.lastIndexOf("/"))) === folder
  const nameOf = (path: string) => path.slice(path.lastIndexOf("/") + 1)
  const files = [...manifest].map(([path, blob]) => ({
    key: path,
    item: { type: "file", name: nameOf(path), path, blob } satisfies TreeItem
  }))
  const folders = [...foldersOf(manifest.keys())].map((path) => ({
    key: `${path}/`,
    item: { type: "dir", name: nameOf(path), path } satisfies TreeItem
  }))
  return [...files, ...folders]
    .filter(({ item }) => inside(item.path))
    .toSorted((a, b) => byBytes(a.key, b.key))
    .map(({ item }) => item)
}

/** Names that differ around a slash, and around the order of UTF-16. */
const Name = Schema.Literals(["a", "a-b", "a.b", "a0", "b", "A", " ", "%2F", "é", "\ue000", "\uffff", "😀", "a😀"])
const Path = Schema.Array(Name).check(Schema.isMinLength(1), Schema.isMaxLength(3))
const Paths = Schema.Array(Path)

/** Paths of which none is the folder of another. */
const pathsOf = (given: typeof Paths.Type): ReadonlyArray<string> => {
  const paths = new Set(given.map((segments) => segments.join("/")))
  return [...paths.difference(foldersOf(paths))]
}

describe("a tree", () => {
  it("lists a folder where its files stand, between what is before and after a slash", () => {
    const tree = treeAt("a0", "a.b", "a-b", "a/b", "a/c/d")
    const { items, next } = tree.list("", { limit: 10 })
    assert.deepStrictEqual(
      items.map(({ path, type }) => [path, type]),
      [
        ["a-b", "file"],
        ["a.b", "file"],
        ["a", "dir"],
        ["a0", "file"]
      ]
    )
    assert.isTrue(Option.isNone(next))
    assert.deepStrictEqual(tree.list("a", { limit: 10 }).items, [
      { type: "file", name: "b", path: "a/b", blob: blobOf("a/b") },
      { type: "dir", name: "c", path: "a/c" }
    ])
  })

  it("orders by code point where UTF-16 does not", () => {
    const { items } = treeAt("😀", "\uffff", "\ue000", "z").under("", { limit: 10 })
    assert.deepStrictEqual(
      items.map(({ path }) => path),
      ["z", "\ue000", "\uffff", "😀"]
    )
  })

  it("without files has its root alone", () => {
    const tree = treeAt()
    assert.deepStrictEqual(
      [tree.size, tree.isFolder(""), tree.isFolder("a"), tree.entry("")],
      [0, true, false, undefined]
    )
    assert.deepStrictEqual(tree.list("", { limit: 1 }), { items: [], next: Option.none() })
    assert.deepStrictEqual(tree.under("a", { limit: 1 }), { items: [], next: Option.none() })
    assert.deepStrictEqual(atOnce(tree.comparing(treeAt())), [])
  })

  it("says that a page is the last one when it is exactly full", () => {
    const tree = treeAt("a", "b/c", "b/d")
    assert.isTrue(Option.isNone(tree.list("", { limit: 2 }).next))
    assert.deepStrictEqual(tree.list("", { limit: 1 }).next, Option.some("a"))
    assert.deepStrictEqual(tree.list("", { limit: 1, after: "a" }), {
      items: [{ type: "dir", name: "b", path: "b" }],
      next: Option.none()
    })
    assert.deepStrictEqual(tree.under("b", { limit: 1 }).next, Option.some("b/c"))
  })

  it("of many files pauses while it is made and compared, and finds each of them", () => {
    const count = 3 * sliceEntries + 1
    const paths = Array.from({ length: count }, (_, place) => `folder ${place % 7}/${place}`)
    const manifest = manifestOf(paths)
    const counted = <A>(slices: Generator<unknown, A, void>) => {
      for (let pauses = 0; ; pauses++) {
        const next = slices.next()
        if (next.done === true) return { pauses, value: next.value }
      }
    }
    const made = counted(Tree.building(snapshotIdOf(manifest), manifest))
    assert.isAtLeast(made.pauses, 3)
    for (const path of paths) assert.strictEqual(made.value.entry(path), blobOf(path))
    const [gone = ""] = paths
    const other = treeOf(new Map([...manifest].slice(1)))
    const compared = counted(made.value.comparing(other))
    assert.isAtLeast(compared.pauses, 3)
    assert.deepStrictEqual(compared.value, [{ path: gone, before: blobOf(gone), after: undefined }])
  })

  it("weighs more the longer its paths are, and twice as much beyond Latin-1", () => {
    const [empty, short, long, wide] = [treeAt(), treeAt("a"), treeAt("a".repeat(1000)), treeAt("語".repeat(1000))]
    assert.isAtLeast(short.weight - empty.weight, 72)
    assert.strictEqual(long.weight - short.weight, 999)
    assert.strictEqual(wide.weight - long.weight, 1000)
  })

  it.prop("answers as a sorted list does", { given: Paths, limit: Schema.Literals([1, 2, 7]) }, ({ given, limit }) => {
    const paths = pathsOf(given)
    const manifest = manifestOf(paths)
    const tree = treeOf(manifest)
    const folders = foldersOf(paths)
    assert.strictEqual(tree.size, paths.length)
    for (const path of [...paths, ...folders, "a", "a/", "/", "a/a/a", "zz", "\ud800"]) {
      assert.strictEqual(tree.entry(path), manifest.get(path), path)
      assert.strictEqual(tree.isFolder(path), folders.has(path), path)
    }
    const sorted = paths.toSorted(byBytes)
    for (const folder of ["", "a", "nowhere", ...folders]) {
      const listed = all(limit, (page) => tree.list(folder, page))
      assert.deepStrictEqual(listed, modelList(manifest, folder), folder)
      const under = all(limit, (page) => tree.under(folder, page)).map(({ blob, path }) => [path, blob])
      const expectedUnder = sorted.filter((path) => folder === "" || path.startsWith(`${folder}/`))
      assert.deepStrictEqual(
        under,
        expectedUnder.map((path) => [path, blobOf(path)]),
        folder
      )
    }
  })

  it.prop(
    "tells what another one has changed",
    { before: Paths, after: Paths, changed: Schema.Literals(["none", "each second"]) },
    ({ after, before, changed }) => {
      const old = manifestOf(pathsOf(before))
      const kept = [...manifestOf(pathsOf([...after, ...before.slice(0, before.length / 2)]))]
      const isChanged = (place: number) => changed === "each second" && place % 2 === 1
      const present: Manifest = new Map(
        kept.map(([path, blob], place) => [path, isChanged(place) ? blobOf(`${path} changed`) : blob] as const)
      )
      const differing = [...new Set([...old.keys(), ...present.keys()])]
        .filter((path) => old.get(path) !== present.get(path))
        .toSorted(byBytes)
      const model = differing.map((path): PathChange => ({ path, before: old.get(path), after: present.get(path) }))
      const [one, other] = [treeOf(old), treeOf(present)]
      assert.deepStrictEqual(atOnce(one.comparing(other)), model)
      assert.deepStrictEqual(atOnce(one.comparing(one)), [])
      assert.deepStrictEqual(
        atOnce(other.comparing(one)),
        model.map(({ path, ...change }) => ({ path, before: change.after, after: change.before }))
      )
    }
  )

  it("refuses to be made of what is not an id", () => {
    const manifest: Manifest = new Map([["a", "beef" as BlobId]])
    assert.throws(() => treeOf(manifest), "expected a blob id, and got beef")
  })
})
