/**
 * Pulling into a working tree with local changes: the changes stay, and nothing is written if any of them would be
 * lost.
 */
import { assert, describe, it } from "@effect/vitest"
import { clone } from "@musehub/client/operation/clone"
import { fetch } from "@musehub/client/operation/fetch"
import { pull } from "@musehub/client/operation/pull"
import { push } from "@musehub/client/operation/push"
import { verify } from "@musehub/client/operation/verify"
import { Effect } from "effect"
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { blobId, commitTo, copyOf, growing } from "../e2e/muse/history.ts"
import { pushBranch } from "../e2e/muse/LocalRepository.ts"
import {
  assertIncludes,
  memoryHub,
  published,
  temporaryFolder,
  treeOf,
  urlOf,
  workingTree,
  writeLocal
} from "./support.ts"

type Files = Readonly<Record<string, string>>

/** A clone of one commit, and a second commit waiting on the hub. */
const stage = Effect.fnUntraced(function* (before: Files, after: Files) {
  const hub = yield* memoryHub
  const local = growing()
  commitTo(local, "main", before)
  const target = yield* published(hub, "pulled", local)
  const directory = join(yield* temporaryFolder, "clone")
  yield* clone({ url: urlOf(target), directory })
  commitTo(local, "main", after)
  assert.strictEqual((yield* pushBranch(target, local, "main")).answer.status, 200)
  const at = (path: string) => join(directory, path)
  return { hub, target, local, directory, at }
})

const refOf = (directory: string) => readFileSync(join(directory, ".muse/refs/heads/main"), "utf8")

describe("pull", () => {
  it.live("writes what changed, removes what was deleted, and leaves the rest alone", () =>
    Effect.gen(function* () {
      const { directory, local, at } = yield* stage(
        {
          same: "same",
          changed: "1",
          "gone/deep/file": "x",
          "gone/deep/kept": "k",
          empty: "",
          file: "f",
          "dir/a": "a"
        },
        {
          same: "same",
          changed: "2",
          "gone/deep/kept": "k",
          "new/é/file": "n",
          empty: "",
          "file/is": "folder",
          dir: "file"
        }
      )
      writeFileSync(at("mine"), "untracked")
      mkdirSync(at("mine too"))
      const inode = statSync(at("same")).ino
      const before = refOf(directory)
      const pulled = yield* pull({ directory })
      assertIncludes(pulled, {
        branch: "main",
        before,
        after: local.heads.get("main"),
        filesRemoved: 3,
        filesWritten: 4
      })
      assert.deepStrictEqual(Object.fromEntries(workingTree(directory)), {
        changed: "2",
        dir: "file",
        empty: "",
        "file/is": "folder",
        "gone/deep/kept": "k",
        mine: "untracked",
        "new/é/file": Buffer.from("n").toString("latin1"),
        same: "same"
      })
      assert.strictEqual(statSync(at("same")).ino, inode)
      assert.isTrue(existsSync(at("mine too")))
      assert.strictEqual(refOf(directory), local.heads.get("main"))
      assert.deepStrictEqual((yield* verify({ directory })).faults, [])
      assertIncludes(yield* pull({ directory }), { objects: 0, filesWritten: 0 })
    })
  )

  it.live("removes folders that become empty, and no others", () =>
    Effect.gen(function* () {
      const { directory, at } = yield* stage({ "a/b/c": "1", "d/e": "2", x: "3" }, { x: "3" })
      mkdirSync(at("d/mine"))
      yield* pull({ directory })
      assert.isFalse(existsSync(at("a")))
      assert.isTrue(existsSync(at("d/mine")))
    })
  )

  const refused: ReadonlyArray<
    readonly [what: string, before: Files, after: Files, change: (at: (path: string) => string) => void, path: string]
  > = [
    ["changed on both sides", { a: "1", b: "1" }, { a: "2", b: "2" }, (at) => writeFileSync(at("a"), "mine"), "a"],
    ["changed here, removed there", { a: "1", b: "1" }, { b: "2" }, (at) => writeFileSync(at("a"), "mine"), "a"],
    ["deleted here, changed there", { a: "1", b: "1" }, { a: "2", b: "2" }, (at) => rmSync(at("a")), "a"],
    ["new on both sides", { b: "1" }, { a: "2", b: "2" }, (at) => writeFileSync(at("a"), "mine"), "a"],
    [
      "a folder where a file comes",
      { b: "1" },
      { a: "2", b: "2" },
      (at) => {
        mkdirSync(at("a"))
        writeFileSync(at("a/mine"), "")
      },
      "a"
    ],
    ["a file where a folder comes", { b: "1" }, { "a/x": "2", b: "2" }, (at) => writeFileSync(at("a"), "mine"), "a/x"],
    ["a link where a file comes", { b: "1" }, { a: "2", b: "2" }, (at) => symlinkSync("/dev/null", at("a")), "a"],
    ["a link where a folder comes", { b: "1" }, { "a/x": "2", b: "2" }, (at) => symlinkSync(at(".."), at("a")), "a/x"],
    [
      "a link where a folder was",
      { "a/x": "1", b: "1" },
      { "a/x": "2", b: "2" },
      (at) => {
        rmSync(at("a"), { recursive: true })
        mkdirSync(at("../c"))
        writeFileSync(at("../c/x"), "1")
        symlinkSync(at("../c"), at("a"))
      },
      "a/x"
    ],
    [
      "a link behind which a file goes",
      { "a/x": "1", b: "1" },
      { b: "2" },
      (at) => {
        rmSync(at("a"), { recursive: true })
        mkdirSync(at("../c"))
        writeFileSync(at("../c/x"), "1")
        symlinkSync(at("../c"), at("a"))
      },
      "a/x"
    ]
  ]
  for (const [what, before, after, change, path] of refused) {
    it.live(`refuses before it touches anything: ${what}`, () =>
      Effect.gen(function* () {
        const { directory, at, local } = yield* stage(before, after)
        change(at)
        const top = join(directory, "..")
        const mine = (name: string) => name.includes(".muse/")
        const tree = treeOf(top, mine)
        const ref = refOf(directory)
        const error = yield* Effect.flip(pull({ directory }))
        assert.strictEqual(error._tag, "LocalChanges", error.message)
        assert.include(error.message, `"${path}"`)
        assert.deepStrictEqual(treeOf(top, mine), tree)
        assert.strictEqual(refOf(directory), ref)
        // The fetched objects are kept.
        assert.strictEqual(readFileSync(join(directory, ".muse/remotes/origin/main"), "utf8"), local.heads.get("main"))
        assert.isFalse(existsSync(join(directory, ".muse/unfinished.json")))
      })
    )
  }

  const accepted: ReadonlyArray<
    readonly [what: string, before: Files, after: Files, change: (at: (path: string) => string) => void]
  > = [
    [
      "the same change on both sides",
      { a: "1" },
      { a: "2", "n/x": "3" },
      (at) => {
        writeFileSync(at("a"), "2")
        mkdirSync(at("n"))
        writeFileSync(at("n/x"), "3")
      }
    ],
    ["deleted on both sides", { a: "1", b: "1" }, { b: "2" }, (at) => rmSync(at("a"))],
    ["an empty file that the real client dropped", { a: "", b: "1" }, { a: "2", b: "2" }, (at) => rmSync(at("a"))],
    [
      "an empty folder where a file comes",
      { b: "1" },
      { a: "2", b: "2" },
      (at) => mkdirSync(at("a/empty/too"), { recursive: true })
    ],
    ["other permissions", { b: "1" }, { b: "2" }, (at) => chmodSync(at("b"), 0o755)]
  ]
  for (const [what, before, after, change] of accepted) {
    it.live(`is not prevented by ${what}`, () =>
      Effect.gen(function* () {
        const { directory, at } = yield* stage(before, after)
        change(at)
        yield* pull({ directory })
        assert.deepStrictEqual(Object.fromEntries(workingTree(directory)), after)
      })
    )
  }

  it.live("leaves a file alone that did not change on the hub, whatever its local state", () =>
    Effect.gen(function* () {
      const { directory, at } = yield* stage({ a: "1", b: "1", c: "1" }, { a: "1", b: "2", c: "1" })
      writeFileSync(at("a"), "mine")
      rmSync(at("c"))
      yield* pull({ directory })
      assert.deepStrictEqual(Object.fromEntries(workingTree(directory)), { a: "mine", b: "2" })
    })
  )

  it.live("continues where a checkout stopped, also when the hub has moved on", () =>
    Effect.gen(function* () {
      const { directory, at, local, target } = yield* stage({ a: "1", b: "1", d: "1" }, { a: "2", b: "2", c: "2" })
      // Everything is done except one file and the ref, and the process is gone.
      yield* fetch({ directory })
      mkdirSync(at(".muse/incoming"))
      writeFileSync(at(".muse/incoming/owner"), "4194304")
      writeFileSync(at("a"), "2")
      rmSync(at("d"))
      writeFileSync(at("c"), "2")
      const begun = JSON.parse(readFileSync(at(`.muse/commits/${local.heads.get("main")}.json`), "utf8")) as {
        readonly snapshot_id: string
      }
      writeFileSync(at(".muse/unfinished.json"), JSON.stringify({ receiving: false, checkouts: [begun.snapshot_id] }))
      commitTo(local, "main", { a: "3", d: "3" })
      yield* pushBranch(target, local, "main")
      yield* pull({ directory })
      assert.deepStrictEqual(Object.fromEntries(workingTree(directory)), { a: "3", d: "3" })
      assert.isFalse(existsSync(at(".muse/unfinished.json")))
    })
  )

  it.live("refuses a branch that has diverged, and changes nothing for one that is ahead", () =>
    Effect.gen(function* () {
      const { hub, directory, local } = yield* stage({ a: "1" }, { a: "2" })
      const mine = copyOf(local)
      mine.heads.set("main", refOf(directory))
      const own = commitTo(mine, "main", { a: "1", own: "1" })
      writeLocal(directory, mine)
      const error = yield* Effect.flip(pull({ directory }))
      assertIncludes(error, { _tag: "Diverged", branch: "main", local: own, remote: local.heads.get("main") })
      assertIncludes(yield* Effect.flip(push({ directory, token: hub.token })), { _tag: "Diverged" })
      commitTo(mine, "main", { a: "2", own: "1" }, { parents: [own, local.heads.get("main") ?? ""] })
      writeLocal(directory, mine)
      const ahead = yield* pull({ directory })
      assert.strictEqual(ahead.after, mine.heads.get("main"))
      assertIncludes(yield* push({ directory, token: hub.token }), { commits: 2 })
    })
  )

  it.live("moves the current branch to another branch of the hub, if that is named", () =>
    Effect.gen(function* () {
      const { target, directory, local } = yield* stage({ a: "1" }, { a: "2" })
      const base = refOf(directory)
      const verse = { ...local, heads: new Map([["verse", base]]) }
      commitTo(verse, "verse", { a: "verse" })
      yield* pushBranch(target, verse, "verse")
      assert.match((yield* Effect.flip(pull({ directory, branch: "chorus" }))).message, /has no branch "chorus"/)
      assertIncludes(yield* Effect.flip(pull({ directory, branch: "a..b" })), { _tag: "BranchNameRefused" })
      const pulled = yield* pull({ directory, branch: "verse" })
      assertIncludes(pulled, { branch: "main", before: base, after: verse.heads.get("verse") })
      assert.strictEqual(refOf(directory), verse.heads.get("verse"))
      assert.deepStrictEqual(Object.fromEntries(workingTree(directory)), { a: "verse" })
      const error = yield* Effect.flip(pull({ directory, branch: "main" }))
      assertIncludes(error, { _tag: "Diverged", branch: "main", remoteBranch: "main" })
      writeFileSync(join(directory, ".muse/HEAD"), "ref: refs/heads/mine\n")
      writeFileSync(join(directory, ".muse/refs/heads/mine"), verse.heads.get("verse") ?? "")
      assert.match(
        (yield* Effect.flip(pull({ directory, branch: "main" }))).message,
        /branch "mine" has diverged: it is at [0-9a-f]{64} here and "main" at [0-9a-f]{64} on the hub/
      )
    })
  )

  it.live("needs a branch, the same one on the hub, and no merge in progress", () =>
    Effect.gen(function* () {
      const { directory, at } = yield* stage({ a: "1" }, { a: "2" })
      writeFileSync(at(".muse/MERGE_STATE.json"), "{}")
      assert.match((yield* Effect.flip(pull({ directory }))).message, /middle of a merge/)
      rmSync(at(".muse/MERGE_STATE.json"))
      writeFileSync(at(".muse/HEAD"), `commit: ${refOf(directory)}\n`)
      assert.strictEqual((yield* Effect.flip(pull({ directory })))._tag, "BranchAbsent")
      writeFileSync(at(".muse/HEAD"), "ref: refs/heads/other\n")
      assert.match((yield* Effect.flip(pull({ directory }))).message, /has no branch "other"/)
      assert.match((yield* Effect.flip(pull({ directory, remote: "up" }))).message, /names no remote up/)
      const nowhere = yield* temporaryFolder
      assert.match((yield* Effect.flip(pull({ directory: nowhere }))).message, /is no muse repository/)
    })
  )

  const emptyObject = `.muse/objects/e3/${blobId("").slice(2)}`

  /** A clone as the real client leaves it: without the object of the empty file, and without the files. */
  const received = Effect.fnUntraced(function* (before: Files, after: Files, dropped: ReadonlyArray<string>) {
    const staged = yield* stage(before, after)
    for (const path of [emptyObject, ...dropped]) rmSync(staged.at(path))
    assert.isNotEmpty((yield* verify({ directory: staged.directory })).faults)
    return staged
  })

  it.live("puts back the empty file that the real client dropped, whether or not there is anything to pull", () =>
    Effect.gen(function* () {
      const { directory, at } = yield* received({ a: "1", keep: "", mine: "", e: "" }, { a: "2", keep: "", mine: "" }, [
        "keep"
      ])
      writeFileSync(at("mine"), "mine")
      assertIncludes(yield* pull({ directory }), { mended: true, filesWritten: 2, filesRemoved: 1 })
      const tree = { a: "2", keep: "", mine: "mine" }
      assert.deepStrictEqual(Object.fromEntries(workingTree(directory)), tree)
      assert.deepStrictEqual((yield* verify({ directory })).faults, [])
      // The branch is up to date now, and the client receives it again.
      for (const path of [emptyObject, "keep"]) rmSync(at(path))
      assertIncludes(yield* pull({ directory }), { mended: true, objects: 0, filesWritten: 1, filesRemoved: 0 })
      assert.deepStrictEqual(Object.fromEntries(workingTree(directory)), tree)
      assert.deepStrictEqual((yield* verify({ directory })).faults, [])
      // A file that was deleted here stays deleted.
      rmSync(at("keep"))
      assertIncludes(yield* pull({ directory }), { mended: false, filesWritten: 0 })
      assert.isFalse(existsSync(at("keep")))
    })
  )

  it.live("puts back an empty file of the past alone, and none where no snapshot names one", () =>
    Effect.gen(function* () {
      const past = yield* received({ a: "1", e: "" }, { a: "2" }, ["e"])
      assertIncludes(yield* pull({ directory: past.directory }), { mended: true })
      assert.deepStrictEqual((yield* verify({ directory: past.directory })).faults, [])
      const never = yield* stage({}, { a: "1" })
      assertIncludes(yield* pull({ directory: never.directory }), { mended: false })
      assert.isFalse(existsSync(never.at(emptyObject)))
    })
  )

  it.live("fills a repository that has no commit yet", () =>
    Effect.gen(function* () {
      const { target } = yield* stage({ a: "1" }, { a: "2" })
      const directory = yield* temporaryFolder
      writeLocal(directory, growing(), urlOf(target))
      writeFileSync(join(directory, "mine"), "")
      assertIncludes(yield* pull({ directory }), { before: null, filesWritten: 1 })
      assert.deepStrictEqual(Object.fromEntries(workingTree(directory)), { a: "2", mine: "" })
    })
  )
})

describe("fetch", () => {
  it.live("replaces branches that became folders, and the other way round", () =>
    Effect.gen(function* () {
      const { directory, target, local, hub } = yield* stage({ a: "1" }, { a: "2" })
      commitTo(local, "topic", { a: "t" })
      yield* pushBranch(target, local, "topic")
      yield* fetch({ directory })
      const other = copyOf(local)
      const url = urlOf(
        yield* published(hub, "renamed", { ...other, heads: new Map([["topic/x", other.heads.get("topic") ?? ""]]) })
      )
      writeFileSync(join(directory, ".muse/config.toml"), `[remotes.origin]\nurl = "${url}"\n`)
      yield* fetch({ directory })
      assert.strictEqual(
        readFileSync(join(directory, ".muse/remotes/origin/topic/x"), "utf8"),
        other.heads.get("topic")
      )
      writeFileSync(join(directory, ".muse/config.toml"), `[remotes.origin]\nurl = "${urlOf(target)}"\n`)
      yield* fetch({ directory })
      assert.strictEqual(readFileSync(join(directory, ".muse/remotes/origin/topic"), "utf8"), other.heads.get("topic"))
    })
  )
})
