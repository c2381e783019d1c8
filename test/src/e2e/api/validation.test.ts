/**
 * What the REST API does with requests that do not conform to its contract: every wrong field is named at once, in
 * plain words, and unknown fields and query parameters are refused by name, by every endpoint of the contract.
 */
import { assert } from "@effect/vitest"
import { Api } from "@musehub/http/api/Api"
import { Effect, SchemaAST } from "effect"
import { HttpApi } from "effect/http-api"
import { ask, type AskOptions, textOf, valueOf } from "../hub/askRest.ts"
import { assertProblem } from "../hub/assertProblem.ts"
import type { Answer } from "../hub/Http.ts"
import { describeOnMemoryStage, Stage } from "../hub/Stage.ts"

interface Endpoint {
  readonly method: string
  readonly path: string
  /** The names of its query parameters. */
  readonly query: ReadonlyArray<string>
  /** The names of the fields of its body in JSON, if it takes one. */
  readonly body: ReadonlyArray<string> | undefined
}

const namesOf = (ast: SchemaAST.AST): ReadonlyArray<string> => {
  assert.isTrue(SchemaAST.isObjects(ast), "queries and bodies are objects")
  return SchemaAST.isObjects(ast) ? ast.propertySignatures.map(({ name }) => String(name)) : []
}

/** Every endpoint of the contract. */
const endpoints = (): ReadonlyArray<Endpoint> => {
  const found: Array<Endpoint> = []
  HttpApi.reflect(Api, {
    onGroup: () => undefined,
    onEndpoint: ({ endpoint: { method, path, payload, query } }) => {
      const bodies = [...payload.values()].filter(({ encoding }) => encoding._tag === "Json")
      const [schema] = bodies.flatMap(({ schemas }) => schemas)
      assert.isTrue(payload.size === 0 || schema !== undefined, `${method} ${path} takes JSON`)
      found.push({
        method,
        path: path.replace("/api/v1", ""),
        query: query === undefined ? [] : namesOf(query.ast),
        body: schema === undefined ? undefined : namesOf(schema.ast)
      })
    }
  })
  return found
}

/** Fills the parameters of a path: nothing but the repository needs to exist. */
const filled = (path: string, repository: string): string =>
  path.replace("/:owner/:slug", `/${repository}`).replace(":number", "1").replaceAll(/:\w+/g, "0".repeat(64))

interface FieldError {
  readonly path: string
  readonly message: string
}

const errorsIn = (answer: Answer): ReadonlyArray<FieldError> => valueOf(answer)["errors"] as ReadonlyArray<FieldError>

const messageOf = (answer: Answer, path: string): string | undefined =>
  errorsIn(answer).find((error) => error.path === path)?.message

describeOnMemoryStage("a field that a body has twice", (it) => {
  const repeated: ReadonlyArray<readonly [what: string, path: string, body: string, name: string]> = [
    ["as it is", "/user/tokens", '{"scope":"read","scope":"admin"}', "scope"],
    ["escaped", "/user/tokens", '{"scope":"read","sc\\u006fpe":"admin"}', "scope"],
    ["unknown, in any script", "/user/tokens", '{"scope":"read","ключ":1,"\\u043aлюч":2}', '["ключ"]'],
    ["beside a string that ends in a backslash", "/repos", '{"name":"a\\\\","owner":"ada","name":"b"}', "name"],
    ["after a string with quotes and braces", "/repos", '{"description":"\\"}{[,","name":"a","name":"b"}', "name"],
    ["in a nested object", "/repos/:r/commits", '{"branch":"main","changes":[{"op":"put","op":"delete"}]}', "op"]
  ]

  for (const [what, path, body, name] of repeated) {
    it.effect(`is refused by name: ${what}`, () =>
      Effect.gen(function* () {
        const { repository } = yield* (yield* Stage).repository()
        const answer = yield* ask("POST", path.replace(":r", repository), body)
        assertProblem(answer, 400, /is there twice in one object/)
        assert.deepStrictEqual(errorsIn(answer), [{ path: name, message: "is there twice in one object" }])
      })
    )
  }

  it.effect("may be in two objects, and a value may be in a list twice", () =>
    Effect.gen(function* () {
      const { repository } = yield* (yield* Stage).repository({ initialize: true })
      const put = (path: string) => ({ op: "put", path, contentBase64: "" })
      const body = { branch: "main", message: "m", changes: [put("a"), put("b")] }
      assert.strictEqual((yield* ask("POST", `/repos/${repository}/commits`, body)).status, 201)
    })
  )
})

describeOnMemoryStage("an unknown field or query parameter", (it) => {
  it.effect("is refused by name in the query of every endpoint of the REST API", () =>
    Effect.gen(function* () {
      const { repository } = yield* Stage
      const target = yield* repository()
      const all = endpoints()
      assert.isAbove(all.length, 40)
      for (const { method, path, query } of all) {
        const what = `${method} ${path}`
        const answer = yield* ask(method, `${filled(path, target.repository)}?colour=red`)
        const problem = assertProblem(answer, 400, /^the query is refused: colour is not a known parameter/, what)
        assert.strictEqual(problem.get("type"), "urn:musehub:problem:fields-refused", what)
        assert.strictEqual(problem.get("in"), "query", what)
        const said = messageOf(answer, "colour") ?? ""
        for (const name of query) assert.include(said, name, what)
      }
    })
  )

  it.effect("is refused by name in the body of every endpoint of the REST API", () =>
    Effect.gen(function* () {
      const { repository } = yield* Stage
      const target = yield* repository()
      const taking = endpoints().filter(({ body }) => body !== undefined)
      assert.isAbove(taking.length, 14)
      for (const { body, method, path } of taking) {
        const what = `${method} ${path}`
        const answer = yield* ask(method, filled(path, target.repository), { colour: "red" })
        const problem = assertProblem(answer, 400, /^the body is refused: .*colour is not a known field/, what)
        assert.strictEqual(problem.get("in"), "body", what)
        const said = messageOf(answer, "colour") ?? ""
        for (const name of body ?? []) assert.include(said, name, what)
      }
    })
  )

  it.effect("is refused in nested objects and in lists, with its path", () =>
    Effect.gen(function* () {
      const { repository } = yield* Stage
      const path = `/repos/${(yield* repository()).repository}`
      const commit = "f".repeat(64)
      const cases: ReadonlyArray<readonly [string, object, string]> = [
        [
          "/commits",
          {
            branch: "main",
            message: "m",
            changes: [
              { op: "delete", path: "a" },
              { op: "move", from: "a", to: "b", force: true }
            ]
          },
          "changes[1].force"
        ],
        [
          "/releases",
          { tag: "v1.0.0", commitId: commit, changelog: [{ message: "m", text: "t" }] },
          "changelog[0].text"
        ]
      ]
      for (const [call, body, place] of cases) {
        const answer = yield* ask("POST", path + call, body)
        assertProblem(answer, 400, /is not a known field/, call)
        assert.deepStrictEqual(
          errorsIn(answer).map((error) => error.path),
          [place],
          call
        )
      }
    })
  )

  it.effect("makes no token: one asked for with `expires` would never have expired", () =>
    Effect.gen(function* () {
      const before = textOf(yield* ask("GET", "/user/tokens?limit=100"))
      const answer = yield* ask("POST", "/user/tokens", { scope: "write", expires: "1d" })
      assertProblem(answer, 400, /expires is not a known field: known here are scope, repository and expiresInSeconds/)
      assert.strictEqual(textOf(yield* ask("GET", "/user/tokens?limit=100")), before)
    })
  )

  it.effect("is refused in the parts of a form", () =>
    Effect.gen(function* () {
      const { repository } = yield* Stage
      const path = `/repos/${(yield* repository()).repository}/commits`
      const boundary = "b0undary"
      const type = `multipart/form-data; boundary=${boundary}`
      const part = (disposition: string, content: string) =>
        `--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\n` +
        `Content-Type: application/octet-stream\r\n\r\n${content}\r\n`
      const post = (commit: object, files: ReadonlyArray<string>) => {
        const parts = [
          part('name="commit"; filename="c"', JSON.stringify(commit)),
          ...files.map((name) => part(`name="${name}"; filename="x"`, "x"))
        ]
        return ask("POST", path, new TextEncoder().encode(`${parts.join("")}--${boundary}--\r\n`), { type })
      }
      const change = { op: "put", path: "p", part: "f" }
      const commit = { branch: "main", message: "m", changes: [change] }
      const unknown = yield* post({ ...commit, changes: [{ ...change, mode: 1 }] }, ["f"])
      assertProblem(unknown, 400, /commit\.changes\[0\]\.mode is not a known field/)
      assertProblem(yield* post(commit, ["f", "g"]), 400, /g is a part that no change names/)
      assert.strictEqual((yield* post(commit, ["f"])).status, 201)
    })
  )
})

describeOnMemoryStage("a validation error of the REST API", (it) => {
  /** The words of the schema library, and of JavaScript. */
  const foreign = /Expected |Missing key|excess|\bat \[|undefined|readonly|\{|NaN|Schema|representing/

  it.effect("names every wrong field at once, in plain words, with its path", () =>
    Effect.gen(function* () {
      const { repository } = yield* Stage
      const path = `/repos/${(yield* repository()).repository}`
      const hex = "must be 64 lower-case hex digits"
      const cases: ReadonlyArray<readonly [string, string, unknown, { readonly [path: string]: string }]> = [
        [
          "POST",
          "/user/tokens",
          { scope: "all", expiresInSeconds: 0.5 },
          {
            scope: 'must be "read", "write" or "admin"',
            expiresInSeconds: "must be a whole number and must be from 1 to 3162240000"
          }
        ],
        ["POST", "/user/tokens", { scope: "read", repository: "a/b/c" }, { repository: "must be owner/slug" }],
        ["POST", "/user/tokens", { scope: "read", repository: "engine" }, { repository: "must be owner/slug" }],
        ["POST", "/user/tokens", [], { "": "must be an object" }],
        ["POST", "/user/tokens", {}, { scope: "is missing" }],
        [
          "POST",
          "/repos",
          { owner: "api", name: "", visibility: "x", initialize: 1, domain: "9", description: "x".repeat(10_001) },
          {
            owner: "is reserved",
            name: "must have at least 1 character",
            visibility: 'must be "public" or "private"',
            initialize: "must be true or false",
            domain: "must be a lower-case letter, then up to 62 of a-z 0-9 _ -",
            description: "must have at most 10000 characters"
          }
        ],
        [
          "POST",
          `${path}/commits`,
          {
            branch: 5,
            expect: "x",
            metadata: { a: 5, "two words": 6 },
            changes: [{ op: "chmod" }, { op: "put", path: null, contentBase64: "%" }, 5, { op: "delete" }]
          },
          {
            branch: "must be a string",
            message: "is missing",
            expect: hex,
            "metadata.a": "must be a string",
            'metadata["two words"]': "must be a string",
            "changes[0]": 'must be an object whose op is "put", "delete" or "move"',
            "changes[1].path": "must be a string",
            "changes[1].contentBase64": "must be bytes in base64",
            "changes[2]": 'must be an object whose op is "put", "delete" or "move"',
            "changes[3].path": "is missing"
          }
        ],
        [
          "PUT",
          `${path}/branches/main/protection`,
          { approvals: 99, selfApproval: "no" },
          { approvals: "must be from 0 to 10", selfApproval: "must be true or false" }
        ],
        [
          "POST",
          `${path}/branches/main/restore`,
          { commitId: 5, expect: 5 },
          { commitId: "must be a string", expect: "must be a string or null" }
        ],
        ["POST", `${path}/commits/x/annotations`, { testRuns: -1 }, { testRuns: "must be from 0 to 1000000" }],
        ["POST", `${path}/commits/x/annotations`, { testRuns: 2 ** 53 - 1 }, { testRuns: "must be from 0 to 1000000" }],
        [
          "GET",
          `${path}/proposals?limit=many&state=odd&cursor=%21`,
          undefined,
          {
            limit: "must be a number",
            state: 'must be "open", "closed" or "merged"',
            cursor: "must be a cursor from an earlier answer"
          }
        ],
        ["GET", `${path}/branches?limit=101`, undefined, { limit: "must be from 1 to 100" }],
        [
          "GET",
          `${path}/commits?ref=a&ref=b&limit=1&limit=2`,
          undefined,
          { ref: "must be given only once", limit: "must be given only once" }
        ],
        ["GET", `${path}/releases?drafts=yes`, undefined, { drafts: "must be true or false" }],
        ["GET", `${path}/proposals/1.5`, undefined, { number: "must be a whole number" }]
      ]
      for (const [method, call, body, expected] of cases) {
        const answer = yield* ask(method, call, body)
        const problem = assertProblem(answer, 400, /^the (body|query|path) is refused: /, call)
        const errors = errorsIn(answer)
        const found = Object.fromEntries(errors.map(({ message, path }) => [path, message]))
        assert.deepStrictEqual(found, expected, call)
        assert.strictEqual(problem.get("total"), errors.length)
        for (const { message } of errors) assert.notMatch(message, foreign, call)
        assert.notMatch(String(problem.get("detail")), foreign, call)
      }
    })
  )

  it.effect("has plain words too where a rule beyond the contract refuses a value", () =>
    Effect.gen(function* () {
      const { repository } = yield* Stage
      const path = `/repos/${(yield* repository({ initialize: true })).repository}`
      const { items } = valueOf(yield* ask("GET", `${path}/commits`)) as { readonly items: ReadonlyArray<object> }
      const { commitId } = items[0] as { readonly commitId: string }
      const huge = yield* ask("POST", `${path}/releases`, { tag: `v${"9".repeat(30)}.0.0`, commitId })
      assertProblem(huge, 422, /was refused: semver\.major must be a whole number$/)
      const reviewers = (letter: string) => Array.from({ length: 900 }, (_, place) => `${letter}${place}`)
      const annotate = (letter: string) =>
        ask("POST", `${path}/commits/${commitId}/annotations`, { reviewedBy: reviewers(letter) })
      assert.strictEqual((yield* annotate("a")).status, 200)
      assertProblem(yield* annotate("b"), 422, /was refused: reviewedBy must have at most 1000 items$/)
    })
  )

  it.effect("names the header that it is about", () =>
    Effect.gen(function* () {
      const { repository } = yield* Stage
      const path = `/repos/${(yield* repository()).repository}/branches`
      const key: AskOptions = { headers: [["Idempotency-Key", "two words"]] }
      const answer = yield* ask("POST", path, { name: "b", from: "main" }, key)
      const problem = assertProblem(answer, 400, /Idempotency-Key must be 1 to 255 visible ASCII characters/)
      assert.strictEqual(problem.get("in"), "header")
    })
  )

  it.effect("stays short, whatever was sent", () =>
    Effect.gen(function* () {
      const { repository } = yield* Stage
      const path = `/repos/${(yield* repository()).repository}`
      const many = Object.fromEntries(Array.from({ length: 1000 }, (_, place) => [`field${place}`, place]))
      const answer = yield* ask("POST", `${path}/branches`, many)
      const problem = assertProblem(answer, 400, /and 997 more$/)
      assert.strictEqual(problem.get("total"), 1002)
      assert.strictEqual(errorsIn(answer).length, 50)
      const long = yield* ask("POST", `${path}/branches`, { ["x".repeat(60_000)]: 1, name: "n", from: "f" })
      assertProblem(long, 400, /xxx… is not a known field/)
      assert.isBelow(long.body.byteLength, 2000)
      // In a large body the first wrong field is named, so that a body of zeros does not cost a hundred times its size.
      const changes = Array.from({ length: 40_000 }, () => "no object")
      const large = yield* ask("POST", `${path}/commits`, { branch: "main", message: "m", changes })
      assertProblem(large, 400, /changes\[0\] must be an object/)
      assert.strictEqual(errorsIn(large).length, 1)
    })
  )

  it.effect("is typed in the OpenAPI document, which says that unknown fields are refused in requests alone", () =>
    Effect.gen(function* () {
      const { hub } = yield* Stage
      const document = (yield* Effect.promise(async () => (await fetch(`${hub.url}/openapi.json`)).json())) as {
        readonly components: {
          readonly schemas: {
            readonly [name: string]: {
              readonly properties: { readonly [member: string]: object }
              readonly additionalProperties?: boolean
            }
          }
        }
      }
      const { schemas } = document.components
      const errors = schemas["FieldsRefusedProblem"]?.properties["errors"]
      assert.deepNestedInclude(errors, {
        "items.properties.path.type": "string",
        "items.properties.message.type": "string"
      })
      for (const request of ["NewRepository", "NewToken", "NewBranch", "NewProtection", "MergeRequest", "NewRelease"]) {
        assert.strictEqual(schemas[request]?.additionalProperties, false, request)
      }
      for (const answer of ["Repository", "Token", "Branch", "Protection", "MergeAnswer", "Release"]) {
        assert.isUndefined(schemas[answer]?.additionalProperties, answer)
      }
    })
  )
})
