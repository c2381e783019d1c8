/**
 * Whole merges, compared with `git merge-tree` on generated trees and histories. `git merge-tree` always detects
 * renames, so no two files are similar enough for it to see one.
 */
import { assert, describe, it } from "@effect/vitest"
import { createHash } from "node:crypto"
import { isDeepStrictEqual } from "node:util"
import { Effect } from "effect"
import type { CommitId } from "@musehub/domain/object/Id"
import { seeded, type Seeded } from "../support/seeded.ts"
import { inFolder, shell } from "./git.ts"
import { History, type MergedTree, type Tree } from "./History.ts"
import { editedLines } from "./texts.ts"

/** Folders and files that get in each other's way. */
const paths = ["a", "a/x", "a/y/z", "b", "c", "c/x", "d/e", "d/f", "g"]

/** Enough different lines that none repeats: repeated lines are compared with `git merge-file`. */
const vocabulary = 1_000_000

const newFile = (random: Seeded): string =>
  editedLines(
    random,
    Array.from({ length: 12 }, () => `line ${random.below(vocabulary)}\n`),
    vocabulary
  ).join("")

const fits = (tree: Tree, path: string): boolean =>
  Object.keys(tree).every((other) => !other.startsWith(`${path}/`) && !path.startsWith(`${other}/`))

const editedFile = (random: Seeded, text: string): string =>
  editedLines(random, text.split(/(?<=\n)/), vocabulary).join("")

const editedTree = (random: Seeded, tree: Tree): Tree => {
  const edited: Record<string, string> = {}
  for (const [path, content] of Object.entries(tree)) {
    if (random.chance(0.15)) continue
    edited[path] = random.chance(0.4) ? editedFile(random, String(content)) : String(content)
  }
  for (const path of paths) {
    if (edited[path] === undefined && random.chance(0.15) && fits(edited, path)) edited[path] = newFile(random)
  }
  return edited
}

/** A possible result of a merge: each path from either side. */
const mixedTree = (random: Seeded, one: Tree, other: Tree): Tree => {
  const mixed: Record<string, string> = {}
  for (const path of paths) {
    const content = random.pick([one, other])[path]
    if (content !== undefined && fits(mixed, path)) mixed[path] = String(content)
  }
  return mixed
}

interface Commit {
  readonly id: CommitId
  readonly tree: Tree
  readonly parents: ReadonlyArray<number>
}

/** A history that can be exported to `git`; commits are identified by their number. */
class Written {
  readonly history = new History()
  readonly commits: Array<Commit> = []
  add(tree: Tree, ...parents: ReadonlyArray<number>): number {
    const id = this.history.commit(tree, ...parents.map((parent) => this.at(parent).id))
    return this.commits.push({ id, tree, parents }) - 1
  }
  at(commit: number): Commit {
    const found = this.commits[commit]
    if (found === undefined) throw new Error(`no commit ${commit}`)
    return found
  }
}

type Shape = "one base" | "criss-cross" | "two levels of criss-cross" | "unrelated"

interface Case {
  readonly shape: Shape
  readonly ours: number
  readonly theirs: number
  /** Pairs of merge bases, of the sides and of each other. */
  readonly bases: ReadonlyArray<readonly [number, number]>
}

const levels: Readonly<Record<Shape, number>> = {
  "one base": 0,
  "criss-cross": 1,
  "two levels of criss-cross": 2,
  unrelated: 0
}

const crissCross = (random: Seeded, written: Written, ours: number, theirs: number): readonly [number, number] => {
  const [one, other] = [written.at(ours).tree, written.at(theirs).tree]
  return [
    written.add(editedTree(random, mixedTree(random, one, other)), ours, theirs),
    written.add(editedTree(random, mixedTree(random, one, other)), theirs, ours)
  ]
}

const generatedCase = (random: Seeded, written: Written, shape: Shape): Case => {
  const base = editedTree(random, {})
  const root = shape === "unrelated" ? [] : [written.add(base)]
  let sides: readonly [number, number] = [
    written.add(editedTree(random, base), ...root),
    written.add(editedTree(random, base), ...root)
  ]
  const bases: Array<readonly [number, number]> = []
  for (let level = levels[shape]; level > 0; level--) {
    bases.push(sides)
    sides = crissCross(random, written, ...sides)
  }
  return { shape, ours: sides[0], theirs: sides[1], bases }
}

const fastImport = (commits: ReadonlyArray<Commit>): Buffer =>
  Buffer.concat(
    commits.flatMap(({ tree, parents }, number) => [
      Buffer.from(`commit refs/heads/commit-${number}\nmark :${number + 1}\n`),
      // Each commit is a second later than the one before: git orders merge bases by time.
      Buffer.from(`committer t <t@example.org> ${number + 1} +0000\ndata 0\n`),
      ...parents.map((parent, at) => Buffer.from(`${at === 0 ? "from" : "merge"} :${parent + 1}\n`)),
      Buffer.from("deleteall\n"),
      ...Object.entries(tree).flatMap(([path, content]) => {
        const bytes = Buffer.from(content)
        return [Buffer.from(`M 100644 inline ${path}\ndata ${bytes.byteLength}\n`), bytes, Buffer.from("\n")]
      })
    ])
  )

interface GitMerge {
  /** Path to blob, with git's ids; null when there were conflicts. */
  readonly tree: Readonly<Record<string, string>> | null
  readonly conflicts: ReadonlyArray<string>
}

const blobIdOfGit = (content: string): string => {
  const bytes = Buffer.from(content)
  return createHash("sha1").update(`blob ${bytes.byteLength}\0`).update(bytes).digest("hex")
}

const unique = (items: Iterable<string>) => [...new Set(items)].toSorted()

const gitMergeTrees = (written: Written, cases: ReadonlyArray<Case>): ReadonlyArray<GitMerge> =>
  inFolder((folder) => {
    shell(folder, "git init -q . && git fast-import --quiet", fastImport(written.commits))
    const pairs = cases.map(({ ours, theirs }) => `commit-${ours} commit-${theirs}\n`).join("")
    const output = shell(
      folder,
      "git merge-tree --write-tree --allow-unrelated-histories --stdin -z --name-only --no-messages",
      pairs
    ).toString()
    // For each pair: "1" or "0", the tree, the conflicted paths, an empty field; all end with NUL.
    const fields = output.split("\0")
    const results: Array<{
      readonly clean: boolean
      readonly tree: string
      readonly conflicts: ReadonlyArray<string>
    }> = []
    for (let at = 0; at + 1 < fields.length;) {
      const end = fields.indexOf("", at)
      const [clean, tree = "", ...conflicts] = fields.slice(at, end)
      results.push({ clean: clean === "1", tree, conflicts })
      at = end + 1
    }
    const trees = unique(results.filter(({ clean }) => clean).map(({ tree }) => tree))
    const listed = shell(
      folder,
      "while read tree; do echo $tree; git ls-tree -r $tree; echo; done",
      `${trees.join("\n")}\n`
    ).toString()
    const listing = new Map(
      listed.split("\n\n").map((block) => {
        const [tree = "", ...entries] = block.trim().split("\n")
        const files = entries.map((entry) => /^\d+ blob (\w+)\t(.*)$/.exec(entry) ?? [])
        return [tree, Object.fromEntries(files.map(([, blob = "", path = ""]) => [path, blob]))]
      })
    )
    return results.map(({ clean, tree, conflicts }) => ({
      tree: clean ? (listing.get(tree) ?? {}) : null,
      // A file in the way of a folder is renamed after its branch.
      conflicts: unique(conflicts.map((path) => path.replace(/~[^/]*$/, "")))
    }))
  })

const ourMerge = ({ tree, conflicts }: MergedTree): GitMerge => ({
  tree: tree && Object.fromEntries(unique(Object.keys(tree)).map((path) => [path, blobIdOfGit(tree[path] ?? "")])),
  conflicts: unique(conflicts.map(({ path }) => path))
})

/** Paths that are a file in one of two merge bases and a folder in the other. */
const collisions = (written: Written, { bases }: Case): ReadonlyArray<string> =>
  bases.flatMap(([one, other]) => {
    const trees = [written.at(one).tree, written.at(other).tree]
    return paths.filter((path) => trees.some((tree) => path in tree) && trees.some((tree) => !fits(tree, path)))
  })

const outside = (merge: GitMerge, excepted: ReadonlyArray<string>): GitMerge => {
  const counts = (path: string) => !excepted.some((other) => path === other || path.startsWith(`${other}/`))
  const { tree, conflicts } = merge
  return {
    tree: tree && Object.fromEntries(Object.entries(tree).filter(([path]) => counts(path))),
    conflicts: conflicts.filter(counts)
  }
}

/** The reasons why a merge may differ from `git`'s, each with the proof that a case belongs to it. */
const differences: ReadonlyArray<{
  readonly name: string
  readonly explanation: string
  readonly proves: (written: Written, cased: Case, ours: GitMerge, git: GitMerge) => boolean
}> = [
  {
    name: "file and folder between merge bases",
    explanation:
      "Where one merge base has a file and another a folder, git's merge of the bases renames the file after " +
      "a temporary branch, and so " +
      "no longer knows it under its path. Ours keeps both under their paths, since a base need not be a tree. " +
      "Only these paths may differ.",
    proves: (written, cased, ours, git) => {
      const excepted = collisions(written, cased)
      if (excepted.length === 0) return false
      const [left, right] = [outside(ours, excepted), outside(git, excepted)]
      return (
        isDeepStrictEqual(left.conflicts, right.conflicts) &&
        (left.tree === null || right.tree === null || isDeepStrictEqual(left.tree, right.tree))
      )
    }
  }
]

describe("merging trees agrees with git merge-tree", () => {
  const written = new Written()
  const random = seeded(7)
  const counts: Readonly<Record<Shape, number>> = {
    "one base": 120,
    "criss-cross": 60,
    "two levels of criss-cross": 30,
    unrelated: 15
  }
  const cases = (Object.keys(counts) as ReadonlyArray<Shape>).flatMap((shape) =>
    Array.from({ length: counts[shape] }, () => generatedCase(random, written, shape))
  )
  const git = gitMergeTrees(written, cases)

  it.effect(`on ${cases.length} generated histories, except for explained differences`, () =>
    Effect.gen(function* () {
      const counted = { merged: 0, conflicted: 0, differing: 0 }
      for (const [at, cased] of cases.entries()) {
        const { shape, ours, theirs } = cased
        const merged = ourMerge(yield* written.history.merge(written.at(ours).id, written.at(theirs).id))
        const expected = git[at]
        assert(expected !== undefined)
        counted[expected.tree === null ? "conflicted" : "merged"]++
        if (isDeepStrictEqual(merged, expected)) continue
        counted.differing++
        assert.notStrictEqual(shape, "one base")
        assert.isTrue(
          differences.some(({ proves }) => proves(written, cased, merged, expected)),
          `not explained: ${shape}, case ${at}: ${JSON.stringify({ merged, expected })}`
        )
      }
      assert.isAbove(counted.merged, 30)
      assert.isAbove(counted.conflicted, 30)
      assert.isBelow(counted.differing, cases.length / 20)
    })
  )
})
