/**
 * How the REST API handles requests: invalid bodies, paths and queries are named, bodies have limits, answers may be
 * cached for as long as they say, and creating calls may be repeated under a key.
 */
import { assert } from "@effect/vitest"
import { Roots } from "@musehub/domain/invariant/Roots"
import { RepositoryId } from "@musehub/domain/object/Id"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { BranchName, UserName } from "@musehub/domain/repository/Names"
import { Effect } from "effect"
import { ask, type AskOptions, textOf, valueOf } from "../hub/askRest.ts"
import { assertProblem } from "../hub/assertProblem.ts"
import type { Answer, HeaderList } from "../hub/Http.ts"
import { describeOnMemoryStage, Stage } from "../hub/Stage.ts"

/** A new repository of ada's with one file. */
const scene = Effect.gen(function* () {
  const { repository } = yield* Stage
  const path = `/repos/${(yield* repository()).repository}`
  const changes = [{ op: "put", path: "a/b c.txt", contentBase64: Buffer.from("one\n").toString("base64") }]
  const made = yield* ask("POST", `${path}/commits`, { branch: "main", message: "One", changes })
  assert.strictEqual(made.status, 201, textOf(made))
  return { path, commit: String(valueOf(made)["commitId"]) }
})

describeOnMemoryStage("a request to the REST API", (it) => {
  it.effect("that is invalid is told what is wrong with it", () =>
    Effect.gen(function* () {
      const { path } = yield* scene
      const cases: ReadonlyArray<readonly [string, string, unknown, number, RegExp]> = [
        ["POST", "/branches", "{", 400, /JSON/],
        ["POST", "/branches", new Uint8Array([0x22, 0xff, 0x22]), 400, /UTF-8/],
        ["POST", "/branches", "", 400, /JSON/],
        ["POST", "/branches", [], 400, /body/],
        ["POST", "/branches", { name: 5, from: "main" }, 400, /body.*name/s],
        ["POST", "/branches", { name: "a..b", from: "main" }, 422, /two dots/],
        ["POST", "/branches", { name: "new", from: "gone" }, 404, /no branch "gone"/],
        ["POST", "/branches", { name: "main", from: "main" }, 409, /already a branch/],
        [
          "POST",
          "/commits",
          { branch: "main", message: "x", changes: [{ op: "put", path: "p", contentBase64: "%" }] },
          400,
          /contentBase64/
        ],
        [
          "POST",
          "/commits",
          { branch: "main", message: "x", changes: [{ op: "put", path: "p", contentBase64: "QR==" }] },
          400,
          /contentBase64/
        ],
        [
          "POST",
          "/commits",
          { branch: "main", message: "x", changes: [{ op: "put", path: "a/b c.txt", contentBase64: "b25l\r\nCg==" }] },
          422,
          /nothing to commit/
        ],
        ["POST", "/commits", { branch: "main", message: "x", changes: [{ op: "chmod", path: "p" }] }, 400, /op/],
        [
          "POST",
          "/commits",
          { branch: "main", message: "x", changes: [{ op: "delete", path: "../p" }] },
          422,
          /\.\.\/p/
        ],
        ["POST", "/commits", { branch: "main", message: "x", changes: [] }, 422, /nothing to commit/],
        ["POST", "/proposals", { title: "two\nlines", fromBranch: "a", toBranch: "b" }, 400, /title/],
        ["POST", "/tags", { tag: "t", commitId: "f".repeat(64) }, 404, /no commit/],
        ["POST", "/releases", { tag: "one", commitId: "f".repeat(64) }, 400, /semantic version/],
        ["PUT", "/branches/main/protection", { approvals: 99, selfApproval: true }, 400, /approvals/],
        ["PUT", "/collaborators/nobody-here", { role: "read" }, 404, /no user/],
        ["GET", "/proposals/0", undefined, 400, /path.*number/s],
        ["GET", "/proposals/1.5", undefined, 400, /path.*number/s],
        ["GET", "/proposals/77", undefined, 404, /no proposal 77/],
        ["GET", "/proposals?state=odd", undefined, 400, /query.*state/s],
        ["GET", "/branches?limit=0", undefined, 400, /query.*limit/s],
        ["GET", "/branches?limit=101", undefined, 400, /query.*limit/s],
        ["GET", "/branches?limit=many", undefined, 400, /query.*limit/s],
        ["GET", "/branches?cursor=%21", undefined, 400, /query.*cursor/s],
        ["GET", "/commits?cursor=AAAA", undefined, 400, /cursor/],
        ["GET", "/commits?cursor=_w", undefined, 400, /cursor/],
        ["GET", "/commits?ref=nowhere", undefined, 404, /no branch "nowhere"/],
        ["GET", `/commits/${"f".repeat(64)}`, undefined, 404, /no commit/],
        ["GET", "/commits/HEAD", undefined, 404, /no commit HEAD/],
        ["GET", "/tree?ref=HEAD", undefined, 404, /no branch "HEAD" here, .*; there are the branches "main"/],
        ["GET", "/tree?limit=1001", undefined, 400, /query.*limit/s],
        ["GET", "/blob", undefined, 400, /query.*path/s],
        ["GET", `/branches/${encodeURIComponent("x".repeat(5000))}`, undefined, 404, /no branch/],
        ["DELETE", "/branches/main?expect=1", undefined, 400, /query.*expect/s]
      ]
      for (const [method, call, body, status, sentence] of cases) {
        assertProblem(yield* ask(method, path + call, body), status, sentence, `${method} ${call}`)
      }
    })
  )

  it.effect("is authorized before its body is read", () =>
    Effect.gen(function* () {
      const { bob } = yield* Stage
      const { path } = yield* scene
      const unreadable = "{"
      assertProblem(yield* ask("POST", `${path}/branches`, unreadable, { token: "" }), 401, /needs a token/)
      assertProblem(yield* ask("POST", `${path}/branches`, unreadable, { token: bob }), 403, /bob has no write access/)
      assertProblem(yield* ask("PATCH", path, unreadable, { token: bob }), 403, /bob has no admin access/)
      assertProblem(yield* ask("GET", path, undefined, { token: "muse_wrong" }), 401, /unknown to this hub/)
      const hidden = yield* ask("PATCH", path, { visibility: "private" })
      assert.strictEqual(hidden.status, 200)
      for (const token of ["", bob]) {
        assertProblem(yield* ask("POST", `${path}/branches`, unreadable, { token }), 404, /no repository/)
        assertProblem(yield* ask("GET", `${path}/commits`, undefined, { token }), 404, /no repository/)
      }
    })
  )

  it.effect("has a body within limits, and reads its answer even when the body is too large", () =>
    Effect.gen(function* () {
      const { path } = yield* scene
      const filled = (bytes: number) => new Uint8Array(bytes).fill(0x20)
      assertProblem(yield* ask("POST", `${path}/branches`, filled(64 * 1024 + 1)), 413, /65536 bytes/)
      assertProblem(yield* ask("POST", `${path}/releases`, filled(2 * 1024 * 1024 + 1)), 413, /2097152 bytes/)
      assertProblem(yield* ask("POST", `${path}/commits`, filled(16 * 1024 * 1024 + 1)), 413, /16777216 bytes/)
      const body = "\u0001".repeat(65_536)
      yield* ask("POST", `${path}/branches`, { name: "side", from: "main" })
      const proposal = { title: "Long", body, fromBranch: "side", toBranch: "main" }
      const opened = yield* ask("POST", `${path}/proposals`, proposal)
      assert.strictEqual(opened.status, 201, textOf(opened).slice(0, 300))
      assert.strictEqual(valueOf(opened)["body"], body)
    })
  )

  it.effect("gets a page of a list, and the address of the next one", () =>
    Effect.gen(function* () {
      const { path } = yield* scene
      for (const name of ["b", "c", "d"]) yield* ask("POST", `${path}/branches`, { name, from: "main" })
      const names: Array<unknown> = []
      let next: string | undefined = `${path}/branches?limit=3`
      let pages = 0
      while (next !== undefined) {
        const answer: Answer = yield* ask("GET", next)
        const { items, nextCursor } = valueOf(answer) as {
          readonly items: ReadonlyArray<{ readonly name: string }>
          readonly nextCursor: string | null
        }
        names.push(...items.map(({ name }) => name))
        const link = answer.headers["link"]
        assert.strictEqual(link === undefined, nextCursor === null)
        next = typeof link === "string" ? /^<\/api\/v1(\/[^>]+)>; rel="next"$/.exec(link)?.[1] : undefined
        pages += 1
      }
      assert.deepStrictEqual(names, ["b", "c", "d", "main"])
      assert.strictEqual(pages, 2)
    })
  )

  it.effect("goes on to a branch that was deleted long ago by the cursor of the refusal", () =>
    Effect.gen(function* () {
      const { hub } = yield* Stage
      const { path } = yield* scene
      yield* ask("POST", `${path}/branches`, { name: "old", from: "main" })
      yield* ask("DELETE", `${path}/branches/old`)
      const id = RepositoryId.make(String(valueOf(yield* ask("GET", path))["repoId"]))
      // Some 9 MiB of roots, of which a page reads 8.
      const protection = Array.from({ length: 3300 }, (_, place) => {
        const name = BranchName.make(`z${place}${"x".repeat(190)}`)
        return [name, { approvals: 0, selfApproval: true }] as const
      })
      const change = {
        action: "change-settings",
        by: UserName.make("ada"),
        at: "2026-11-22T15:08:10.000Z",
        moves: []
      } as const
      const turn = Roots.use((roots) =>
        roots.move(id, () => Effect.succeed({ root: { protection, offeredTo: null }, change }))
      )
      yield* Effect.provideContext(Effect.repeat(turn, { times: 11 }), hub.services)
      const refused = yield* ask("GET", `${path}/branches/old/reflog`)
      assertProblem(refused, 404, /no branch "old"/)
      const next = encodeURIComponent(String(valueOf(refused)["next"]))
      const { items } = valueOf(yield* ask("GET", `${path}/branches/old/reflog?cursor=${next}`)) as {
        readonly items: ReadonlyArray<{ readonly action: string }>
      }
      assert.deepStrictEqual(
        items.map(({ action }) => action),
        ["delete-branch", "create-branch"]
      )
    })
  )

  it.effect("is answered with cache headers, and with 304 while nothing has changed", () =>
    Effect.gen(function* () {
      const { commit, path } = yield* scene
      const file = `${path}/raw?ref=${commit}&path=${encodeURIComponent("a/b c.txt")}`
      for (const [url, strong] of [
        [file, true],
        [`${path}/tree?ref=${commit}`, true],
        [`${path}/blob?ref=${commit}&path=${encodeURIComponent("a/b c.txt")}`, true],
        [`${path}/commits/${commit}`, false]
      ] as const) {
        const answer = yield* ask("GET", url)
        assert.strictEqual(answer.status, 200, url)
        const etag = String(answer.headers["etag"])
        assert.match(etag, strong ? /^"[0-9a-f]{64}"$/ : /^W\/"[0-9a-f]{64}"$/, url)
        const control = strong ? "public, max-age=31536000, immutable" : "public, no-cache"
        assert.strictEqual(answer.headers["cache-control"], control, url)
        for (const condition of [etag, `"x", ${etag}`, "*"]) {
          const again = yield* ask("GET", url, undefined, { headers: [["If-None-Match", condition]] })
          assert.deepStrictEqual([again.status, again.body.byteLength, again.headers["etag"]], [304, 0, etag], url)
        }
        const other = yield* ask("GET", url, undefined, { headers: [["If-None-Match", '"x"']] })
        assert.strictEqual(other.status, 200, url)
        const head = yield* ask("HEAD", url)
        assert.deepStrictEqual([head.status, head.body.byteLength, head.headers["etag"]], [200, 0, etag], url)
      }
      const shown = yield* ask("GET", `${path}/commits/${commit}`)
      yield* ask("POST", `${path}/commits/${commit}/annotations`, { testRuns: 1 })
      const condition: HeaderList = [["If-None-Match", String(shown.headers["etag"])]]
      const changed = yield* ask("GET", `${path}/commits/${commit}`, undefined, { headers: condition })
      assert.deepStrictEqual([changed.status, valueOf(changed)["testRuns"]], [200, 1])
      // No cache keeps what was not found, or what belongs to the caller.
      const missing = yield* ask("GET", `${path}/raw?ref=${commit}&path=none`)
      assert.deepStrictEqual([missing.status, missing.headers["cache-control"]], [404, "no-store"])
      assert.isUndefined(missing.headers["etag"])
      assert.strictEqual((yield* ask("GET", "/user")).headers["cache-control"], "no-store")
      yield* ask("PATCH", path, { visibility: "private" })
      const hidden = yield* ask("GET", file)
      assert.strictEqual(hidden.headers["cache-control"], "private, max-age=31536000, immutable")
      assertProblem(yield* ask("GET", file, undefined, { headers: [["If-None-Match", "*"]], token: "" }), 404, /./)
    })
  )

  it.effect("gets a file unchanged, whatever its name and bytes", () =>
    Effect.gen(function* () {
      const { path } = yield* scene
      const names = ["ü/50%.txt", "a+b&c=d?e#f;g.txt", "%2F", "dir/índice", "x".repeat(200)]
      const bytes = new Uint8Array(1000).map((_, position) => position)
      const changes = names.map((name) => ({
        op: "put",
        path: name,
        contentBase64: Buffer.from(bytes).toString("base64")
      }))
      const made = yield* ask("POST", `${path}/commits`, { branch: "main", message: "Names", changes })
      const commit = String(valueOf(made)["commitId"])
      for (const name of names) {
        const answer = yield* ask("GET", `${path}/raw?ref=${commit}&path=${encodeURIComponent(name)}`)
        assert.strictEqual(answer.status, 200, name)
        assert.deepStrictEqual(answer.body, bytes, name)
        assert.strictEqual(answer.headers["content-type"], "application/octet-stream")
        assert.strictEqual(answer.headers["x-content-type-options"], "nosniff")
      }
    })
  )

  it.effect("may send the files of a commit as parts of a form", () =>
    Effect.gen(function* () {
      const { path } = yield* scene
      const boundary = "b0undary"
      const part = (disposition: string, type: string, content: Uint8Array) =>
        Buffer.concat([
          Buffer.from(
            `--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\nContent-Type: ${type}\r\n\r\n`
          ),
          content,
          Buffer.from("\r\n")
        ])
      const form = (...parts: ReadonlyArray<Uint8Array>) =>
        new Uint8Array(Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]))
      const bytes = new Uint8Array([0, 255, 13, 10, 45, 45, 128])
      const commit = (files: ReadonlyArray<readonly [string, string]>) =>
        part(
          'name="commit"',
          "application/json",
          Buffer.from(
            JSON.stringify({
              branch: "main",
              message: "Form",
              changes: files.map(([path, part]) => ({ op: "put", path, part }))
            })
          )
        )
      const file = (name: string) => part(`name="${name}"; filename="x"`, "application/octet-stream", bytes)
      const type = `multipart/form-data; boundary=${boundary}`
      const post = (body: Uint8Array, headers: HeaderList = []) =>
        ask("POST", `${path}/commits`, body, { type, headers })
      const keyed: HeaderList = [["Idempotency-Key", "form"]]

      const made = yield* post(
        form(
          commit([
            ["raw.bin", "f"],
            ["copy.bin", "g"]
          ]),
          file("f"),
          file("g")
        ),
        keyed
      )
      assert.strictEqual(made.status, 201, textOf(made))
      // The order of the parts is irrelevant.
      const again = yield* post(
        form(
          file("g"),
          commit([
            ["raw.bin", "f"],
            ["copy.bin", "g"]
          ]),
          file("f")
        ),
        keyed
      )
      assert.deepStrictEqual([again.status, textOf(again)], [201, textOf(made)])
      const read = yield* ask("GET", `${path}/raw?ref=${String(valueOf(made)["commitId"])}&path=raw.bin`)
      assert.deepStrictEqual(read.body, bytes)

      assertProblem(yield* post(form(file("f"))), 400, /no part commit/)
      assertProblem(yield* post(form(commit([["a", "missing"]]), file("f"))), 400, /no part "missing"/)
      assertProblem(yield* post(form(commit([["a", "f"]]), file("f"), file("f"))), 400, /part "f"/)
      assertProblem(yield* post(form(commit([["a", "f"]]), part('name="f"', "text/plain", bytes))), 400, /part "f"/)
      assertProblem(yield* post(new Uint8Array(50).fill(1)), 400, /multipart/)
      assertProblem(yield* post(form(part('name="commit"', "application/json", Buffer.from("{")))), 400, /JSON/)
    })
  )
})

describeOnMemoryStage("a creating call under an Idempotency-Key", (it) => {
  const key = (value: string): AskOptions => ({ headers: [["Idempotency-Key", value]] })

  it.effect("gets the same answer again, and creates nothing twice", () =>
    Effect.gen(function* () {
      const { commit, path } = yield* scene
      const calls: ReadonlyArray<readonly [string, object, number]> = [
        ["/repos", { owner: "ada", name: `Once ${path.slice(-3)}` }, 201],
        [`${path}/branches`, { name: "side", from: "main" }, 201],
        [
          `${path}/commits`,
          { branch: "side", message: "Two", changes: [{ op: "put", path: "two", contentBase64: "Mg==" }] },
          201
        ],
        [`${path}/tags`, { tag: "t", commitId: commit }, 201],
        [`${path}/releases`, { tag: "v1.0.0", commitId: commit }, 201],
        [`${path}/proposals`, { title: "P", fromBranch: "side", toBranch: "main" }, 201],
        [`${path}/proposals/1/comments`, { body: "first" }, 201],
        [`${path}/proposals/1/reviews`, { verdict: "approve" }, 201],
        [`${path}/proposals/1/merge`, { strategy: "squash" }, 200]
      ]
      for (const [call, body, status] of calls) {
        const first = yield* ask("POST", call, body, key(call))
        assert.strictEqual(first.status, status, `${call}: ${textOf(first)}`)
        assert.isUndefined(first.headers["idempotency-replayed"], call)
        const again = yield* ask("POST", call, body, key(call))
        assert.deepStrictEqual([again.status, textOf(again)], [status, textOf(first)], call)
        assert.strictEqual(again.headers["idempotency-replayed"], "true", call)
        const other = yield* ask("POST", call, ` ${JSON.stringify(body)}`, key(call))
        assertProblem(other, 422, /was used for another request/, call)
      }
      const { comments, reviews } = valueOf(yield* ask("GET", `${path}/proposals/1`)) as {
        readonly comments: ReadonlyArray<unknown>
        readonly reviews: ReadonlyArray<unknown>
      }
      assert.deepStrictEqual([comments.length, reviews.length], [1, 1])
    })
  )

  it.effect("works once when many arrive together", () =>
    Effect.gen(function* () {
      const { commit, path } = yield* scene
      const send = ask("POST", `${path}/tags`, { tag: "together", commitId: commit }, key("together"))
      const answers = yield* Effect.all(
        Array.from({ length: 12 }, () => send),
        { concurrency: "unbounded" }
      )
      for (const answer of answers) {
        if (answer.status === 201) continue
        assertProblem(answer, 409, /still under way/)
        assert.match(String(answer.headers["retry-after"]), /^\d+$/)
      }
      assert.isAtLeast(answers.filter(({ status }) => status === 201).length, 1)
      const { items } = valueOf(yield* ask("GET", `${path}/tags`)) as { readonly items: ReadonlyArray<unknown> }
      assert.strictEqual(items.length, 1)
    })
  )

  it.effect("may be repeated with the same key when it failed", () =>
    Effect.gen(function* () {
      const { path } = yield* scene
      const refused = yield* ask("POST", `${path}/branches`, { name: "late", from: "nowhere" }, key("retry"))
      assertProblem(refused, 404, /no branch/)
      const made = yield* ask("POST", `${path}/branches`, { name: "late", from: "main" }, key("retry"))
      assert.strictEqual(made.status, 201)
    })
  )

  it.effect("is authorized again each time, and needs a key of visible ASCII", () =>
    Effect.gen(function* () {
      const { bob } = yield* Stage
      const { path } = yield* scene
      const body = { name: "mine", from: "main" }
      assert.strictEqual((yield* ask("POST", `${path}/branches`, body, key("rights"))).status, 201)
      assertProblem(yield* ask("POST", `${path}/branches`, body, { ...key("rights"), token: bob }), 403, /bob/)
      for (const bad of ["", "two words", "x".repeat(256)]) {
        assertProblem(yield* ask("POST", `${path}/branches`, body, key(bad)), 400, /Idempotency-Key/, bad)
      }
    })
  )

  it.effect("ignores the key when it creates a token, because the secret is not stored", () =>
    Effect.gen(function* () {
      const { hub } = yield* Stage
      const kept = ObjectStore.use((store) =>
        store.documents.list({ kind: "hub", collection: "requests" }, { limit: 1000 })
      ).pipe(Effect.provideContext(hub.services))
      const before = yield* kept
      const secrets = new Set<unknown>()
      for (let times = 0; times < 2; times++) {
        const made = yield* ask("POST", "/user/tokens", { scope: "read" }, key("token"))
        assert.strictEqual(made.status, 201)
        secrets.add(valueOf(made)["secret"])
      }
      assert.strictEqual(secrets.size, 2)
      assert.deepStrictEqual(yield* kept, before)
    })
  )
})
