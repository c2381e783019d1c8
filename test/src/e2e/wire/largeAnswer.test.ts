/**
 * An answer larger than the real client reads (64 MiB, docs/wire.md, section 3): the client gets the reason instead of
 * bytes that it would discard, and a client without that limit gets the answer. The refs of many branches are an answer
 * in parts, and no other answer has them all.
 */
import { assert, it } from "@effect/vitest"
import { Roots } from "@musehub/domain/invariant/Roots"
import { CommitId, RepositoryId } from "@musehub/domain/object/Id"
import { Effect } from "effect"
import { headsOf } from "../../support/shortRefs.ts"
import { change } from "../../domain/support/rootSamples.ts"
import { describeInMemory, freshStorage } from "../hub/backends.ts"
import { commitTo, growing } from "../muse/history.ts"
import { startHub, tokenFor } from "../hub/Hub.ts"
import { pushBranch } from "../muse/LocalRepository.ts"
import { createRepository, headsIn, ok, post, refs } from "../muse/MuseClient.ts"
import { assertProblem } from "../hub/assertProblem.ts"
import { textOf } from "../muse/Value.ts"
import { valueIn } from "../hub/Http.ts"

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

describeInMemory("the refs of 20,000 branches", (backend) => {
  it.live("are the same in msgpack and in JSON, and are told by no push and no fetch", () =>
    Effect.gen(function* () {
      const hub = yield* startHub(yield* freshStorage(backend))
      const target = yield* createRepository(hub.url, yield* tokenFor(hub, "ada"), "ada/wide")
      const local = growing()
      const first = commitTo(local, "main", { a: "1" })
      assert.strictEqual((yield* pushBranch(target, local, "main")).answer.status, 200)
      const names = Array.from({ length: 19_998 }, (_, place) => `branch/${place}`)
      const all = new Map(["main", "__proto__", ...names].map((name) => [name, CommitId.make(first)]))
      const { id } = yield* refs(target)
      yield* Effect.flatMap(Roots, (roots) =>
        roots.move(RepositoryId.make(id), () =>
          Effect.succeed({ root: { heads: headsOf(all) }, change: change("filled") })
        )
      ).pipe(Effect.provideContext(hub.services))

      const { heads } = yield* refs(target)
      assert.deepStrictEqual(
        [...heads],
        [...all].toSorted(([a], [b]) => (a < b ? -1 : 1))
      )
      const readJson = Effect.promise(async () => {
        const answer = await fetch(`${target.url}/${target.repository}/refs`, {
          headers: { accept: "application/json" }
        })
        return Object.entries(
          (JSON.parse(await answer.text()) as { branch_heads: Record<string, string> }).branch_heads
        )
      })
      assert.deepStrictEqual(new Map(yield* readJson), new Map(heads))

      const second = commitTo(local, "main", { a: "2" })
      const { answer } = yield* pushBranch(target, local, "main")
      assert.deepStrictEqual(headsIn(valueIn(answer)), new Map([["main", second]]))
      const fetched = yield* ok(post(target, "fetch", { want: [second], have: [first] }))
      assert.deepStrictEqual(headsIn(fetched), new Map([["main", second]]))

      // What was encoded for the answers before is not sent again where it has changed.
      const moved = new Map([...all, ["main", CommitId.make(second)]])
      assert.deepStrictEqual(new Map((yield* refs(target)).heads), moved)
      assert.deepStrictEqual(new Map(yield* readJson), moved)
    })
  )
})
