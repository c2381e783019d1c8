/** What commits changed, over HTTP: of one with its parents, and of two lines. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { ask, textOf, valueOf } from "../hub/askRest.ts"
import { assertProblem } from "../hub/assertProblem.ts"
import { describeOnMemoryStage, describeOnStages, Stage } from "../hub/Stage.ts"
import { blobId, commitTo, growing } from "../muse/history.ts"
import { pushAll } from "../muse/LocalRepository.ts"

interface Item {
  readonly status: string
  readonly path: string
  readonly oldPath: string | null
}

/** A repository: `first` on `main`, then `second` there, `topic` beside it, and the merge of both. */
const scene = Effect.gen(function* () {
  const target = yield* (yield* Stage).repository()
  const local = growing()
  const first = commitTo(local, "main", { a: "1", b: "2", "c/d": "3" })
  local.heads.set("topic", first)
  const second = commitTo(local, "main", { a: "1!", "c/e": "3", f: "4" })
  const topic = commitTo(local, "topic", { a: "1", b: "2", "c/d": "3", t: "5" })
  yield* pushAll(target, local)
  const get = (call: string, query: Readonly<Record<string, string>> = {}) =>
    ask("GET", `/repos/${target.repository}/${call}?${new URLSearchParams(query)}`)
  return { first, second, topic, get, local, target }
})

const shown = (value: Record<string, unknown>) =>
  (value["items"] as ReadonlyArray<Item>).map(({ oldPath, path, status }) => [status, oldPath, path])

describeOnStages("the diff of a commit", (it) => {
  it.effect("lists its files against the parent, and all of a first commit", () =>
    Effect.gen(function* () {
      const { first, get, second } = yield* scene
      const diff = yield* get(`commits/${second}/diff`)
      assert.deepInclude(valueOf(diff), { base: first, head: second, nextCursor: null })
      assert.deepStrictEqual(shown(valueOf(diff)), [
        ["modified", null, "a"],
        ["deleted", null, "b"],
        ["renamed", "c/d", "c/e"],
        ["added", null, "f"]
      ])
      const [modified] = valueOf(diff)["items"] as ReadonlyArray<unknown>
      assert.deepInclude(modified, {
        oldBlobId: blobId("1"),
        newBlobId: blobId("1!"),
        binary: false,
        added: 1,
        removed: 1,
        hunks: [
          {
            oldStart: 1,
            oldLines: 1,
            newStart: 1,
            newLines: 1,
            text: "-1\n\\ No newline at end of file\n+1!\n\\ No newline at end of file\n"
          }
        ],
        truncated: false
      })
      assert.deepStrictEqual(shown(valueOf(yield* get(`commits/${second}/diff`, { path: "c" }))), [
        ["renamed", "c/d", "c/e"]
      ])
      assert.strictEqual(diff.headers["cache-control"], "public, max-age=31536000, immutable")
      const whole = valueOf(yield* get(`commits/${first}/diff`))
      assert.isNull(whole["base"])
      assert.deepStrictEqual(
        shown(whole).map(([status, , path]) => `${status} ${path}`),
        ["added a", "added b", "added c/d"]
      )
      assertProblem(yield* get(`commits/${second}/diff`, { parent: "2" }), 404, /no parent 2: commit .* has one parent/)
      assertProblem(
        yield* get(`commits/${first}/diff`, { parent: "2" }),
        404,
        /no parent 2: commit .* is a first commit/
      )
      assertProblem(yield* get(`commits/${"f".repeat(64)}/diff`), 404, /no commit/)
    })
  )

  it.effect("of two lines lists what one changed since they parted", () =>
    Effect.gen(function* () {
      const { first, get, second, topic } = yield* scene
      const compared = yield* get("compare", { base: "main", head: "topic" })
      const sides = { base: second, head: topic, mergeBase: first, ahead: 1, behind: 1 }
      assert.deepInclude(valueOf(compared), sides)
      assert.deepStrictEqual(shown(valueOf(compared)), [["added", null, "t"]])
      assert.strictEqual(compared.headers["cache-control"], "public, no-cache")
      const fixed = yield* get("compare", { base: second, head: topic })
      assert.strictEqual(fixed.headers["cache-control"], "public, max-age=31536000, immutable")
      assert.strictEqual(fixed.headers["etag"], compared.headers["etag"])
      const behind = valueOf(yield* get("compare", { base: "main", head: first }))
      assert.deepInclude(behind, { mergeBase: first, ahead: 0, behind: 1, items: [] })
      assertProblem(yield* get("compare", { base: "main", head: "nowhere" }), 404, /no branch "nowhere" here/)
    })
  )
})

describeOnMemoryStage("a page of a diff", (it) => {
  it.effect("goes on at the commits at which the list began, and takes no cursor of another one", () =>
    Effect.gen(function* () {
      const { get, local, second, target, topic } = yield* scene
      const query = { base: "topic", head: "main", limit: "2" }
      const page = valueOf(yield* get("compare", query))
      assert.deepStrictEqual(
        shown(page).map(([, , path]) => path),
        ["a", "b"]
      )
      commitTo(local, "main", { g: "6" })
      yield* pushAll(target, local)
      const rest = valueOf(yield* get("compare", { ...query, cursor: String(page["nextCursor"]) }))
      assert.deepInclude(rest, { base: topic, head: second, nextCursor: null })
      assert.deepStrictEqual(
        shown(rest).map(([, , path]) => path),
        ["c/e", "f"]
      )
      const one = valueOf(yield* get(`commits/${second}/diff`, { limit: "1" }))
      const other = yield* get(`commits/${topic}/diff`, { cursor: String(one["nextCursor"]) })
      assertProblem(other, 400, /the cursor was not issued by this list/)
      const whole = yield* get(`commits/${second}/diff`, { cursor: String(one["nextCursor"]) })
      assert.strictEqual((valueOf(whole)["items"] as ReadonlyArray<Item>).length, 3, textOf(whole))
    })
  )

  it.effect("of lines without a common commit is against the base itself", () =>
    Effect.gen(function* () {
      const target = yield* (yield* Stage).repository()
      const local = growing()
      const one = commitTo(local, "main", { a: "1" })
      commitTo(local, "other", { a: "1", b: "2" })
      yield* pushAll(target, local)
      const answer = yield* ask("GET", `/repos/${target.repository}/compare?base=main&head=other`)
      assert.deepInclude(valueOf(answer), { base: one, mergeBase: null, ahead: 1, behind: 1 })
      assert.deepStrictEqual(shown(valueOf(answer)), [["added", null, "b"]])
    })
  )
})
