/** Every answer and every line of the log names the request that it belongs to. */
import { assert, describe, it } from "@effect/vitest"
import * as MemoryIndex from "@musehub/adapter-memory/MemoryIndex"
import * as MemoryObjectStore from "@musehub/adapter-memory/MemoryObjectStore"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { CurrentConnectionLimits } from "@musehub/http/limits/ConnectionLimits"
import { Context, Effect, Layer, Logger, References } from "effect"
import { injecting, scripted } from "../../support/faultyStore.ts"
import { interposed } from "../../support/interposedStore.ts"
import { assertProblem } from "../hub/assertProblem.ts"
import { send } from "../hub/Http.ts"
import { startHub, tokenFor } from "../hub/Hub.ts"
import { answerIn, sendAllThenRead } from "../hub/sendAllThenRead.ts"
import { call, createRepository } from "../muse/MuseClient.ts"
import { textOf } from "../muse/Value.ts"

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

interface Line {
  readonly message: unknown
  readonly annotations: { readonly requestId?: string }
}

/** A hub on memory that logs everything to `lines`, and whose store fails on reads of documents after `fail`. */
const logging = Effect.gen(function* () {
  const storage = yield* Layer.build(Layer.fresh(Layer.merge(MemoryObjectStore.layer(), MemoryIndex.layer)))
  let faults = scripted([])
  const store = interposed(
    Context.get(storage, ObjectStore),
    injecting((storeCall) => faults(storeCall))
  )
  const lines: Array<Line> = []
  const hub = yield* Effect.provideService(
    startHub(Context.add(storage, ObjectStore, store), [
      Logger.map(Logger.formatStructured, (line) => void lines.push(line as Line))
    ]),
    References.MinimumLogLevel,
    "Debug"
  )
  const target = yield* createRepository(hub.url, yield* tokenFor(hub, "ada"), "ada/songs")
  const fail = () => {
    faults = scripted([{ operation: "documents.read", fault: { failBefore: true } }])
  }
  return { fail, hub, lines, target }
})

describe("the request id", () => {
  it.live("stands in every answer: of the wire, the REST API, the pages, refusals and unknown paths", () =>
    Effect.gen(function* () {
      const { hub } = yield* logging
      const seen = new Set<string>()
      const paths = [
        "/health",
        "/ready",
        "/api/v1/repos",
        "/openapi.json",
        "/docs",
        "/ada/songs/refs",
        "/ada/none/refs"
      ]
      for (const path of [...paths, "/no/such/path", "/%zz"]) {
        const answer = yield* send({ method: "GET", url: hub.url, path, headers: [["Host", "hub"]] })
        const id = String(answer.headers["x-request-id"])
        assert.match(id, uuid, path)
        seen.add(id)
      }
      assert.strictEqual(seen.size, paths.length + 2)
    }).pipe(Effect.scoped)
  )

  it.live("stands in the answers of Node's parser, and each has its line of the log", () =>
    Effect.gen(function* () {
      const { hub, lines } = yield* Effect.provideService(logging, CurrentConnectionLimits, {
        ...CurrentConnectionLimits.defaultValue(),
        headersMillisMax: 200
      })
      const host = "Host: hub\r\n"
      const requests: ReadonlyArray<readonly [status: number, line: string, request: string]> = [
        [400, "unreadable answered with 400: HPE_INVALID_METHOD", "hello\r\n\r\n"],
        [408, "unreadable answered with 408: ERR_HTTP_REQUEST_TIMEOUT", `GET /health HTTP/1.1\r\n${host}`],
        [
          431,
          "unreadable answered with 431: HPE_HEADER_OVERFLOW",
          `GET /health HTTP/1.1\r\nX-Flood: ${"x".repeat(17_000)}\r\n\r\n`
        ],
        [
          417,
          "POST answered with 417",
          `POST /ada/x/fetch HTTP/1.1\r\n${host}Expect: miracles\r\nContent-Length: 0\r\n\r\n`
        ],
        [405, "CONNECT answered with 405", `CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n`]
      ]
      const seen = new Set<string>()
      for (const [status, line, request] of requests) {
        lines.length = 0
        const answer = answerIn(yield* sendAllThenRead(hub.url, [request]))
        assert.strictEqual(answer.status, status, line)
        const id = String(answer.headers["x-request-id"])
        assert.match(id, uuid, line)
        seen.add(id)
        assert.deepStrictEqual(
          lines.map(({ annotations, message }) => [message, annotations.requestId]),
          [[line, id]]
        )
      }
      assert.strictEqual(seen.size, requests.length)
      const metrics = yield* send({ method: "GET", url: `${hub.url}/metrics`, headers: [["Host", "hub"]] })
      for (const status of [400, 405, 408, 417, 431]) {
        assert.match(
          new TextDecoder().decode(metrics.body),
          new RegExp(`^musehub_http_requests_total\\{[^}]*route="none"[^}]*status="${status}"`, "m")
        )
      }
    }).pipe(Effect.scoped)
  )

  it.live("is the hub's own, whatever the client sends", () =>
    Effect.gen(function* () {
      const { hub, lines } = yield* logging
      const headers = [
        ["Host", "hub"],
        ["X-Request-Id", "chosen-by-the-client"]
      ] as const
      const answer = yield* send({ method: "GET", url: hub.url, path: "/health", headers })
      assert.match(String(answer.headers["x-request-id"]), uuid)
      assert.notInclude(JSON.stringify(lines), "chosen-by-the-client")
    }).pipe(Effect.scoped)
  )

  it.live("of an internal error is the same in the header, the body and the log", () =>
    Effect.gen(function* () {
      const { fail, lines, target } = yield* logging
      fail()
      lines.length = 0
      const answer = yield* call(target, "GET", "refs")
      const id = textOf(assertProblem(answer, 503, /object store/), "requestId")
      assert.strictEqual(answer.headers["x-request-id"], id)
      assert.isAbove(lines.length, 1)
      for (const { annotations, message } of lines) assert.strictEqual(annotations.requestId, id, String(message))
    }).pipe(Effect.scoped)
  )
})
