/** Searches over HTTP. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { ask, valueOf } from "../hub/askRest.ts"
import { assertProblem } from "../hub/assertProblem.ts"
import { describeOnStages, Stage } from "../hub/Stage.ts"
import { blobId, commitTo, growing } from "../muse/history.ts"
import { pushAll } from "../muse/LocalRepository.ts"

describeOnStages("a search of a repository", (it) => {
  it.effect("finds commits, paths and lines, and goes on where a page ended", () =>
    Effect.gen(function* () {
      const target = yield* (yield* Stage).repository()
      const local = growing()
      const first = commitTo(local, "main", { "song.py": "la\nla la\n" }, { message: "a song" })
      const head = commitTo(local, "main", { "song.py": "la\nla la\n", other: "x" }, { message: "another" })
      yield* pushAll(target, local)
      const search = (query: Readonly<Record<string, string>>) =>
        ask("GET", `/repos/${target.repository}/search?${new URLSearchParams(query)}`)
      const lines = yield* search({ in: "content", q: "la", limit: "1" })
      assert.strictEqual(lines.headers["cache-control"], "public, no-cache")
      const found = valueOf(lines)
      assert.deepInclude(found, { commitId: head, truncated: false })
      assert.deepStrictEqual(found["items"], [{ type: "line", path: "song.py", line: 1, column: 1, preview: "la" }])
      const rest = valueOf(yield* search({ in: "content", q: "la", cursor: String(found["nextCursor"]) }))
      assert.deepStrictEqual(rest["items"], [{ type: "line", path: "song.py", line: 2, column: 1, preview: "la la" }])
      assert.isNull(rest["nextCursor"])
      const paths = valueOf(yield* search({ in: "paths", q: "SONG", ref: first }))
      assert.deepInclude(paths, { commitId: first, scanned: { commits: 0, files: 1, bytes: 0 } })
      assert.deepStrictEqual(paths["items"], [
        { type: "path", path: "song.py", blobId: blobId("la\nla la\n"), language: "Python" }
      ])
      const [commit] = valueOf(yield* search({ in: "commits", q: "SONG" }))["items"] as ReadonlyArray<unknown>
      assert.deepInclude(commit, { type: "commit", commitId: first, message: "a song" })
      const foreign = yield* search({ in: "paths", q: "x", cursor: String(found["nextCursor"]) })
      assert.deepStrictEqual(valueOf(foreign)["items"], [])
      assertProblem(yield* search({ in: "content", q: "" }), 400, /q/)
      assertProblem(yield* search({ in: "content", q: "a\nb" }), 400, /a text on one line/)
      assertProblem(yield* search({ in: "everything", q: "a" }), 400, /in/)
      assertProblem(yield* search({ in: "paths", q: "a", ref: "nowhere" }), 404, /no branch "nowhere" here/)
    })
  )
})
