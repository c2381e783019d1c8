/**
 * An answer larger than the real client reads (64 MiB, docs/wire.md, section 3): the client gets the reason instead of
 * bytes that it would discard, and a client without that limit gets the answer.
 */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { describeInMemory, freshStorage } from "../hub/backends.ts"
import { commitTo, growing } from "../muse/history.ts"
import { startHub, tokenFor } from "../hub/Hub.ts"
import { pushBranch } from "../muse/LocalRepository.ts"
import { createRepository, post } from "../muse/MuseClient.ts"
import { assertProblem } from "../hub/assertProblem.ts"
import { textOf } from "../muse/Value.ts"

const halfAndMore = 33 * 1024 * 1024

describeInMemory("an answer of more than 64 MiB", (backend) => {
  it.live("is refused to the client that cannot read it, and sent to others", () =>
    Effect.gen(function* () {
      const hub = yield* startHub(yield* freshStorage(backend))
      const target = yield* createRepository(hub.url, yield* tokenFor(hub, "ada"), "ada/large")
      const local = growing()
      const half = commitTo(local, "main", { a: "a".repeat(halfAndMore) })
      const whole = commitTo(local, "main", { a: "a".repeat(halfAndMore), b: "b".repeat(halfAndMore) })
      assert.strictEqual((yield* pushBranch(target, local, "main")).answer.status, 200)

      const refused = yield* post(target, "fetch", { want: [whole], have: [] })
      const problem = assertProblem(refused, 413, /reads at most 67108864 in one answer; use `musehub clone /)
      assert.include(textOf(problem, "detail"), `musehub clone ${target.url}/ada/large`)
      // The client shows no more.
      assert.include(new TextDecoder().decode(refused.body.subarray(0, 400)), "muse works in that folder")
      const rest = yield* post(target, "fetch", { want: [whole], have: [half] })
      assert.strictEqual(rest.status, 200)

      const body = JSON.stringify({ want: [whole], have: [] })
      const headers = {
        accept: "application/x-msgpack",
        authorization: `Bearer ${target.token}`,
        "content-type": "application/json"
      }
      const given = yield* Effect.promise(async () => {
        const answer = await fetch(`${target.url}/${target.repository}/fetch`, { method: "POST", headers, body })
        return (await answer.arrayBuffer()).byteLength
      })
      assert.isAbove(given, 2 * halfAndMore)
    })
  )
})
