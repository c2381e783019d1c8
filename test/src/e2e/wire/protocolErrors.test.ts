/**
 * Errors that Node's server would answer by itself, without a body: they are problems in JSON like every other error,
 * and the hub keeps serving.
 */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { assertProblem } from "../hub/assertProblem.ts"
import { send } from "../hub/Http.ts"
import { answerIn, sendAllThenRead } from "../hub/sendAllThenRead.ts"
import { describeOnMemoryStage, Stage } from "../hub/Stage.ts"

const host = "Host: hub\r\n"
const close = "Connection: close\r\n"

const cases: ReadonlyArray<{
  readonly name: string
  readonly request: string
  readonly status: number
  readonly sentence: RegExp
  readonly header?: readonly [string, string]
}> = [
  { name: "a request line that is no HTTP", request: "hello\r\n\r\n", status: 400, sentence: /not valid HTTP/ },
  {
    name: "an unknown method",
    request: `FROB /health HTTP/1.1\r\n${host}\r\n`,
    status: 400,
    sentence: /not valid HTTP/
  },
  {
    name: "a header that is none",
    request: `GET /health HTTP/1.1\r\n${host}no header\r\n\r\n`,
    status: 400,
    sentence: /not valid HTTP/
  },
  {
    name: "a body of two lengths",
    request: `POST /ada/x/fetch HTTP/1.1\r\n${host}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    status: 400,
    sentence: /not valid HTTP/
  },
  { name: "no Host", request: `GET /health HTTP/1.1\r\n${close}\r\n`, status: 400, sentence: /no Host header/ },
  {
    name: "headers over the limit",
    request: `GET /health HTTP/1.1\r\n${host}X-Flood: ${"x".repeat(17_000)}\r\n\r\n`,
    status: 431,
    sentence: /larger than the 16384 bytes/
  },
  {
    name: "a URL over the limit of the headers",
    request: `GET /${"x".repeat(17_000)} HTTP/1.1\r\n${host}\r\n`,
    status: 431,
    sentence: /larger than the 16384 bytes/
  },
  {
    name: "an unknown expectation",
    request: `POST /ada/x/fetch HTTP/1.1\r\n${host}Expect: miracles\r\nContent-Length: 0\r\n\r\n`,
    status: 417,
    sentence: /100-continue/
  },
  {
    name: "CONNECT",
    request: "CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n",
    status: 405,
    sentence: /does not take CONNECT/,
    header: ["allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"]
  },
  {
    name: "an offer to upgrade, with a chunked body",
    request: [
      `POST /ada/x/fetch HTTP/1.1\r\n${host}Connection: Upgrade, close\r\nUpgrade: h2c\r\n`,
      "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    ].join(""),
    status: 404,
    sentence: /no repository ada\/x/
  }
]

describeOnMemoryStage("a request that Node would answer without a body", (it) => {
  for (const { header, name, request, sentence, status } of cases) {
    it.effect(`is answered with a problem in JSON: ${name}`, () =>
      Effect.gen(function* () {
        const { url } = (yield* Stage).hub
        const answer = answerIn(yield* Effect.orDie(sendAllThenRead(url, [request])))
        assertProblem(answer, status, sentence, name)
        if (header !== undefined) assert.strictEqual(answer.headers[header[0]], header[1])
        const health = send({ method: "GET", url: `${url}/health`, headers: [["Host", "hub"]] })
        assert.strictEqual((yield* Effect.orDie(health)).status, 200, "the hub keeps serving")
      })
    )
  }

  it.effect("does not break into an answer that is being sent", () =>
    Effect.gen(function* () {
      const { url } = (yield* Stage).hub
      const whole = `GET /health HTTP/1.1\r\n${host}\r\n`
      const received = yield* Effect.orDie(sendAllThenRead(url, [`${whole}hello\r\n\r\n`]))
      const statuses = received.match(/^HTTP\/1\.1 \d+/gm) ?? []
      assert.include([1, 2], statuses.length, received)
      if (statuses.length === 2) assert.deepStrictEqual(statuses, ["HTTP/1.1 200", "HTTP/1.1 400"])
    })
  )
})
