/**
 * Which methods a path takes: 405 with `Allow` for the others, OPTIONS, pages of other origins, and paths that the hub
 * does not have.
 */
import { assert, it as test } from "@effect/vitest"
import { accessOf } from "@musehub/http/api/Api"
import { Effect } from "effect"
import { assertProblem } from "../hub/assertProblem.ts"
import { describeInMemory, freshStorage } from "../hub/backends.ts"
import { startHub } from "../hub/Hub.ts"
import { type Answer, type HeaderList, send } from "../hub/Http.ts"
import { describeOnMemoryStage, Stage } from "../hub/Stage.ts"

const ask = (url: string, method: string, path: string, headers: HeaderList = []): Effect.Effect<Answer> =>
  Effect.orDie(send({ method, url, path, headers: [["Host", new URL(url).host], ["Connection", "close"], ...headers] }))

/** Every path of the hub with the methods of its endpoints. */
const endpoints = (() => {
  const found = new Map<string, Array<string>>()
  const wire: ReadonlyArray<readonly [string, string]> = [
    ["GET", "/health"],
    ["GET", "/ready"],
    ["GET", "/openapi.json"],
    ["GET", "/docs"],
    ["GET", "/ada/songs/refs"],
    ...["filter-objects", "presign", "push/objects", "push", "negotiate", "fetch", "large-blobs", "tags"].map(
      (path) => ["POST", `/ada/songs/${path}`] as const
    ),
    ["GET", "/ada/songs/objects/blob/some-id"],
    ["GET", "/ada/songs/releases"],
    ["POST", "/ada/songs/releases"],
    ["DELETE", "/ada/songs/releases/v1"]
  ]
  const rest = accessOf().map(({ method, path }) => [method, path.replaceAll(/:\w+/g, "1")] as const)
  // The id and the verb of these two could be the owner and the name of a repository as well.
  const sync = ["push", "pull"].flatMap((verb) =>
    [...rest, ["POST", "/api/v1/repos/1/1"] as const]
      .filter(([, path]) => path === "/api/v1/repos/1/1")
      .map(([method]) => [method, `/api/v1/repos/1/${verb}`] as const)
  )
  for (const [method, path] of [...wire, ...rest, ...sync]) found.set(path, [...(found.get(path) ?? []), method])
  return found
})()

const order = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
const allowedOf = (methods: ReadonlyArray<string>) =>
  order.filter((method) => method === "OPTIONS" || methods.includes(method === "HEAD" ? "GET" : method)).join(", ")

/** The methods that a path takes when what follows a name is taken for a part of the name: a branch `1/protection`. */
const methodsOfName = (path: string) => {
  const name = path.replace(/(\/(?:branches|releases)\/1)\/.*$/, "$1")
  return name === path ? [] : (endpoints.get(name) ?? [])
}

describeOnMemoryStage("a known path with another method", (it) => {
  it.effect("is 405 and names in Allow the methods that it takes, at every endpoint", () =>
    Effect.gen(function* () {
      const { url } = (yield* Stage).hub
      assert.isAbove(endpoints.size, 40)
      for (const [path, methods] of endpoints) {
        const taken = allowedOf([...methods, ...methodsOfName(path)]).split(", ")
        const others = order.filter((method) => !taken.includes(method))
        for (const method of others) {
          const answer = yield* ask(url, method, path)
          assert.strictEqual(answer.headers["allow"], allowedOf(methods), `${method} ${path}`)
          if (method === "HEAD") assert.deepStrictEqual([answer.status, answer.body.byteLength], [405, 0], path)
          else assertProblem(answer, 405, new RegExp(` does not take ${method}; it takes `), `${method} ${path}`)
        }
      }
    })
  )

  it.effect("is answered so for TRACE and for methods that no endpoint has", () =>
    Effect.gen(function* () {
      const { url } = (yield* Stage).hub
      for (const method of ["TRACE", "PROPFIND", "PATCH"]) {
        const sentence = new RegExp(`^/health does not take ${method}; it takes GET, HEAD, OPTIONS$`)
        assertProblem(yield* ask(url, method, "/health?token=muse_secret"), 405, sentence, method)
      }
    })
  )

  it.effect("is reached by HEAD where it takes GET, without a body", () =>
    Effect.gen(function* () {
      const { url } = (yield* Stage).hub
      for (const path of ["/health", "/openapi.json", "/docs", "/api/v1/repos", "/ada/nothing/refs"]) {
        const [got, head] = [yield* ask(url, "GET", path), yield* ask(url, "HEAD", path)]
        assert.strictEqual(head.status, got.status, path)
        assert.strictEqual(head.headers["content-type"], got.headers["content-type"], path)
        assert.strictEqual(head.body.byteLength, 0, path)
      }
    })
  )
})

describeOnMemoryStage("OPTIONS", (it) => {
  it.effect("names the methods of every endpoint, and allows no other origin", () =>
    Effect.gen(function* () {
      const { url } = (yield* Stage).hub
      const preflight: HeaderList = [
        ["Origin", "https://example.org"],
        ["Access-Control-Request-Method", "GET"]
      ]
      for (const [path, methods] of endpoints) {
        const answer = yield* ask(url, "OPTIONS", path, preflight)
        assert.deepStrictEqual([answer.status, answer.body.byteLength], [204, 0], path)
        assert.strictEqual(answer.headers["allow"], allowedOf(methods), path)
        assert.notProperty(answer.headers, "access-control-allow-origin", path)
      }
      assert.strictEqual((yield* ask(url, "OPTIONS", "*")).headers["allow"], order.join(", "))
      assert.notProperty(
        (yield* ask(url, "GET", "/health", preflight)).headers,
        "access-control-allow-origin",
        "no origin is allowed by default"
      )
    })
  )
})

describeOnMemoryStage("an unknown path", (it) => {
  it.effect("is no endpoint, whatever the method, and is not taken for a repository", () =>
    Effect.gen(function* () {
      const { url } = (yield* Stage).hub
      const paths = [
        "/",
        "/nothing",
        "/ada",
        "/api/v1/nothing",
        "/api/v2/repos",
        "/ada/songs/nothing",
        "/%E0%A4%A/x/refs"
      ]
      for (const path of paths) {
        for (const method of ["GET", "POST", "PATCH", "OPTIONS"]) {
          const answer = yield* ask(url, method, `${path}?token=muse_secret`)
          assertProblem(answer, 404, /^there is no such endpoint: /, `${method} ${path}`)
          assert.notMatch(new TextDecoder().decode(answer.body), /repository|muse_secret/, path)
        }
      }
    })
  )

  it.effect("over the limit of a path is 414", () =>
    Effect.gen(function* () {
      const { url } = (yield* Stage).hub
      assertProblem(yield* ask(url, "GET", `/ada/${"x".repeat(9000)}/refs`), 414, /longer than the 8192 characters/)
    })
  )
})

describeInMemory("pages of other origins (MUSEHUB_CORS_ORIGINS)", (backend) => {
  const hubFor = (...corsOrigins: ReadonlyArray<string>) =>
    Effect.flatMap(freshStorage(backend), (storage) => startHub(storage, [], { corsOrigins }))
  const preflight = (origin: string): HeaderList => [
    ["Origin", origin],
    ["Access-Control-Request-Method", "POST"],
    ["Access-Control-Request-Headers", "authorization,content-type"]
  ]

  test.live("may call from an allowed origin, at every path with its own methods", () =>
    Effect.gen(function* () {
      const { url } = yield* hubFor("https://example.org", "http://localhost:5173")
      for (const origin of ["https://example.org", "http://localhost:5173"]) {
        const { headers, status } = yield* ask(url, "OPTIONS", "/api/v1/repos", preflight(origin))
        assert.strictEqual(status, 204)
        assert.strictEqual(headers["access-control-allow-origin"], origin)
        assert.strictEqual(headers["access-control-allow-methods"], "GET, HEAD, POST, OPTIONS")
        assert.strictEqual(headers["allow"], "GET, HEAD, POST, OPTIONS")
        assert.strictEqual(headers["access-control-allow-headers"], "authorization,content-type")
        for (const [path, found] of [
          ["/health", 200],
          ["/api/v1/user", 401],
          ["/nothing", 404]
        ] as const) {
          const answer = yield* ask(url, "GET", path, [["Origin", origin]])
          assert.strictEqual(answer.status, found, path)
          assert.strictEqual(answer.headers["access-control-allow-origin"], origin, path)
          assert.strictEqual(answer.headers["access-control-expose-headers"], "*", path)
          assert.include(answer.headers["vary"]?.toLowerCase(), "origin", path)
        }
      }
    })
  )

  test.live("may not from another origin, nor with credentials", () =>
    Effect.gen(function* () {
      const { url } = yield* hubFor("https://example.org")
      for (const origin of ["https://example.org.evil.example", "http://example.org", "null"]) {
        for (const method of ["OPTIONS", "GET"]) {
          const { headers } = yield* ask(url, method, "/api/v1/repos", preflight(origin))
          assert.notProperty(headers, "access-control-allow-origin", `${method} from ${origin}`)
          assert.notProperty(headers, "access-control-allow-credentials", `${method} from ${origin}`)
        }
      }
      assertProblem(yield* ask(url, "OPTIONS", "/nothing", preflight("https://example.org")), 404, /no such endpoint/)
    })
  )

  test.live("may all call a hub that allows every origin", () =>
    Effect.gen(function* () {
      const { url } = yield* hubFor("*")
      for (const method of ["OPTIONS", "GET"]) {
        const { headers } = yield* ask(url, method, "/api/v1/repos", preflight("https://anywhere.example"))
        assert.strictEqual(headers["access-control-allow-origin"], "*", method)
      }
    })
  )
})
