/** Histories of files and last commits over HTTP. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { ask, valueOf } from "../hub/askRest.ts"
import { assertProblem } from "../hub/assertProblem.ts"
import { describeOnMemoryStage, describeOnStages, Stage } from "../hub/Stage.ts"
import { blobId, commitTo, growing } from "../muse/history.ts"
import { pushAll } from "../muse/LocalRepository.ts"
import { deriveOf } from "./deriveOf.ts"

type Item = Readonly<Record<string, unknown>>

/** A repository of three commits on `main`, from which nothing is derived yet, and what derives it. */
const scene = Effect.gen(function* () {
  const { repository } = yield* Stage
  const target = yield* repository()
  const local = growing()
  const first = commitTo(local, "main", { a: "1\n2\n", "dir/b": "b" })
  const second = commitTo(local, "main", { a: "1\n3\n", "dir/b": "b" })
  const third = commitTo(local, "main", { a: "1\n3\n", "dir/c": "b" })
  yield* pushAll(target, local)
  const get = (call: string, query: Readonly<Record<string, string>> = {}) =>
    ask("GET", `/repos/${target.repository}/${call}?${new URLSearchParams(query)}`)
  const derive = deriveOf(target, "touches", "lines")
  return { derive, first, get, second, target, third }
})

const itemsOf = (value: Record<string, unknown>) => value["items"] as ReadonlyArray<Item>

describeOnStages("the history of a file", (it) => {
  it.effect("lists the commits that touched it, in pages, with what they say", () =>
    Effect.gen(function* () {
      const { derive, first, get, second, third } = yield* scene
      yield* derive
      const whole = yield* get("history", { path: "a" })
      assert.deepInclude(valueOf(whole), { commitId: third, path: "a", complete: true, pending: 0, nextCursor: null })
      const [changed, added] = itemsOf(valueOf(whole))
      assert.deepInclude(changed, {
        commitId: second,
        kind: "modified",
        before: blobId("1\n2\n"),
        after: blobId("1\n3\n"),
        added: 1,
        removed: 1,
        binary: false
      })
      assert.deepInclude(added, { commitId: first, kind: "added", before: null, renamedFrom: null })
      assert.sameMembers(Object.keys(added ?? {}), [
        "commitId",
        "kind",
        "before",
        "after",
        "renamedFrom",
        "added",
        "removed",
        "binary",
        "message",
        "author",
        "at"
      ])
      assert.strictEqual(whole.headers["cache-control"], "public, no-cache")
      const etag = String(whole.headers["etag"])
      assert.strictEqual(etag, `"${third}"`)

      const page = valueOf(yield* get("history", { path: "a", limit: "1" }))
      assert.deepStrictEqual(itemsOf(page), itemsOf(valueOf(whole)).slice(0, 1))
      const rest = yield* get("history", { path: "a", limit: "1", cursor: String(page["nextCursor"]) })
      assert.deepStrictEqual(itemsOf(valueOf(rest)), itemsOf(valueOf(whole)).slice(1))

      const [moved] = itemsOf(valueOf(yield* get("history", { path: "dir/c", ref: third })))
      assert.deepInclude(moved, { commitId: third, kind: "renamed", renamedFrom: "dir/b" })
      const [gone] = itemsOf(valueOf(yield* get("history", { path: "dir/b" })))
      assert.deepInclude(gone, { commitId: third, kind: "deleted", after: null })
      const immutable = yield* get("history", { path: "a", ref: second })
      assert.strictEqual(immutable.headers["cache-control"], "public, max-age=31536000, immutable")
      assertProblem(yield* get("history", { path: "dir" }), 409, /folder/)
      assertProblem(yield* get("history", { path: "none" }), 404, /no "none"/)
      assertProblem(yield* get("history", { path: "a", ref: "nowhere" }), 404, /nowhere/)
    })
  )

  it.effect("is beside the items of a folder and a file as their last commit", () =>
    Effect.gen(function* () {
      const { derive, get, second, third } = yield* scene
      yield* derive
      const tree = yield* get("tree", { with: "lastCommit" })
      const last = itemsOf(valueOf(tree)).map(({ lastCommit, path }) => [path, (lastCommit as Item)["commitId"]])
      assert.deepStrictEqual(last, [
        ["a", second],
        ["dir", third]
      ])
      assert.strictEqual(tree.headers["etag"], `"${third}"`)
      const blob = valueOf(yield* get("blob", { path: "a", with: "lastCommit" }))
      assert.sameMembers(Object.keys(blob["lastCommit"] as Item), ["commitId", "message", "author", "at"])
      assert.deepInclude(blob["lastCommit"], { commitId: second })
      assert.notProperty(valueOf(yield* get("blob", { path: "a" })), "lastCommit")
      assertProblem(yield* get("tree", { with: "everything" }), 400, /with/)
    })
  )
})

describeOnStages("the blame of a file", (it) => {
  it.effect("says which commit brought which lines", () =>
    Effect.gen(function* () {
      const { derive, first, get, second, third } = yield* scene
      const before = yield* get("blame", { path: "a" })
      assert.deepInclude(valueOf(before), { complete: false, ranges: [] })
      assert.strictEqual(before.headers["cache-control"], "no-store")
      yield* derive
      const after = yield* get("blame", { path: "a" })
      assert.deepInclude(valueOf(after), { complete: true, commitId: third, path: "a", blobId: blobId("1\n3\n") })
      const ranges = valueOf(after)["ranges"] as ReadonlyArray<Item>
      assert.deepStrictEqual(
        ranges.map(({ commitId, from, line, path, to }) => [from, to, commitId, path, line]),
        [
          [1, 1, first, "a", 1],
          [2, 2, second, "a", 2]
        ]
      )
      assert.strictEqual(after.headers["etag"], `"${third}"`)
      assertProblem(yield* get("blame", { path: "dir" }), 409, /folder/)
      assertProblem(yield* get("blame", { path: "none" }), 404, /no "none"/)
    })
  )
})

describeOnMemoryStage("the history of a file, before it is derived,", (it) => {
  it.effect("says that it is not complete, and is stored nowhere", () =>
    Effect.gen(function* () {
      const { derive, get } = yield* scene
      const before = yield* get("history", { path: "a" })
      assert.deepInclude(valueOf(before), { items: [], complete: false, pending: 3 })
      assert.strictEqual(before.headers["cache-control"], "no-store")
      assert.notProperty(before.headers, "etag")
      const [item] = itemsOf(valueOf(yield* get("tree", { with: "lastCommit" })))
      assert.deepInclude(item, { path: "a", lastCommit: null })
      yield* derive
      assert.deepInclude(valueOf(yield* get("history", { path: "a" })), { complete: true, pending: 0 })
    })
  )
})
