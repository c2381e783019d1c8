/** Branches and paths that some file systems cannot hold beside each other: they are accepted with a warning. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { ask, textOf, valueOf } from "../hub/askRest.ts"
import { describeOnMemoryStage, Stage } from "../hub/Stage.ts"

interface Warning {
  readonly kind: string
  readonly names: readonly [string, string]
  readonly message: string
}

const composed = "\u00e9tude"
const decomposed = "e\u0301tude"

const put = (path: string) => ({ op: "put", path, contentBase64: "YQ==" })

const asked = Effect.fnUntraced(function* (status: number, method: string, path: string, content?: unknown) {
  const answer = yield* ask(method, path, content)
  assert.strictEqual(answer.status, status, textOf(answer))
  return status === 204 ? {} : valueOf(answer)
})

const warningsOf = (answer: Record<string, unknown>) => answer["warnings"] as ReadonlyArray<Warning>
const pairsOf = (answer: Record<string, unknown>) => warningsOf(answer).map(({ kind, names }) => [kind, ...names])

/** Each warning is a sentence with both names and the reason. */
const assertSaid = (answer: Record<string, unknown>) => {
  for (const { message, names } of warningsOf(answer)) {
    for (const name of names) assert.include(message, JSON.stringify(name))
    assert.match(message, /differ only in .*some file systems.*cannot hold both/)
  }
}

const furnished = Effect.gen(function* () {
  const { repository } = yield* Stage
  const path = `/repos/${(yield* repository({ initialize: true })).repository}`
  const commit = (branch: string, ...paths: ReadonlyArray<string>) =>
    asked(201, "POST", `${path}/commits`, { branch, message: "m", changes: paths.map(put) })
  const branch = (name: string, status = 201) => asked(status, "POST", `${path}/branches`, { name, from: "main" })
  return { path, commit, branch }
})

describeOnMemoryStage("two branches that differ only in case or Unicode normalisation", (it) => {
  it.effect("are accepted, and each is shown, listed, made, renamed and restored with a warning", () =>
    Effect.gen(function* () {
      const { branch, path } = yield* furnished
      assert.deepStrictEqual(warningsOf(yield* branch("topic")), [])
      const made = yield* branch("Topic")
      assert.deepStrictEqual(pairsOf(made), [["branches", "Topic", "topic"]])
      assertSaid(made)
      assert.include(warningsOf(made)[0]?.message, "only in case")
      yield* branch(composed)
      const other = yield* branch(decomposed)
      assert.include(warningsOf(other)[0]?.message, "only in Unicode normalisation")
      const shown = yield* asked(200, "GET", `${path}/branches/topic`)
      assert.deepStrictEqual(pairsOf(shown), [["branches", "Topic", "topic"]])
      assert.deepStrictEqual(warningsOf(yield* asked(200, "GET", `${path}/branches/main`)), [])
      const { items } = yield* asked(200, "GET", `${path}/branches`)
      const warned = (items as ReadonlyArray<Record<string, unknown>>).filter((each) => warningsOf(each).length > 0)
      assert.sameMembers(
        warned.map(({ name }) => name),
        ["topic", "Topic", composed, decomposed]
      )
      const renamed = yield* asked(200, "PATCH", `${path}/branches/Topic`, { name: "TOPIC" })
      assert.deepStrictEqual(pairsOf(renamed), [["branches", "TOPIC", "topic"]])
      const head = { commitId: shown["head"] }
      yield* asked(204, "DELETE", `${path}/branches/topic`)
      const restored = yield* asked(200, "POST", `${path}/branches/topic/restore`, head)
      assert.deepStrictEqual(pairsOf(restored), [["branches", "TOPIC", "topic"]])
    })
  )

  it.effect("are so too where a folder of one differs, and a commit to a new branch says so", () =>
    Effect.gen(function* () {
      const { branch, path } = yield* furnished
      yield* branch("fix/one")
      assert.deepStrictEqual(pairsOf(yield* branch("Fix/two")), [["branches", "Fix", "fix"]])
      const commit = { branch: "FIX", from: "main", message: "m", changes: [put("a")] }
      const made = yield* asked(201, "POST", `${path}/commits`, commit)
      assert.deepStrictEqual(pairsOf(made), [
        ["branches", "FIX", "Fix"],
        ["branches", "FIX", "fix"]
      ])
    })
  )
})

describeOnMemoryStage("two paths that differ only in case or Unicode normalisation", (it) => {
  it.effect("are accepted, and the commit, the preview and the merge warn of them", () =>
    Effect.gen(function* () {
      const { branch, commit, path } = yield* furnished
      assert.deepStrictEqual(warningsOf(yield* commit("main", "README.md", "src/a", composed)), [])
      yield* branch("topic")
      const pairs = [
        ["paths", "README.md", "readme.md"],
        ["paths", "src", "Src"],
        ["paths", composed, decomposed]
      ]
      const made = yield* commit("topic", "readme.md", "Src/b", decomposed)
      assert.sameDeepMembers(pairsOf(made), pairs)
      assertSaid(made)
      yield* commit("main", "later")
      const proposal = { title: "t", fromBranch: "topic", toBranch: "main" }
      const { number } = yield* asked(201, "POST", `${path}/proposals`, proposal)
      const at = `${path}/proposals/${String(number)}`
      const preview = yield* asked(200, "GET", `${at}/merge-preview`)
      assert.sameDeepMembers(pairsOf(preview), pairs)
      assertSaid(preview)
      const merged = yield* asked(200, "POST", `${at}/merge`, { strategy: "merge_commit" })
      assert.sameDeepMembers(pairsOf(merged), pairs)
    })
  )

  it.effect("are named at most 100 at a time", () =>
    Effect.gen(function* () {
      const { commit } = yield* furnished
      const names = Array.from({ length: 150 }, (_, number) => `name-${number}`)
      const made = yield* commit("main", ...names, ...names.map((name) => name.toUpperCase()))
      assert.lengthOf(warningsOf(made), 100)
    })
  )
})

describeOnMemoryStage("a proposal whose branches some file systems take for one", (it) => {
  it.effect("is previewed with a warning about them, once", () =>
    Effect.gen(function* () {
      const { branch, commit, path } = yield* furnished
      yield* branch("MAIN")
      yield* commit("MAIN", "a")
      const proposal = { title: "t", fromBranch: "MAIN", toBranch: "main" }
      const { number } = yield* asked(201, "POST", `${path}/proposals`, proposal)
      const preview = yield* asked(200, "GET", `${path}/proposals/${String(number)}/merge-preview`)
      assert.deepStrictEqual(pairsOf(preview), [["branches", "MAIN", "main"]])
    })
  )
})
