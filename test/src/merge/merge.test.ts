/**
 * Whole merges of commits: the laws over generated histories, then criss-cross, unrelated histories, rules, and what is
 * read and kept.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { attributesBytesMax, AttributesRefused } from "@musehub/domain/merge/Attributes"
import { TreeTooLarge } from "@musehub/domain/merge/TreeTooLarge"
import { textBytesMax } from "@musehub/domain/merge/NumberedText"
import type { CommitId } from "@musehub/domain/object/Id"
import { filesMax, foldersMax } from "@musehub/domain/object/Manifest"
import { forSeeds, type Seeded } from "../support/seeded.ts"
import { History, type Tree } from "./History.ts"
import { editedLines, generatedLines } from "./texts.ts"

const vocabulary = 40

const edited = (random: Seeded, tree: Tree): Tree => {
  const entries = Object.entries(tree).flatMap(([path, content]): ReadonlyArray<[string, string]> => {
    if (random.chance(0.1)) return []
    const lines = String(content).split(/(?<=\n)/)
    return [[path, random.chance(0.4) ? editedLines(random, lines, vocabulary).join("") : String(content)]]
  })
  const added = random
    .some(["x", "y", "z"], 0.2)
    .map((path): [string, string] => [path, generatedLines(random, vocabulary).join("")])
  return Object.fromEntries([...entries, ...added])
}

const generated = (random: Seeded): Tree =>
  Object.fromEntries(["a", "b/c", "d"].map((path) => [path, generatedLines(random, vocabulary, 25).join("")]))

const plain = (tree: Tree) => Object.fromEntries(Object.entries(tree).map(([path, content]) => [path, String(content)]))

const law = (
  name: string,
  check: (random: Seeded, history: History) => Effect.Effect<void, AttributesRefused | TreeTooLarge>
) => it.effect(name, () => forSeeds(60, (random) => check(random, new History())))

describe("merging large trees", () => {
  const wide = (
    history: History,
    files: number,
    path: (file: number) => string,
    ...parents: ReadonlyArray<CommitId>
  ) => {
    const blob = history.blob("one")
    return history.commitManifest(new Map(Array.from({ length: files }, (_, file) => [path(file), blob])), ...parents)
  }

  it.effect("is refused when they have too many paths together, or the merged tree too many folders", () =>
    Effect.gen(function* () {
      const history = new History()
      const root = history.commit({})
      const half = filesMax / 2
      const ours = wide(history, half, (file) => `ours ${file}`, root)
      const refusal = (files: number, path: (file: number) => string, against = ours) =>
        Effect.flip(history.merge(against, wide(history, files, path, root)))
      const crowded = yield* refusal(half + 1, (file) => `theirs ${file}`)
      assert.instanceOf(crowded, TreeTooLarge)
      assert.include(crowded.message, "their trees together have more than 524288 paths; merge them in a clone")
      const folders = foldersMax / 2
      const nested = wide(history, folders, (file) => `ours ${file}/a`, root)
      const deep = yield* refusal(folders + 1, (file) => `theirs ${file}/a`, nested)
      assert.instanceOf(deep, TreeTooLarge)
      assert.include(deep.message, "the merged tree has paths in too many deep folders; take files out")
    })
  )

  it.effect("takes the first of several bases that have too many paths together", () =>
    Effect.gen(function* () {
      const history = new History()
      const root = history.commit({})
      const left = wide(history, filesMax / 2, (file) => `left ${file}`, root)
      const right = wide(history, filesMax / 2 + 1, (file) => `right ${file}`, root)
      const one = history.commit({ a: "1" }, left, right)
      const other = history.commit({ a: "1", b: "2" }, right, left)
      assert.deepStrictEqual((yield* history.merge(one, other)).tree, { a: "1", b: "2" })
    })
  )
})

describe("merging commits", () => {
  law("gives the same for either side, over criss-cross histories too", (random, history) =>
    Effect.gen(function* () {
      const tree = generated(random)
      const root = history.commit(tree)
      let [one, other] = [edited(random, tree), edited(random, tree)]
      let [left, right] = [history.commit(one, root), history.commit(other, root)]
      for (let level = random.below(4); level > 0; level--) {
        const from = random.pick([one, other])
        ;[one, other] = [edited(random, from), edited(random, from)]
        ;[left, right] = [history.commit(one, left, right), history.commit(other, right, left)]
      }
      const merged = yield* history.merge(left, right)
      const swapped = yield* history.merge(right, left)
      assert.deepStrictEqual(swapped.tree, merged.tree)
      const sides = merged.conflicts.map((conflict) => ({ ...conflict, ours: conflict.theirs, theirs: conflict.ours }))
      assert.deepStrictEqual(swapped.conflicts, sides)
    })
  )

  law("gives the commit itself with itself, and the descendant with an ancestor", (random, history) =>
    Effect.gen(function* () {
      const tree = generated(random)
      const root = history.commit(tree)
      const later = edited(random, tree)
      const head = history.commit(later, root)
      assert.deepStrictEqual((yield* history.merge(head, head)).tree, plain(later))
      assert.deepStrictEqual((yield* history.merge(root, head)).tree, plain(later))
      const back = yield* history.merge(head, root)
      assert.deepStrictEqual(back.tree, plain(later))
      assert.deepStrictEqual(back.result.bases, [root])
    })
  )

  law("changes nothing when the merge is repeated", (random, history) =>
    Effect.gen(function* () {
      const tree = generated(random)
      const root = history.commit(tree)
      const [left, right] = [history.commit(edited(random, tree), root), history.commit(edited(random, tree), root)]
      const { tree: merged } = yield* history.merge(left, right)
      if (merged === null) return
      const made = history.commit(merged, left, right)
      assert.deepStrictEqual((yield* history.merge(made, right)).tree, merged)
      assert.deepStrictEqual((yield* history.merge(left, made)).tree, merged)
    })
  )

  it.effect("returns the new contents, and only those that the result holds", () =>
    Effect.gen(function* () {
      const history = new History()
      const root = history.commit({ f: "1\n2\n3\n", g: "g" })
      const left = history.commit({ f: "0\n1\n2\n3\n", g: "g" }, root)
      const right = history.commit({ f: "1\n2\n3\n4\n", g: "h" }, root)
      const { tree, result } = yield* history.merge(left, right)
      assert.deepStrictEqual(tree, { f: "0\n1\n2\n3\n4\n", g: "h" })
      assert(result.outcome === "merged")
      assert.deepStrictEqual(
        result.blobs.map(({ id }) => id),
        [history.blob("0\n1\n2\n3\n4\n")]
      )
    })
  )

  it.effect("names the reason for each conflict", () =>
    Effect.gen(function* () {
      const history = new History()
      const large = (first: string) => Buffer.alloc(textBytesMax + 1, first)
      const root = history.commit({ text: "a\n", binary: "\0a", large: large("a"), same: "x" })
      const left = history.commit({ text: "b\n", binary: "\0b", large: large("b"), same: "y" }, root)
      const right = history.commit({ text: "c\n", binary: "\0c", large: large("c"), same: "y" }, root)
      const { conflicts } = yield* history.merge(left, right)
      assert.deepStrictEqual(
        conflicts.map(({ path, kind, cause }) => [path, kind, cause]),
        [
          ["binary", "both_modified", "not_text"],
          ["large", "both_modified", "too_large"],
          ["text", "both_modified", "changes"]
        ]
      )
      const text = conflicts.at(-1)
      assert.deepStrictEqual(
        [text?.base, text?.ours, text?.theirs],
        ["a\n", "b\n", "c\n"].map((content) => history.blob(content))
      )
    })
  )

  it.effect("uses the empty base for unrelated histories", () =>
    Effect.gen(function* () {
      const history = new History()
      const [left, right] = [history.commit({ a: "1", c: "1" }), history.commit({ b: "2", c: "1" })]
      const { tree, result } = yield* history.merge(left, right)
      assert.deepStrictEqual(tree, { a: "1", b: "2", c: "1" })
      assert.deepStrictEqual(result.bases, [])
      const other = yield* history.merge(left, history.commit({ c: "2" }))
      assert.deepStrictEqual(
        other.conflicts.map(({ path, kind }) => [path, kind]),
        [["c", "added_added"]]
      )
    })
  )
})

describe("merging over several bases", () => {
  it.effect("merges the bases first, so that each side keeps what it made of the other", () =>
    Effect.gen(function* () {
      const history = new History()
      const lines = (first: string, last: string) => `${first}\n2\n3\n4\n5\n6\n${last}\n`
      const root = history.commit({ f: lines("1", "7") })
      const left = history.commit({ f: lines("one", "7") }, root)
      const right = history.commit({ f: lines("1", "seven") }, root)
      // Both merged; afterwards one side undid the first line, the other the last.
      const ours = history.commit({ f: lines("1", "seven") }, left, right)
      const theirs = history.commit({ f: lines("one", "7") }, right, left)
      const merged = yield* history.merge(ours, theirs)
      assert.deepStrictEqual(merged.tree, { f: lines("1", "7") })
      assert.deepStrictEqual(merged.result.bases.toSorted(), [left, right].toSorted())
    })
  )

  it.effect("keeps what both sides agreed on where the bases conflicted", () =>
    Effect.gen(function* () {
      const history = new History()
      const root = history.commit({ f: "1\n2\n3\n", gone: "1" })
      const left = history.commit({ f: "1\nL\n3\n", gone: "2", added: "L" }, root)
      const right = history.commit({ f: "1\nR\n3\n", added: "R" }, root)
      const settled = { f: "1\nLR\n3\n", added: "LR" }
      const ours = history.commit({ ...settled, ours: "1" }, left, right)
      const theirs = history.commit({ ...settled, theirs: "1" }, right, left)
      assert.deepStrictEqual((yield* history.merge(ours, theirs)).tree, { ...settled, ours: "1", theirs: "1" })
      // Settled differently, it is a conflict again, and no marker is visible.
      const differently = history.commit({ ...settled, f: "1\nL\n3\n" }, right, left)
      assert.deepStrictEqual(
        (yield* history.merge(ours, differently)).conflicts.map(({ path }) => path),
        ["f"]
      )
    })
  )

  it.effect("shows no marker of a disputed base, not even by a rule", () =>
    Effect.gen(function* () {
      const history = new History()
      const rules = '[[rules]]\npath = "f"\ndimension = "*"\nstrategy = "base"\n'
      const tree = (f: string) => ({ f, ".museattributes": rules })
      const root = history.commit(tree("1\n"))
      const [left, right] = [history.commit(tree("L\n"), root), history.commit(tree("R\n"), root)]
      const [ours, theirs] = [history.commit(tree("L2\n"), left, right), history.commit(tree("R2\n"), right, left)]
      const { conflicts } = yield* history.merge(ours, theirs)
      assert.deepStrictEqual(
        conflicts.map(({ path, kind, base }) => [path, kind, base]),
        [["f", "both_modified", null]]
      )
    })
  )

  it.effect("remembers a dispute when a third base is merged in", () =>
    Effect.gen(function* () {
      const history = new History()
      const rules = '[[rules]]\npath = "f"\ndimension = "*"\nstrategy = "base"\n'
      const tree = (first: string, last: string) => ({ f: `${first}\n2\n3\n4\n${last}\n`, ".museattributes": rules })
      const root = history.commit(tree("1", "5"))
      const bases = [tree("L", "5"), tree("R", "5"), tree("1", "last")].map((made) => history.commit(made, root))
      const ours = history.commit(tree("L2", "5"), ...bases)
      const theirs = history.commit(tree("R2", "5"), ...bases)
      const { conflicts, result } = yield* history.merge(ours, theirs)
      assert.strictEqual(result.bases.length, 3)
      assert.deepStrictEqual(
        conflicts.map(({ path }) => path),
        ["f"]
      )
    })
  )

  it.effect("terminates, however often the histories crossed", () =>
    Effect.gen(function* () {
      const history = new History()
      const tree = (name: string, at: number) => ({ f: `${name} ${at}\n`, [`${name}${at}`]: "x" })
      let heads = ["a", "b", "c"].map((name) => history.commit(tree(name, 0)))
      for (let at = 1; at <= 12; at++) heads = ["a", "b", "c"].map((name) => history.commit(tree(name, at), ...heads))
      const [ours, theirs] = heads
      assert(ours !== undefined && theirs !== undefined)
      const { conflicts } = yield* history.merge(ours, theirs)
      assert.include(
        conflicts.map(({ path }) => path),
        "f"
      )
    })
  )
})

describe("rules", () => {
  const rule = (path: string, strategy: string) =>
    `[[rules]]\npath = "${path}"\ndimension = "*"\nstrategy = "${strategy}"\n`
  const rules =
    rule("ours*", "ours") +
    rule("theirs*", "theirs") +
    rule("base*", "base") +
    rule("all*", "union") +
    rule("key*", "manual")

  const diverged = (history: History, oursRules: string, theirsRules: string) => {
    const files = (content: string) => ({
      "ours.x": content,
      "theirs.x": content,
      "base.x": content,
      "all/x": content,
      "all.bin": `\0${content}`
    })
    const root = history.commit(files("1\n"))
    const left = history.commit({ ...files("1\nL\n"), ".museattributes": oursRules }, root)
    const right = history.commit({ ...files("1\nR\n"), ".museattributes": theirsRules }, root)
    return { left, right }
  }

  it.effect("at our head resolve what would conflict", () =>
    Effect.gen(function* () {
      const history = new History()
      const { left, right } = diverged(history, rules, rules)
      assert.deepStrictEqual((yield* history.merge(left, right)).tree, {
        ".museattributes": rules,
        "ours.x": "1\nL\n",
        "theirs.x": "1\nR\n",
        "base.x": "1\n",
        "all/x": "1\nL\nR\n",
        "all.bin": "\x001\nL\n"
      })
    })
  )

  it.effect("at their head have no effect", () =>
    Effect.gen(function* () {
      const history = new History()
      const { left, right } = diverged(history, "", rules)
      assert.strictEqual((yield* history.merge(left, right)).conflicts.length, 6)
    })
  )

  it.effect("leave to a person what would have merged", () =>
    Effect.gen(function* () {
      const history = new History()
      const root = history.commit({ key: "1\n2\n3\n", ".museattributes": rules })
      const left = history.commit({ key: "0\n1\n2\n3\n", ".museattributes": rules }, root)
      const right = history.commit({ key: "1\n2\n3\n4\n", ".museattributes": rules }, root)
      const { conflicts } = yield* history.merge(left, right)
      assert.deepStrictEqual(
        conflicts.map(({ path, kind, cause }) => [path, kind, cause]),
        [["key", "both_modified", "manual"]]
      )
    })
  )

  it.effect("that cannot be read refuse the merge, with line and column", () =>
    Effect.gen(function* () {
      const history = new History()
      const refused = (content: string) => {
        const head = history.commit({ ".museattributes": content })
        return Effect.flip(history.merge(head, head))
      }
      const wrong = yield* refused("[[rules]]\npath = \n")
      assert.instanceOf(wrong, AttributesRefused)
      assert.deepStrictEqual([wrong.line, wrong.column], [2, 8])
      assert.match((yield* refused("#".repeat(attributesBytesMax + 1))).reason, /larger than/)
    })
  )
})
