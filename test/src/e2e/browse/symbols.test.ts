/** Symbols and their histories over HTTP. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { ask, valueOf } from "../hub/askRest.ts"
import { assertProblem } from "../hub/assertProblem.ts"
import { describeOnMemoryStage, describeOnStages, Stage } from "../hub/Stage.ts"
import { commitTo, growing } from "../muse/history.ts"
import { pushAll } from "../muse/LocalRepository.ts"
import { deriveOf } from "./deriveOf.ts"

type Item = Readonly<Record<string, unknown>>

/** A repository of three commits on `main`, from which nothing is derived yet, and what derives it. */
const scene = Effect.gen(function* () {
  const { repository } = yield* Stage
  const target = yield* repository()
  const local = growing()
  const first = commitTo(local, "main", { "a.def": "def f x\n 1\ndef Gee x\n 2\n", "d/b.def": "def h\n 3\n", t: "" })
  const second = commitTo(local, "main", { "a.def": "def f y\n 1\ndef Gee x\n 2\n", "d/b.def": "\0", t: "" })
  const third = commitTo(local, "main", { "a.def": "def f y\n 1\ndef <b> x\n 2\n", "d/b.def": "\0", t: "" })
  yield* pushAll(target, local)
  const get = (call: string, query: Readonly<Record<string, string>> = {}) =>
    ask("GET", `/repos/${target.repository}/${call}?${new URLSearchParams(query)}`)
  const derive = deriveOf(target, "symbols")
  return { derive, first, get, second, third }
})

const itemsOf = (value: Record<string, unknown>) => value["items"] as ReadonlyArray<Item>
const addressesOf = (value: Record<string, unknown>) => itemsOf(value).map(({ address }) => address)

describeOnStages("the symbols of a commit", (it) => {
  it.effect("are listed in pages, of a path, a kind or a name, with the files that were refused", () =>
    Effect.gen(function* () {
      const { derive, first, get, third } = yield* scene
      yield* derive
      const whole = yield* get("symbols")
      assert.deepInclude(valueOf(whole), {
        commitId: third,
        extractor: "lines 1",
        complete: true,
        pending: 0,
        skipped: [{ path: "d/b.def", reason: "no text" }],
        nextCursor: null
      })
      const [one] = itemsOf(valueOf(whole))
      assert.sameMembers(Object.keys(one ?? {}), [
        "address",
        "path",
        "name",
        "kind",
        "visibility",
        "line",
        "endLine",
        "bodyHash",
        "signatureHash"
      ])
      assert.deepInclude(one, { address: "a.def::f", kind: "function", name: "f", path: "a.def", line: 1, endLine: 2 })
      assert.deepStrictEqual(addressesOf(valueOf(whole)), ["a.def::f", "a.def::<b>"])
      assert.strictEqual(whole.headers["etag"], `"${third}-lines-1"`)
      assert.strictEqual(whole.headers["cache-control"], "public, no-cache")

      const then = { ref: first }
      assert.deepStrictEqual(addressesOf(valueOf(yield* get("symbols", then))), [
        "a.def::f",
        "a.def::Gee",
        "d/b.def::h"
      ])
      const page = valueOf(yield* get("symbols", { ...then, limit: "1" }))
      const rest = valueOf(yield* get("symbols", { limit: "2", cursor: String(page["nextCursor"]) }))
      assert.deepStrictEqual([addressesOf(page), addressesOf(rest)], [["a.def::f"], ["a.def::Gee", "d/b.def::h"]])
      const found = (query: Readonly<Record<string, string>>) =>
        Effect.map(get("symbols", { ...then, ...query }), (answer) => addressesOf(valueOf(answer)))
      assert.deepStrictEqual(yield* found({ path: "d" }), ["d/b.def::h"])
      assert.deepStrictEqual(yield* found({ path: "a.def" }), ["a.def::f", "a.def::Gee"])
      assert.deepStrictEqual(yield* found({ path: "t" }), [])
      assert.deepStrictEqual(yield* found({ q: "gE" }), ["a.def::Gee"])
      assert.deepStrictEqual(yield* found({ kind: "class" }), [])
      assertProblem(yield* get("symbols", { kind: "song" }), 400, /kind/)
      assertProblem(yield* get("symbols", { path: "none" }), 404, /no "none"/)
      assertProblem(yield* get("symbols", { ref: "nowhere" }), 404, /nowhere/)
      assertProblem(yield* get("symbols", { cursor: "made-up" }), 400, /cursor/)
    })
  )

  it.effect("are searched by name", () =>
    Effect.gen(function* () {
      const { derive, first, get } = yield* scene
      const before = yield* get("search", { in: "symbols", q: "gee", ref: first })
      assert.deepInclude(valueOf(before), { items: [] })
      assert.strictEqual(before.headers["cache-control"], "no-store")
      yield* derive
      const found = yield* get("search", { in: "symbols", q: "gee", ref: first })
      assert.deepStrictEqual(itemsOf(valueOf(found)), [
        { type: "symbol", address: "a.def::Gee", kind: "function", name: "Gee", path: "a.def", line: 3 }
      ])
    })
  )
})

describeOnStages("the history of a symbol", (it) => {
  it.effect("lists what commits did to it, and where it was before", () =>
    Effect.gen(function* () {
      const { derive, first, get, second, third } = yield* scene
      yield* derive
      const history = (address: string, query: Readonly<Record<string, string>> = {}) =>
        get("symbols/history", { address, ...query })
      const whole = yield* history("a.def::f")
      assert.deepInclude(valueOf(whole), { commitId: third, address: "a.def::f", complete: true, nextCursor: null })
      const shown = (value: Record<string, unknown>) =>
        itemsOf(value).map(({ body, change, commitId, former, signature }) => [
          commitId,
          change,
          body,
          signature,
          former
        ])
      assert.deepStrictEqual(shown(valueOf(whole)), [
        [second, "modified", false, true, null],
        [first, "created", false, false, null]
      ])
      assert.includeMembers(Object.keys(itemsOf(valueOf(whole))[0] ?? {}), ["kind", "message", "author", "at"])
      const renamed = valueOf(yield* history("a.def::<b>"))
      assert.deepStrictEqual(shown(renamed), [[third, "renamed", false, false, "a.def::Gee"]])
      const [gone] = shown(valueOf(yield* history("d/b.def::h")))
      assert.deepStrictEqual(gone, [second, "deleted", false, false, null])
      const page = valueOf(yield* history("a.def::f", { limit: "1" }))
      const rest = valueOf(yield* history("a.def::f", { cursor: String(page["nextCursor"]) }))
      assert.deepStrictEqual([...shown(page), ...shown(rest)], shown(valueOf(whole)))
      assertProblem(yield* history("a.def::none"), 404, /a\.def::f/)
      assertProblem(yield* history("nothing"), 404, /an address is/)
    })
  )
})

describeOnMemoryStage("symbols, before they are derived,", (it) => {
  it.effect("say that they are not complete, and are stored nowhere", () =>
    Effect.gen(function* () {
      const { derive, get } = yield* scene
      for (const [call, query] of [
        ["symbols", {}],
        ["symbols/history", { address: "a.def::f" }]
      ] as const) {
        const before = yield* get(call, query)
        assert.deepInclude(valueOf(before), { items: [], complete: false, pending: 3 })
        assert.strictEqual(before.headers["cache-control"], "no-store")
        assert.notProperty(before.headers, "etag")
      }
      yield* derive
      assert.deepInclude(valueOf(yield* get("symbols")), { complete: true, pending: 0 })
    })
  )
})
