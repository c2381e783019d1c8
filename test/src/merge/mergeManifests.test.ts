/** Merging manifests by ids: the laws, then each strategy and each kind of conflict. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Strategy } from "@musehub/domain/merge/Attributes"
import { atOnce } from "@musehub/domain/base/Slices"
import { expected } from "@musehub/domain/base/expected"
import {
  differingPaths,
  type ManifestMerge,
  mergeManifests as mergeInSlices
} from "@musehub/domain/merge/mergeManifests"
import { sha256 } from "@musehub/domain/object/Digest"
import { BlobId } from "@musehub/domain/object/Id"
import { directoriesOf, type Manifest } from "@musehub/domain/object/Manifest"
import { forSeeds, type Seeded } from "../support/seeded.ts"

const mergeManifests = (
  base: Manifest,
  ours: Manifest,
  theirs: Manifest,
  strategyOf?: (path: string) => Strategy
): ManifestMerge =>
  atOnce(mergeInSlices(expected(atOnce(differingPaths(ours, theirs)), "few paths"), base, ours, theirs, strategyOf))

const blob = (content: string) => BlobId.make(sha256(content))
const manifest = (tree: Readonly<Record<string, string>>): Manifest =>
  new Map(Object.entries(tree).map(([path, content]) => [path, blob(content)]))

const paths = ["a", "a/b", "a/b/c", "d", "d/e", "f", "g", "h"]

const fits = (tree: Manifest, path: string) =>
  [...tree.keys()].every((other) => !other.startsWith(`${path}/`) && !path.startsWith(`${other}/`))

const generated = (random: Seeded): Manifest => {
  const tree = new Map<string, BlobId>()
  for (const path of paths)
    if (random.chance(0.5) && fits(tree, path)) tree.set(path, blob(random.pick(["1", "2", "3"])))
  return tree
}

const law = (name: string, check: (base: Manifest, ours: Manifest, theirs: Manifest) => void) =>
  it.effect(name, () =>
    forSeeds(500, (random) => Effect.sync(() => check(generated(random), generated(random), generated(random))))
  )

const entries = (tree: Manifest) => [...tree].toSorted(([a], [b]) => (a < b ? -1 : 1))

const clean = (merge: ManifestMerge) => {
  assert.deepStrictEqual([merge.conflicts, merge.textMerges], [[], []])
  return entries(merge.merged)
}

describe("merging manifests", () => {
  law("gives the same for either side", (base, ours, theirs) => {
    const one = mergeManifests(base, ours, theirs)
    const other = mergeManifests(base, theirs, ours)
    assert.deepStrictEqual(entries(one.merged), entries(other.merged))
    const kinds = (merge: ManifestMerge) => merge.conflicts.map(({ path, kind, base }) => ({ path, kind, base }))
    assert.deepStrictEqual(kinds(one), kinds(other))
    const pending = (merge: ManifestMerge) => merge.textMerges.map(({ path }) => path).toSorted()
    assert.deepStrictEqual(pending(one), pending(other))
  })

  law("gives the other side with the base, and the same with itself", (base, ours) => {
    assert.deepStrictEqual(clean(mergeManifests(base, ours, base)), entries(ours))
    assert.deepStrictEqual(clean(mergeManifests(base, base, ours)), entries(ours))
    assert.deepStrictEqual(clean(mergeManifests(base, ours, ours)), entries(ours))
  })

  law(
    "reports exactly the paths that both sides changed differently, and files in the way of folders",
    (base, ours, theirs) => {
      const merge = mergeManifests(base, ours, theirs)
      const open = [...merge.textMerges, ...merge.conflicts.filter(({ kind }) => kind !== "file_folder")].map(
        ({ path }) => path
      )
      const inTheWay = new Set(merge.conflicts.filter(({ kind }) => kind === "file_folder").map(({ path }) => path))
      const diverged = paths.filter((path) => {
        const [was, left, right] = [base.get(path), ours.get(path), theirs.get(path)]
        return was !== left && was !== right && left !== right
      })
      assert.deepStrictEqual(
        open.toSorted(),
        diverged.filter((path) => !inTheWay.has(path))
      )
      for (const path of inTheWay) {
        assert.isTrue([ours, theirs].some((side) => side.has(path)))
        assert.isTrue([ours, theirs].some((side) => directoriesOf(side).has(path)))
      }
    }
  )

  law("gives a tree when it is clean, with each entry from one of the sides", (base, ours, theirs) => {
    const { merged, conflicts, textMerges } = mergeManifests(base, ours, theirs)
    for (const [path, id] of merged) assert.isTrue(ours.get(path) === id || theirs.get(path) === id)
    if (conflicts.length > 0) return
    const files = new Set([...merged.keys(), ...textMerges.map(({ path }) => path)])
    for (const directory of directoriesOf(merged)) assert.isFalse(files.has(directory))
  })

  it("names each kind of conflict with the three versions", () => {
    const { conflicts, textMerges, merged } = mergeManifests(
      manifest({ both: "1", gone: "1", lost: "1", calm: "1" }),
      manifest({ both: "2", gone: "2", added: "2", folder: "2", calm: "1" }),
      manifest({ both: "3", lost: "3", added: "3", "folder/x": "3", calm: "3" })
    )
    const [one, two, three] = [blob("1"), blob("2"), blob("3")]
    assert.deepStrictEqual(textMerges, [{ path: "both", base: one, ours: two, theirs: three, how: "auto" }])
    const cause = "changes"
    assert.deepStrictEqual(conflicts, [
      { path: "added", kind: "added_added", base: null, ours: two, theirs: three, cause },
      { path: "folder", kind: "file_folder", base: null, ours: two, theirs: null, cause },
      { path: "gone", kind: "modified_deleted", base: one, ours: two, theirs: null, cause },
      { path: "lost", kind: "modified_deleted", base: one, ours: null, theirs: three, cause }
    ])
    assert.deepStrictEqual(entries(merged), entries(manifest({ calm: "3", "folder/x": "3" })))
  })
})

describe("a strategy", () => {
  type Entry = string | null
  const rows: ReadonlyArray<
    readonly [Strategy, base: Entry, ours: Entry, theirs: Entry, result: Entry | "open" | "conflict"]
  > = [
    ["ours", "1", "2", "3", "2"],
    ["ours", "1", null, "3", null],
    ["theirs", "1", "2", "3", "3"],
    ["theirs", "1", "2", null, null],
    ["base", "1", "2", "3", "1"],
    ["base", "1", null, "3", "1"],
    ["base", null, "2", "3", null],
    ["union", "1", "2", "3", "open"],
    ["union", null, "2", "3", "open"],
    ["union", "1", null, "3", "3"],
    ["union", "1", "2", null, "2"],
    ["union", "1", null, null, null],
    ["auto", "1", "2", "3", "open"],
    ["auto", null, "2", "3", "conflict"],
    ["manual", "1", "2", "3", "conflict"],
    ["manual", "1", "1", "3", "conflict"],
    ["manual", "1", "2", "1", "conflict"],
    ["manual", "1", "2", "2", "2"],
    ["manual", "1", "1", "1", "1"],
    // A change by one side alone is kept; otherwise merging a branch that never touched a path would undo the other's
    // work on it.
    ["ours", "1", "1", "3", "3"],
    ["theirs", "1", "2", "1", "2"],
    ["base", "1", "2", "1", "2"],
    ["union", "1", null, "1", null]
  ]
  const tree = (content: Entry) => manifest(content === null ? {} : { p: content })
  const resultOf = ({ merged, textMerges, conflicts }: ManifestMerge) => {
    if (textMerges.length > 0) return "open"
    if (conflicts.length > 0) return "conflict"
    return merged.get("p") ?? null
  }

  for (const [strategy, base, ours, theirs, result] of rows) {
    it(`${strategy} of ${base}, ${ours} and ${theirs} gives ${result}`, () => {
      const merge = mergeManifests(tree(base), tree(ours), tree(theirs), () => strategy)
      assert.strictEqual(resultOf(merge), result === null || result.length > 1 ? result : blob(result))
      for (const { cause } of merge.conflicts) assert.strictEqual(cause, strategy === "manual" ? "manual" : "changes")
    })
  }

  it("does not resolve a file in the way of a folder", () => {
    const { conflicts } = mergeManifests(
      manifest({ p: "1" }),
      manifest({ p: "2" }),
      manifest({ "p/q": "3" }),
      () => "ours"
    )
    assert.deepStrictEqual(
      conflicts.map(({ path, kind }) => [path, kind]),
      [["p", "file_folder"]]
    )
  })
})
