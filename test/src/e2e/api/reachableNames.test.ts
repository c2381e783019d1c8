/** Everything that the hub accepts under a name is reached by that name, as one percent-encoded segment of a URL. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { forSeeds } from "../../support/seeded.ts"
import { ask, textOf, valueOf } from "../hub/askRest.ts"
import { describeOnMemoryStage, Stage } from "../hub/Stage.ts"

const alike = [
  "v1.0.0",
  "1.0.0",
  " v1.0.0",
  "v1.0.0\n",
  "1.0.0-a.b+c",
  "HEAD",
  "main",
  "Main",
  "refs/heads/main",
  "f".repeat(64),
  "F".repeat(64),
  "abcdef0",
  "a",
  "a/b",
  "a/reflog",
  "b/protection",
  "b/restore",
  "files/a",
  "tree",
  "releases/1.0.0",
  "%2F",
  "a%2Fb",
  "%",
  "a b",
  "c;d",
  "e?f",
  "#g",
  "\u00e9",
  "e\u0301",
  "\u97f3/\u697d",
  "a\\b",
  "..",
  "a//b",
  "~",
  "+"
]

/** The longest path, which takes three times as many bytes in a URL. */
const longest = Array.from({ length: 49 }, () => "\u97f3".repeat(27)).join("/")

const text = (content: string) => ({ contentBase64: Buffer.from(content).toString("base64") })

describeOnMemoryStage("what was accepted under a name", (it) => {
  it.effect("is reached by that name, whatever else it looks like, and by no other", () =>
    forSeeds(2, (random) =>
      Effect.gen(function* () {
        const { repository } = yield* Stage
        const path = `/repos/${(yield* repository({ initialize: true })).repository}`
        const get = (rest: string) => ask("GET", `${path}/${rest}`)
        const post = (rest: string, content: unknown) => ask("POST", `${path}/${rest}`, content)
        /** Returns the answer, or undefined for a refusal in plain words. */
        const made = Effect.fnUntraced(function* (rest: string, content: unknown) {
          const answer = yield* post(rest, content)
          if (answer.status === 201) return valueOf(answer)
          assert.include([400, 409, 422], answer.status, textOf(answer))
          assert.isString(valueOf(answer)["detail"])
          return undefined
        })

        const heads = new Map<string, unknown>()
        for (const name of random.some(alike, 0.5)) {
          const changes = [{ op: "put", path: "file", ...text(name) }]
          const commit = yield* made("commits", { branch: name, from: "main", message: name, changes })
          if (commit !== undefined) heads.set(name, commit["commitId"])
        }
        assert.isAbove(heads.size, 3)
        for (const [name, head] of heads) {
          const branch = valueOf(yield* get(`branches/${encodeURIComponent(name)}`))
          assert.deepInclude(branch, { name, head })
          for (const ref of [name, String(head)]) {
            const { items } = valueOf(yield* get(`commits?limit=1&ref=${encodeURIComponent(ref)}`))
            assert.strictEqual((items as ReadonlyArray<Record<string, unknown>>)[0]?.["commitId"], head, ref)
          }
          const onward = yield* made("branches", {
            name: `onward-${heads.size}-${String(head).slice(0, 8)}`,
            from: name
          })
          assert.strictEqual(onward?.["head"], head)
        }

        const [, first] = [...heads][0] ?? []
        const releases = new Map<string, unknown>()
        for (const tag of random.some(alike, 0.8)) {
          const release = yield* made("releases", { tag, commitId: first })
          if (release !== undefined) releases.set(tag, release["releaseId"])
          const labelled = yield* made("tags", { tag, commitId: first })
          if (labelled === undefined) continue
          assert.strictEqual((yield* ask("DELETE", `${path}/tags/${String(labelled["tagId"])}`)).status, 204)
        }
        for (const [tag, releaseId] of releases) {
          assert.deepInclude(valueOf(yield* get(`releases/${encodeURIComponent(tag)}`)), { tag, releaseId })
        }

        const paths: Array<string> = []
        for (const name of [...random.some(alike, 0.8), longest]) {
          const changes = [{ op: "put", path: name, ...text(name) }]
          const commit = yield* made("commits", { branch: "main", message: "m", changes })
          if (commit !== undefined) paths.push(name)
        }
        assert.include(paths, longest)
        const id = String(valueOf(yield* get("branches/main"))["head"])
        for (const name of paths) {
          const file = yield* get(`raw?ref=${id}&path=${encodeURIComponent(name)}`)
          assert.strictEqual(`${file.status} ${textOf(file)}`, `200 ${name}`)
        }
      })
    )
  )
})
