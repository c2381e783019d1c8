/** Intel over HTTP: every kind in its shape, and how long answers may be kept. */
import { assert } from "@effect/vitest"
import { deadReason } from "@musehub/domain/reading/intel/symbols/dead"
import { definitions, intelKinds } from "@musehub/domain/usecase/intel/kinds"
import { Effect } from "effect"
import { ask, valueOf } from "../hub/askRest.ts"
import { assertProblem } from "../hub/assertProblem.ts"
import { describeOnStages, Stage } from "../hub/Stage.ts"
import { commitTo, growing } from "../muse/history.ts"
import { pushAll } from "../muse/LocalRepository.ts"
import { deriveOf } from "./deriveOf.ts"

describeOnStages("intel", (it) => {
  it.effect("is answered in every kind", () =>
    Effect.gen(function* () {
      const { repository } = yield* Stage
      const target = yield* repository()
      const local = growing()
      const [first, , , last] = ["1", "2", "3", "4"].map((text) =>
        commitTo(local, "main", { "a.ts": text, b: text, "c.def": `def f\n ${text}\n` })
      )
      yield* pushAll(target, local)
      const get = (kind: string, query: Readonly<Record<string, string>> = {}) =>
        ask("GET", `/repos/${target.repository}/intel/${kind}?${new URLSearchParams(query)}`)
      assert.strictEqual((yield* get("hotspots")).headers["cache-control"], "no-store")
      yield* deriveOf(target, "touches", "lines", "symbols")

      const items: { readonly [kind: string]: unknown } = {
        coupling: [
          ["a.ts", "b"],
          ["a.ts", "c.def"],
          ["b", "c.def"]
        ].map(([a, b]) => ({ a, b, support: 4, confidence: 1 })),
        hotspots: ["a.ts", "b", "c.def"].map((path) => ({ path, commits: 4, last })),
        languages: [
          { language: null, files: 2, symbols: 1 },
          { language: "TypeScript", files: 1, symbols: null }
        ],
        entanglement: [],
        dead: [{ symbol: "c.def::f", kind: "function", reason: deadReason }],
        api: [{ symbol: "c.def::f", kind: "function", change: "added" }],
        stable: ["a.ts", "b", "c.def"].map((path) => ({ path, unchangedFor: 0 }))
      }
      for (const kind of intelKinds) {
        const answer = yield* get(kind)
        const value = valueOf(answer)
        const window = { commits: 4, truncated: false }
        assert.deepInclude(value, { kind, ref: "main", commitId: last, since: null, complete: true })
        assert.strictEqual(value["version"], definitions[kind].version)
        assert.deepStrictEqual([value["window"], value["pending"]], [window, 0])
        if (items[kind] !== undefined) assert.deepStrictEqual(value["items"], items[kind])
        else assert.isNotEmpty(value["items"])
        assert.deepStrictEqual(value["extractor"], value["of"] === "symbols" ? "lines 1" : null)
        assert.strictEqual(answer.headers["cache-control"], "public, no-cache")
        const limited = valueOf(yield* get(kind, { limit: "1" }))["items"]
        assert.lengthOf(limited as ReadonlyArray<unknown>, kind === "entanglement" ? 0 : 1)
      }
      const immutable = yield* get("stable", { ref: String(last) })
      assert.strictEqual(immutable.headers["cache-control"], "public, max-age=31536000, immutable")
      const since = yield* get("hotspots", { ref: String(last), since: String(first) })
      assert.deepStrictEqual(valueOf(since)["window"], { commits: 3, truncated: false })
      assert.notStrictEqual(since.headers["etag"], immutable.headers["etag"])
      const symbols = yield* get("hotspots", { of: "symbols", ref: String(last) })
      assert.deepInclude(valueOf(symbols), { of: "symbols", extractor: "lines 1", complete: true })
      assert.deepStrictEqual(valueOf(symbols)["items"], [{ symbol: "c.def::f", commits: 4, last }])
      assert.strictEqual(symbols.headers["cache-control"], "public, no-cache")
      assert.include(symbols.headers["etag"], "symbols-lines-1")
      const unchanged = yield* get("stable", { of: "symbols" })
      assert.deepStrictEqual(valueOf(unchanged)["items"], [{ symbol: "c.def::f", unchangedFor: 0 }])
      const api = yield* get("api", { ref: String(last), since: String(first) })
      assert.deepStrictEqual(valueOf(api)["items"], [])
      assertProblem(
        yield* get("churn", { of: "symbols" }),
        404,
        /"churn" about symbols; ask for one of api, dead, entanglement/
      )
      assertProblem(yield* get("churn", { of: "notes" }), 400, /of/)
      assertProblem(yield* get("nothing"), 404, /ask for one of activity, api, churn, coupling/)
      assertProblem(yield* get("hotspots", { since: "nowhere" }), 404, /nowhere/)
      assertProblem(yield* get("hotspots", { limit: "1001" }), 400, /limit/)
    })
  )
})
