/** Error texts repeat what the caller sent, cut to a length. Whatever that was, each error is an answer in JSON. */
import { assert, describe, it } from "@effect/vitest"
import * as MemoryIndex from "@musehub/adapter-memory/MemoryIndex"
import * as MemoryObjectStore from "@musehub/adapter-memory/MemoryObjectStore"
import { ObjectStore, StoreUnavailable } from "@musehub/domain/port/ObjectStore"
import * as Reason from "@musehub/domain/port/UnavailableReason"
import { Context, Effect, Layer, Logger } from "effect"
import { interposed } from "../../support/interposedStore.ts"
import { assertProblem } from "../hub/assertProblem.ts"
import { send } from "../hub/Http.ts"
import { startHub, tokenFor } from "../hub/Hub.ts"
import { describeOnMemoryStage, Stage } from "../hub/Stage.ts"
import { call, createRepository, postJson } from "../muse/MuseClient.ts"
import { textOf } from "../muse/Value.ts"

/** Longer than every text that an error repeats. */
const emoji = "😀".repeat(300)

describeOnMemoryStage("an error text that is cut inside a surrogate pair", (it) => {
  // One of the two puts the cut inside a pair, whether it is at an even or an odd place.
  for (const name of [emoji, `a${emoji}`]) {
    it.effect(`is valid Unicode: ${name.slice(0, 3)}`, () =>
      Effect.gen(function* () {
        const { ada, hub } = yield* Stage
        const { repository } = yield* (yield* Stage).repository()
        const encoded = encodeURIComponent(name)
        const api = `/api/v1/repos/${repository}`
        const paths = [
          `/root/${encoded}/refs`,
          `/api/v1/repos/root/${encoded}`,
          `/${repository}/objects/${encoded}/${encoded}`,
          `/${repository}/objects/blob/${encoded}`,
          `${api}/commits/${encoded}`,
          `${api}/branches/${encoded}`,
          `${api}/releases/${encoded}`,
          `/api/v1/users/${encoded}`,
          `/api/v1/domains/@ada/${encoded}`,
          `${api}/commits?${encoded}=1`
        ]
        for (const path of paths) {
          const answer = yield* Effect.orDie(
            send({
              method: "GET",
              url: hub.url,
              path,
              headers: [
                ["Host", "hub"],
                ["Authorization", `Bearer ${ada}`]
              ]
            })
          )
          const problem = assertProblem(answer, answer.status, /./, path)
          assert.include([400, 404], answer.status, path)
          assert.isTrue(textOf(problem, "detail").isWellFormed(), path)
          assert.notInclude(new TextDecoder().decode(answer.body), "\\ud8", path)
        }
      })
    )
  }

  it.effect("is valid Unicode where a body repeats itself", () =>
    Effect.gen(function* () {
      const target = yield* (yield* Stage).repository()
      for (const [path, body] of [
        ["presign", { object_ids: [emoji], direction: "put" }],
        ["push", { bundle: { commits: [{ commit_id: `a${emoji}` }] }, branch: "main" }],
        ["push", { bundle: { snapshots: [{ snapshot_id: `a${emoji}` }] }, branch: "main" }]
      ] as const) {
        const answer = yield* postJson(target, path, body)
        assert.isTrue(textOf(assertProblem(answer, answer.status, /./), "detail").isWellFormed(), path)
        assert.notInclude(new TextDecoder().decode(answer.body), "\\ud8", path)
      }
    })
  )
})

class Unbuildable extends StoreUnavailable {
  override get publicMessage(): string {
    throw new Error("this text cannot be made")
  }
}

describe("a problem that cannot be built", () => {
  it.live("is answered with 500, a body with the request's id, and a line of the log", () =>
    Effect.gen(function* () {
      const storage = yield* Layer.build(Layer.fresh(Layer.merge(MemoryObjectStore.layer(), MemoryIndex.layer)))
      let isBroken = false
      const store = interposed(Context.get(storage, ObjectStore), ({ operation, path }, effect) =>
        isBroken && operation === "documents.read"
          ? Effect.fail(
              new Unbuildable({ operation, key: path, reason: new Reason.Fault({ cause: new Error("injected") }) })
            )
          : effect
      )
      const lines: Array<string> = []
      const hub = yield* startHub(Context.add(storage, ObjectStore, store), [
        Logger.map(Logger.formatLogFmt, (line) => void lines.push(line))
      ])
      const target = yield* createRepository(hub.url, yield* tokenFor(hub, "ada"), "ada/songs")
      isBroken = true
      const answer = yield* call(target, "GET", "refs")
      const id = textOf(assertProblem(answer, 500, /internal error; request /), "requestId")
      assert.strictEqual(answer.headers["x-request-id"], id)
      assert.isTrue(lines.some((line) => line.includes(id) && line.includes("this text cannot be made")))
    }).pipe(Effect.scoped)
  )
})
