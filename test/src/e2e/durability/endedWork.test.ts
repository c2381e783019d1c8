/** A request whose work is ended, and not by its client, is answered with a problem. */
import { assert, describe, it } from "@effect/vitest"
import { respond } from "@musehub/http/respond"
import { withoutPages } from "@musehub/http/routes"
import { Effect, Layer, Logger } from "effect"
import { HttpRouter } from "effect/http"
import { assertProblem } from "../hub/assertProblem.ts"
import { describeInMemory, freshStorage } from "../hub/backends.ts"
import { startHub } from "../hub/Hub.ts"
import { call } from "../muse/MuseClient.ts"

const routes = Layer.mergeAll(
  HttpRouter.add("GET", "/-/part", respond(Effect.interrupt)),
  HttpRouter.add("GET", "/-/whole", Effect.interrupt)
)

describe("a request whose work is ended", () => {
  describeInMemory("in a hub", (backend) => {
    it.live("by a defect in a part of it is answered as one, and logged", () =>
      Effect.gen(function* () {
        const lines: Array<string> = []
        const log = Logger.make(({ message }) => void lines.push(String(message)))
        const { url } = yield* startHub(yield* freshStorage(backend), [log], { pages: { ...withoutPages, routes } })
        const problem = assertProblem(yield* call({ url, repository: "-" }, "GET", "part"), 500, /internal error/)
        assert.include(lines.join("\n"), `request ${String(problem.get("requestId"))} failed`)
      })
    )

    it.live("as a whole, as when the hub stops, is told to come again", () =>
      Effect.gen(function* () {
        const { url } = yield* startHub(yield* freshStorage(backend), [], { pages: { ...withoutPages, routes } })
        const answer = yield* call({ url, repository: "-" }, "GET", "whole")
        assertProblem(answer, 503, /^the hub ended its work on this request/)
        assert.match(answer.headers["retry-after"] ?? "", /^[1-9]\d*$/)
        assert.match(String(answer.headers["x-request-id"]), /^[0-9a-f-]{36}$/)
        assert.strictEqual(answer.headers["cache-control"], "no-store")
      })
    )
  })
})
