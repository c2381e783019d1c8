/**
 * Malformed, oversized and hostile requests: refused with the right status, read to their end so that the client sees
 * the answer, and without harm to the next request. The adapters are not involved, so memory is enough.
 */
import { assert } from "@effect/vitest"
import { pushObjectsMax } from "@musehub/domain/wire/Limits"
import { mpackMediaType } from "@musehub/domain/wire/mpack/Format"
import { Effect } from "effect"
import { connect } from "node:net"
import { answerIn, sendAllThenRead } from "../hub/sendAllThenRead.ts"
import { type Answer, type HeaderList, send, valueIn } from "../hub/Http.ts"
import { blobId, commitTo, copyOf, growing } from "../muse/history.ts"
import { bundleFor, clone, pushBody, pushBranch, uploadBlobs } from "../muse/LocalRepository.ts"
import { call, filterObjects, heads, ok, post, postJson, refs, type Target, userAgent } from "../muse/MuseClient.ts"
import { assertProblem } from "../hub/assertProblem.ts"
import { describeOnMemoryStage, describeOnStages, Stage } from "../hub/Stage.ts"
import { assertSame, isFields, textOf, toMsgpack } from "../muse/Value.ts"

const bytes = (...values: ReadonlyArray<number>) => Uint8Array.from(values)
const text = (content: string) => new TextEncoder().encode(content)
const json = { contentType: "application/json" }
const repeated = (byte: number, count: number) => new Uint8Array(count).fill(byte)
const depth = 200_000

/** What a successful answer comes as, by what the request accepts. */
const encodings: ReadonlyMap<string, string> = new Map([
  ["application/x-msgpack, application/json", "application/x-msgpack"],
  ["text/html, application/msgpack;q=0.9", "application/x-msgpack"],
  ["application/json", "application/json"],
  ["text/html, application/json;q=0.9", "application/json"],
  ["*/*", "application/json"],
  ["text/html", "application/json"]
])

const posts = ["filter-objects", "presign", "push/objects", "push", "fetch", "negotiate", "large-blobs"]

interface Malformed {
  readonly name: string
  readonly paths?: ReadonlyArray<string>
  readonly body: Uint8Array
  readonly json?: boolean
  readonly status?: number
  readonly sentence?: RegExp
}

const malformed: ReadonlyArray<Malformed> = [
  { name: "no body", body: bytes() },
  { name: "a byte that msgpack does not have", body: bytes(0xc1) },
  { name: "msgpack that breaks off", body: toMsgpack({ object_ids: ["a".repeat(64)] }).subarray(0, 20) },
  { name: "more after the end", body: Buffer.concat([toMsgpack({}), bytes(0xc0)]) },
  { name: "a list in place of a map", body: toMsgpack([]) },
  { name: "a map with a key twice", body: bytes(0x82, 0xa1, 0x61, 0xc0, 0xa1, 0x61, 0xc0) },
  {
    name: "text that is not UTF-8",
    paths: ["push"],
    body: bytes(0x81, 0xa6, 0x62, 0x72, 0x61, 0x6e, 0x63, 0x68, 0xa1, 0xff)
  },
  { name: "a map of four billion entries", body: bytes(0xdf, 0xff, 0xff, 0xff, 0xff), status: 413 },
  {
    name: "a tower of lists in an unknown field",
    body: Buffer.concat([bytes(0x81, 0xa1, 0x78), repeated(0x91, depth)]),
    status: 413,
    sentence: /nested deeper/
  },
  {
    name: "a tower of maps in an unknown field",
    body: Buffer.from("81a178".repeat(depth), "hex"),
    status: 413,
    sentence: /nested deeper/
  },
  { name: "no JSON", body: text("{"), json: true },
  { name: "JSON that is not UTF-8", body: bytes(0x22, 0xff, 0x22), json: true },
  { name: "a tower of JSON lists", body: text(`{"x":${"[".repeat(depth)}${"]".repeat(depth)}}`), json: true },
  {
    name: "ids that lead out of the store",
    paths: ["filter-objects", "presign"],
    body: toMsgpack({ object_ids: ["../../root"], direction: "put" }),
    sentence: /object_ids\[0\] must be 64 lower-case hex digits/
  },
  {
    name: "upper-case ids",
    paths: ["filter-objects", "presign"],
    body: toMsgpack({ object_ids: ["A".repeat(64)], direction: "put" }),
    sentence: /object_ids\[0\]/
  },
  {
    name: "wanted ids that are not ids",
    paths: ["fetch", "negotiate", "large-blobs"],
    body: toMsgpack({ want: ["main"], have: [] })
  },
  { name: "an unknown direction", paths: ["presign"], body: toMsgpack({ object_ids: [], direction: "up" }) },
  {
    name: "an object whose content is text",
    paths: ["push/objects"],
    body: toMsgpack({ objects: [{ object_id: blobId("x"), content: "x" }] }),
    sentence: /objects\[0\]\.content must be binary/
  },
  {
    name: "an object under a path",
    paths: ["push/objects"],
    body: toMsgpack({ objects: [{ object_id: "../../../etc/passwd", content: text("x") }] }),
    sentence: /objects\[0\]\.object_id/
  },
  {
    name: "a push without a branch",
    paths: ["push"],
    body: toMsgpack({ bundle: { commits: [] } }),
    sentence: /branch/
  },
  {
    name: "a push whose force is a number",
    paths: ["push"],
    body: toMsgpack({ bundle: {}, branch: "main", force: 1 }),
    sentence: /force must be a boolean/
  },
  {
    name: "commits that are not a list",
    paths: ["push"],
    body: toMsgpack({ bundle: { commits: {} }, branch: "main", force: false }),
    sentence: /bundle\.commits must be an array/
  },
  {
    name: "more objects than a call may hold",
    paths: ["push/objects"],
    body: Buffer.concat([
      bytes(0x81, 0xa7),
      text("objects"),
      bytes(0xdd, 0, 0, (pushObjectsMax + 1) >> 8, (pushObjectsMax + 1) & 0xff)
    ]),
    status: 413,
    sentence: /objects has more than 10000/
  }
]

const headText = (target: Target, path: string, headers: HeaderList): string =>
  [
    `POST /${target.repository}/${path} HTTP/1.1`,
    ...[
      ["Host", new URL(target.url).host],
      ["User-Agent", userAgent],
      ["Content-Type", "application/x-msgpack"],
      ...(target.token === undefined ? [] : [["Authorization", `Bearer ${target.token}`]]),
      ["Connection", "close"],
      ...headers
    ].map(([name, value]) => `${name}: ${value}`),
    "\r\n"
  ].join("\r\n")

/** Asserts that the hub still serves. */
const assertServes = (target: Target) => Effect.map(refs(target), ({ domain }) => assert.strictEqual(domain, "code"))

describeOnMemoryStage("a malformed request", (it) => {
  for (const { name, paths = posts, body, status = 400, sentence = /./, json: isJson = false } of malformed) {
    it.effect(`is refused: ${name}`, () =>
      Effect.gen(function* () {
        const target = yield* (yield* Stage).repository()
        for (const path of paths) {
          const answer = yield* call(target, "POST", path, body, isJson ? json : {})
          assertProblem(answer, status, sentence, `${path}: ${name}`)
        }
        assert.deepStrictEqual(yield* heads(target), new Map())
      })
    )
  }

  it.effect("is answered in JSON, whatever it accepts and whatever its own encoding", () =>
    Effect.gen(function* () {
      const target = yield* (yield* Stage).repository()
      for (const accept of [...encodings.keys(), mpackMediaType]) {
        for (const contentType of ["application/x-msgpack", "application/json", mpackMediaType]) {
          const answer = yield* call(target, "POST", "push", text("{"), { accept, contentType })
          assert.strictEqual(answer.headers["content-type"], "application/problem+json", accept)
          assertProblem(answer, 400, /./, `${contentType} for ${accept}`)
        }
      }
    })
  )
})

describeOnMemoryStage("a successful answer", (it) => {
  it.effect("is msgpack for a client that names it first, and JSON where nothing is asked for", () =>
    Effect.gen(function* () {
      const target = yield* (yield* Stage).repository()
      for (const [accept, expected] of encodings) {
        const answer = yield* call(target, "GET", "refs", undefined, { accept })
        assert.strictEqual(answer.headers["content-type"], expected, accept)
        assert.strictEqual(textOf(valueIn(answer), "default_branch"), "main", accept)
      }
    })
  )

  it.effect("is JSON for a request without Accept", () =>
    Effect.gen(function* () {
      const { hub } = yield* Stage
      const target = yield* (yield* Stage).repository()
      for (const path of ["/health", `/${target.repository}/refs`]) {
        const answer = yield* Effect.orDie(
          send({ method: "GET", url: hub.url + path, headers: [["Host", new URL(hub.url).host]] })
        )
        assert.strictEqual(answer.status, 200, path)
        assert.strictEqual(answer.headers["content-type"], "application/json", path)
        assert(isFields(valueIn(answer)), path)
      }
    })
  )
})

describeOnMemoryStage("every answer", (it) => {
  it.effect("forbids browsers to guess its type: msgpack, JSON, pages, problems, and those of Node's parser", () =>
    Effect.gen(function* () {
      const { ada, hub } = yield* Stage
      const target = yield* (yield* Stage).repository()
      const get = (path: string, headers: HeaderList = []) =>
        Effect.orDie(send({ method: "GET", url: hub.url, path, headers: [["Host", "hub"], ...headers] }))
      const answers = [
        yield* call(target, "GET", "refs", undefined, { accept: "application/x-msgpack" }),
        yield* call(target, "GET", "refs", undefined, { accept: "application/json" }),
        yield* call(target, "POST", "push", text("{"), json),
        yield* get("/health"),
        yield* get("/metrics"),
        yield* get("/openapi.json"),
        yield* get("/docs"),
        yield* get("/api/v1/user", [["Authorization", `Bearer ${ada}`]]),
        yield* get("/no/such/path/at/all"),
        answerIn(yield* sendAllThenRead(target.url, ["hello\r\n\r\n"]))
      ]
      for (const [index, { headers, status }] of answers.entries()) {
        assert.strictEqual(headers["x-content-type-options"], "nosniff", `${index}: ${status}`)
      }
    })
  )
})

describeOnMemoryStage("a request over its limit", (it) => {
  const limitBytes = 8 * 1024 * 1024
  const sizes = { over: limitBytes + 1024 }

  it.effect("is refused by its Content-Length, and still read to the end", () =>
    Effect.gen(function* () {
      const target = yield* (yield* Stage).repository()
      const problem = assertProblem(
        yield* call(target, "POST", "presign", repeated(0, sizes.over)),
        413,
        /larger than the 8388608 bytes/
      )
      assert.strictEqual(problem.get("limitBytes"), limitBytes)
    })
  )

  it.effect("is refused when it exceeds the limit in chunks", () =>
    Effect.gen(function* () {
      const target = yield* (yield* Stage).repository()
      const open = Buffer.concat([bytes(0x82, 0xa1, 0x78, 0xc6), bytes(0x7f, 0xff, 0xff, 0xff)])
      const chunk = repeated(0, 1024 * 1024)
      const chunked = (content: Uint8Array) => [`${content.byteLength.toString(16)}\r\n`, content, "\r\n"]
      const head = headText(target, "presign", [["Transfer-Encoding", "chunked"]])
      const parts = [head, ...chunked(open), ...Array.from({ length: 9 }, () => chunked(chunk)).flat(), "0\r\n\r\n"]
      const answer = yield* sendAllThenRead(target.url, parts)
      assert.match(answer, /^HTTP\/1\.1 413 /)
      assert.match(answer, /larger than the 8388608 bytes/)
    })
  )

  it.effect("does no harm when its Content-Length is wrong in either direction", () =>
    Effect.gen(function* () {
      const target = yield* (yield* Stage).repository()
      const body = toMsgpack({ object_ids: [], direction: "put" })
      const tooShort = headText(target, "presign", [["Content-Length", String(body.byteLength)]])
      const extra = "GET /smuggled/request/refs HTTP/1.1\r\nHost: x\r\n\r\n"
      const answers = yield* sendAllThenRead(target.url, [tooShort, body, extra])
      // The parser may refuse the pair as a whole; it must not treat the rest as a request of its own.
      assert.lengthOf(answers.match(/HTTP\/1\.1 \d+/g) ?? [], 1, answers)
      const tooLong = headText(target, "presign", [["Content-Length", String(sizes.over)]])
      yield* Effect.callback<void>((resume) => {
        const { hostname, port } = new URL(target.url)
        const socket = connect({ host: hostname, port: Number(port) })
        socket.write(tooLong + "short", () => socket.destroy())
        socket.once("close", () => resume(Effect.void))
      })
      yield* assertServes(target)
    })
  )

  it.effect("is refused when a repository is created", () =>
    Effect.gen(function* () {
      const { hub, ada } = yield* Stage
      const target: Target = { url: hub.url, repository: "api/v1", token: ada }
      const wanted = { owner: "ada", name: "large", description: "x".repeat(70_000) }
      assertProblem(yield* postJson(target, "repos", wanted), 413, /larger than the 65536 bytes/)
      assertProblem(
        yield* postJson(target, "repos", { ...wanted, description: "x".repeat(20_000) }),
        400,
        /description/
      )
    })
  )
})

describeOnMemoryStage("a client that sends everything before it reads", (it) => {
  it.effect("reads the answer to a refused body of 40 MB, and without a token to one of 26 MB", () =>
    Effect.gen(function* () {
      const { hub, ada } = yield* Stage
      const known = yield* (yield* Stage).repository()
      const [large, presigned] = [40, 26].map((size) => size * 1024 * 1024) as [number, number]
      const cases: ReadonlyArray<readonly [Target, number, string]> = [
        [{ ...known, token: "muse_wrong" }, presigned, "401"],
        [{ ...known, token: undefined }, presigned, "401"],
        [{ url: hub.url, repository: "ada/nothing", token: ada }, large, "404"],
        [known, large, "400"]
      ]
      for (const [target, size, status] of cases) {
        const body = repeated(0, size)
        const head = headText(target, "push/objects", [["Content-Length", String(size)]])
        const answer = yield* sendAllThenRead(target.url, [head, body])
        assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `), status)
      }
    })
  )
})

describeOnMemoryStage("a hostile request", (it) => {
  const flood = (count: number, size: number): HeaderList =>
    Array.from({ length: count }, (_, index) => [`X-Flood-${index}`, "x".repeat(size)])

  it.effect("with too many headers is refused by the server, which keeps serving", () =>
    Effect.gen(function* () {
      const target = yield* (yield* Stage).repository()
      const answer: Answer = yield* call(target, "GET", "refs", undefined, { headers: flood(17, 1000) })
      assert.strictEqual(answer.status, 431)
      yield* assertServes(target)
    })
  )

  it.effect("with a strange path is answered with 404", () =>
    Effect.gen(function* () {
      const { hub, ada } = yield* Stage
      const paths = [
        "/ada/../../etc/passwd/refs",
        "/ada/%2e%2e%2froot/refs",
        "/ada/x%00y/refs",
        `/ada/${"x".repeat(5000)}/refs`,
        "/%E0%A4%A/x/refs",
        "/ada/linear/push/objects/../refs",
        "/__proto__/constructor/refs",
        "/"
      ]
      for (const path of paths) {
        const answer = yield* Effect.orDie(
          send({
            method: "GET",
            url: `${hub.url}/x`,
            path,
            headers: [
              ["Host", new URL(hub.url).host],
              ["Authorization", `Bearer ${ada}`],
              ["Connection", "close"]
            ]
          })
        )
        assertProblem(answer, 404, /^there is no (repository|such endpoint)/, path)
      }
    })
  )
})

describeOnMemoryStage("a clone without a token", (it) => {
  it.effect("of an unknown or private repository is told what works instead", () =>
    Effect.gen(function* () {
      const { hub } = yield* Stage
      const hidden = yield* (yield* Stage).repository({ visibility: "private" })
      for (const repository of [hidden.repository, "ada/nothing"]) {
        const answer = yield* call({ url: hub.url, repository, token: undefined }, "GET", "refs")
        assertProblem(
          answer,
          404,
          new RegExp(`^there is no repository ${repository} that you can see; you sent no token, `)
        )
        // The client shows no more than this.
        const shown = new TextDecoder().decode(answer.body.subarray(0, 400))
        for (const words of [
          "muse clone",
          "muse init",
          `muse remote add origin ${hub.url}/${repository}`,
          "muse pull origin main",
          `musehub clone ${hub.url}/${repository}`
        ]) {
          assert.include(shown, words)
        }
      }
    })
  )

  it.effect("is told nothing to type for a name that no repository can have, nor is a caller with a token", () =>
    Effect.gen(function* () {
      const { ada, hub } = yield* Stage
      for (const [repository, token] of [
        ["ada/x%60rm%20-rf%60", undefined],
        ["ada/nothing", ada]
      ] as const) {
        const answer = yield* call({ url: hub.url, repository, token }, "GET", "refs")
        assertProblem(answer, 404, /^there is no repository .* that you can see$/, repository)
      }
    })
  )
})

describeOnStages("awkward text", (it) => {
  it.effect("is kept unchanged: NUL, long authors, integers beyond 2^53", () =>
    Effect.gen(function* () {
      const target = yield* (yield* Stage).repository()
      const local = growing()
      const fields = {
        author: `a\0b${"x".repeat(300)}`,
        metadata: { ["__proto__"]: "kept", "se\0ction": "\0" },
        structured_delta: { big: 2n ** 63n - 1n, negative: -(2n ** 63n), fraction: 0.1, nested: [[{}], null, true] },
        reviewed_by: ["\u2028", "\ud83c\udfb5"],
        newer_field: { of: "a newer client" }
      }
      commitTo(local, "main", { "a.txt": "text" }, { message: "\0 \r\n \u0085 \ufeff", fields })
      assert.strictEqual((yield* pushBranch(target, local, "main")).answer.status, 200)
      const cloned = yield* clone(target)
      assertSame(cloned.commits, local.commits, "commits")
    })
  )

  it.effect("without a Unicode form is refused", () =>
    Effect.gen(function* () {
      const target = yield* (yield* Stage).repository()
      const local = growing()
      const tip = commitTo(local, "main", { "a.txt": "text" })
      const bundle = bundleFor(local, tip, [])
      const spoiled = copyOf(local)
      spoiled.commits.set(tip, new Map([...(local.commits.get(tip) ?? []), ["author", "\ud800"]]))
      const body = JSON.stringify({
        bundle: {
          commits: [Object.fromEntries(spoiled.commits.get(tip) ?? [])],
          snapshots: [],
          objects: []
        },
        branch: "main",
        force: false
      })
      const answer = yield* call(target, "POST", "push", text(body), json)
      assert.include([400, 422], answer.status, new TextDecoder().decode(answer.body))
      assert.strictEqual(bundle.commits.length, 1)
    })
  )
})

describeOnStages("JSON", (it) => {
  it.effect("means the same as msgpack, with bytes as base64", () =>
    Effect.gen(function* () {
      const target = yield* (yield* Stage).repository()
      const local = growing()
      const tip = commitTo(local, "main", { "a.txt": "text", empty: "", "b.bin": bytes(0, 255, 128) })
      const bundle = bundleFor(local, tip, [])
      const objects = bundle.blobs.map((id) => ({
        object_id: id,
        content: Buffer.from(local.blobs.get(id) ?? []).toString("base64")
      }))
      yield* ok(postJson(target, "push/objects", { objects }))
      yield* ok(postJson(target, "push", pushBody(local, bundle, "main")))
      const cloned = yield* clone(target)
      assertSame(cloned.commits, local.commits, "commits")
      assertSame(cloned.blobs, local.blobs, "blobs")

      const fetched = yield* ok(postJson(target, "fetch", { want: [tip], have: [] }))
      const contents = new Map(
        (fetched instanceof Map ? (fetched.get("objects") as ReadonlyArray<Map<string, string>>) : []).map((object) => [
          textOf(object, "object_id"),
          new Uint8Array(Buffer.from(textOf(object, "content"), "base64"))
        ])
      )
      assertSame(contents, local.blobs, "blobs in JSON")
      assert.deepStrictEqual(yield* filterObjects(target, bundle.blobs), [])
      yield* uploadBlobs(target, local, bundle.blobs)
      assertProblem(yield* post(target, "push", { bundle: {}, branch: "main" }), 422, /holds no commit/)
    })
  )
})
