/** Looking into a repository over HTTP: what a ref names, how files are sent, and how long answers may be kept. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { ask, type AskOptions, textOf, valueOf } from "../hub/askRest.ts"
import { assertProblem } from "../hub/assertProblem.ts"
import { blobId } from "../muse/history.ts"
import { describeOnMemoryStage, describeOnStages, Stage } from "../hub/Stage.ts"

const put = (path: string, content: string | Uint8Array) => ({
  op: "put",
  path,
  contentBase64: Buffer.from(content).toString("base64")
})

/** A new repository of ada's, and how to commit to it and ask about it. */
const scene = Effect.gen(function* () {
  const { repository } = yield* Stage
  const path = `/repos/${(yield* repository()).repository}`
  const post = Effect.fnUntraced(function* (call: string, body: unknown) {
    const answer = yield* ask("POST", `${path}${call}`, body)
    assert.strictEqual(answer.status, 201, textOf(answer))
    return valueOf(answer)
  })
  const commit = (branch: string, changes: ReadonlyArray<unknown>, from?: string) =>
    Effect.map(
      post("/commits", { branch, message: "m", changes, ...(from === undefined ? {} : { from }) }),
      ({ commitId }) => String(commitId)
    )
  const get = (call: string, query: Readonly<Record<string, string>> = {}, options?: AskOptions) =>
    ask("GET", `${path}/${call}?${new URLSearchParams(query)}`, undefined, options)
  const commitOf = (ref: string) => Effect.map(get("tree", { ref }), (answer) => valueOf(answer)["commitId"])
  return { commit, commitOf, get, path, post }
})

describeOnStages("a repository that is looked into", (it) => {
  it.effect("shows folders, texts and bytes of a branch", () =>
    Effect.gen(function* () {
      const { commit, get } = yield* scene
      const large = "line\n".repeat(100_000)
      const id = yield* commit("main", [put("song/one.txt", "one\n"), put("song.bin", "\0\u0001"), put("large", large)])
      const root = valueOf(yield* get("tree"))
      assert.deepInclude(root, { commitId: id, path: "", nextCursor: null })
      assert.deepStrictEqual(root["items"], [
        { type: "file", name: "large", path: "large", blobId: blobId(large), language: null },
        { type: "file", name: "song.bin", path: "song.bin", blobId: blobId("\0\u0001"), language: null },
        { type: "dir", name: "song", path: "song" }
      ])
      const path = "song/one.txt"
      const text = valueOf(yield* get("blob", { path }))
      assert.deepStrictEqual(text, {
        commitId: id,
        path,
        blobId: blobId("one\n"),
        size: 4,
        binary: false,
        language: "Text",
        text: "one\n"
      })
      assert.deepInclude(valueOf(yield* get("blob", { path: "song.bin" })), { binary: true, text: null })
      assert.deepInclude(valueOf(yield* get("blob", { path: "large" })), { size: 500_000, text: large })
      assert.strictEqual(textOf(yield* get("raw", { path: "large" })), large)
      assertProblem(yield* get("raw", { path: "song" }), 409, /"song" is a folder in commit/)
      assertProblem(yield* get("tree", { path }), 409, /"song\/one.txt" is a file in commit/)
      const missing = assertProblem(
        yield* get("blob", { path: "song/two.txt" }),
        404,
        /the folder "song" has "one.txt"/
      )
      assert.deepStrictEqual(missing.get("names"), ["one.txt"])
    })
  )
})

describeOnMemoryStage("a ref", (it) => {
  it.effect("is a branch, the id of a commit, a published release, or the label of a tag, in this order", () =>
    Effect.gen(function* () {
      const { commit, commitOf, get, post } = yield* scene
      const first = yield* commit("main", [put("a", "1")])
      const second = yield* commit("fix/it", [put("a", "2")], "main")
      assert.strictEqual(yield* commitOf("fix/it"), second)
      assert.strictEqual(yield* commitOf(first), first)
      yield* post("/releases", { tag: "v1.0.0", commitId: second })
      yield* post("/releases", { tag: "v2.0.0", commitId: second, isDraft: true })
      yield* post("/tags", { tag: "take one", commitId: second })
      assert.strictEqual(yield* commitOf("v1.0.0"), second)
      assert.strictEqual(yield* commitOf("tags/take one"), second)
      assertProblem(yield* get("tree", { ref: "v2.0.0" }), 404, /no branch "v2.0.0" here/)
      assertProblem(yield* get("tree", { ref: "take one" }), 404, /a tag has this label/)
      assertProblem(yield* get("tree", { ref: "tags/take two" }), 404, /there are the branches "fix\/it", "main"$/)
      assertProblem(yield* get("tree", { ref: "Main" }), 404, /there is "main", which is spelled differently/)
      yield* post("/tags", { tag: "take one", commitId: second })
      assert.strictEqual(yield* commitOf("tags/take one"), second)
      yield* post("/tags", { tag: "take one", commitId: first })
      const several = assertProblem(yield* get("tree", { ref: "tags/take one" }), 409, /is on several commits/)
      assert.sameMembers(several.get("commits") as Array<unknown>, [first, second])
      for (const name of ["v1.0.0", "tags/take one"]) {
        yield* post("/branches", { name, from: first })
        assert.strictEqual(yield* commitOf(name), first)
      }
      const listed = valueOf(yield* get("commits", { ref: "v1.0.0" }))["items"] as ReadonlyArray<{ commitId: string }>
      assert.deepStrictEqual(
        listed.map(({ commitId }) => commitId),
        [first]
      )
    })
  )
})

describeOnMemoryStage("an answer about a ref", (it) => {
  it.effect("is kept for ever if that is an id, and asked for again otherwise", () =>
    Effect.gen(function* () {
      const { commit, get } = yield* scene
      const id = yield* commit("main", [put("a", "1"), put("b", "1")])
      for (const [call, query] of [
        ["tree", {}],
        ["blob", { path: "a" }],
        ["raw", { path: "a" }],
        ["archive", {}]
      ] as const) {
        const fixed = yield* get(call, { ...query, ref: id })
        assert.strictEqual(fixed.headers["cache-control"], "public, max-age=31536000, immutable", call)
        const moving = yield* get(call, query)
        assert.strictEqual(moving.headers["cache-control"], "public, no-cache", call)
        const etag = String(moving.headers["etag"])
        assert.strictEqual(etag, fixed.headers["etag"], call)
        const again = yield* get(call, query, { headers: [["If-None-Match", etag]] })
        assert.deepStrictEqual([again.status, again.body.byteLength], [304, 0], call)
      }
      for (const [format, type] of [
        ["tar.gz", "application/gzip"],
        ["zip", "application/zip"]
      ] as const) {
        const { body, headers } = yield* get("archive", { format })
        assert.strictEqual(headers["content-type"], type)
        assert.match(String(headers["content-disposition"]), /^attachment; filename="[\w-]+-[0-9a-f]{12}\.[a-z.]+"$/)
        assert.isAbove(body.byteLength, 100)
      }
      assertProblem(yield* get("archive", { format: "rar" }), 400, /format/)
      const before = yield* get("raw", { path: "a" })
      const tree = yield* get("tree")
      yield* commit("main", [put("b", "2")])
      const isSame = (call: string, query: Readonly<Record<string, string>>, etag: unknown) =>
        Effect.map(get(call, query, { headers: [["If-None-Match", String(etag)]] }), ({ status }) => status === 304)
      assert.isTrue(yield* isSame("raw", { path: "a" }, before.headers["etag"]))
      assert.isFalse(yield* isSame("tree", {}, tree.headers["etag"]))
      assert.isFalse(yield* isSame("raw", { path: "b" }, before.headers["etag"]))
    })
  )
})

describeOnStages("the bytes of a file", (it) => {
  it.effect("are sent in the range that is asked for", () =>
    Effect.gen(function* () {
      const { commit, get } = yield* scene
      const small = "0123456789"
      const large = small.repeat(50_000)
      yield* commit("main", [put("small", small), put("large", large), put("empty", "")])
      for (const [path, content] of [
        ["small", small],
        ["large", large]
      ] as const) {
        const ranged = (range: string, more: AskOptions["headers"] = []) =>
          get("raw", { path }, { headers: [["Range", range], ...more] })
        const part = yield* ranged("bytes=3-6")
        assert.deepStrictEqual([part.status, textOf(part)], [206, "3456"])
        assert.strictEqual(part.headers["content-range"], `bytes 3-6/${content.length}`)
        assert.strictEqual(textOf(yield* ranged("bytes=-2")), "89")
        const outside = yield* ranged(`bytes=${content.length}-`)
        assertProblem(outside, 416, /none of the/)
        assert.strictEqual(outside.headers["content-range"], `bytes */${content.length}`)
        const stale = yield* ranged("bytes=3-6", [["If-Range", '"other"']])
        assert.deepStrictEqual([stale.status, textOf(stale)], [200, content])
        assert.strictEqual(stale.headers["accept-ranges"], "bytes")
      }
      assert.deepStrictEqual((yield* get("raw", { path: "empty" })).body.byteLength, 0)
    })
  )

  it.effect("are data to a browser, never a page of the hub", () =>
    Effect.gen(function* () {
      const { commit, get } = yield* scene
      const script = "<script>alert(1)</script>"
      const names = [
        "page.html",
        "PAGE.HTM",
        "it's (a) drawing.svg",
        "feed.xml",
        "paper.pdf",
        "plain.txt",
        "cover.png",
        "take.mid"
      ]
      yield* commit(
        "main",
        [...names, "in/ü.svg", "html"].map((name) => put(name, script))
      )
      const headersOf = Effect.fnUntraced(function* (path: string) {
        const answer = yield* get("raw", { path })
        assert.deepStrictEqual([answer.status, textOf(answer)], [200, script], path)
        assert.strictEqual(answer.headers["x-content-type-options"], "nosniff", path)
        assert.strictEqual(answer.headers["content-security-policy"], "sandbox; default-src 'none'", path)
        return [answer.headers["content-type"], answer.headers["content-disposition"]]
      })
      const bytes = "application/octet-stream"
      const attached = (name: string) => [bytes, `attachment; filename*=UTF-8''${name}`]
      assert.deepStrictEqual(yield* headersOf("page.html"), attached("page.html"))
      assert.deepStrictEqual(yield* headersOf("PAGE.HTM"), attached("PAGE.HTM"))
      assert.deepStrictEqual(yield* headersOf("it's (a) drawing.svg"), attached("it%27s%20%28a%29%20drawing.svg"))
      assert.deepStrictEqual(yield* headersOf("in/ü.svg"), attached("%C3%BC.svg"))
      assert.deepStrictEqual(yield* headersOf("feed.xml"), attached("feed.xml"))
      assert.deepStrictEqual(yield* headersOf("paper.pdf"), attached("paper.pdf"))
      assert.deepStrictEqual(yield* headersOf("html"), attached("html"))
      assert.deepStrictEqual(yield* headersOf("plain.txt"), [bytes, undefined])
      assert.deepStrictEqual(yield* headersOf("cover.png"), ["image/png", undefined])
      assert.deepStrictEqual(yield* headersOf("take.mid"), ["audio/midi", undefined])
    })
  )
})
