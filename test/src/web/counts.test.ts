/** The counts of followers and stars on pages, as a client without a browser reads them. */
import { assert, describe, it } from "@effect/vitest"
import * as MemoryIndex from "@musehub/adapter-memory/MemoryIndex"
import * as MemoryObjectStore from "@musehub/adapter-memory/MemoryObjectStore"
import { derivePending } from "@musehub/domain/usecase/derive/derivePending"
import { pages } from "@musehub/web/pages"
import { Effect, Layer } from "effect"
import { startHub, tokenFor } from "../e2e/hub/Hub.ts"
import { commitTo, growing } from "../e2e/muse/history.ts"
import { pushBranch } from "../e2e/muse/LocalRepository.ts"
import { createRepository } from "../e2e/muse/MuseClient.ts"

const people = ["bob", "carol"] as const

describe("the counts on pages", () => {
  it.live("are those of public identities, and are left out where nobody is counted", () =>
    Effect.gen(function* () {
      const storage = yield* Layer.build(Layer.fresh(Layer.merge(MemoryObjectStore.layer(), MemoryIndex.layer)))
      const hub = yield* startHub(storage, [], { pages })
      const song = growing()
      commitTo(song, "main", { "README.md": "# Song" })
      yield* pushBranch(yield* createRepository(hub.url, yield* tokenFor(hub, "ada"), "ada/song"), song, "main")
      const text = (path: string) =>
        Effect.promise(async () => {
          const answer = await fetch(hub.url + path, { headers: { accept: "text/html" } })
          assert.strictEqual(answer.status, 200, path)
          return answer.text()
        })
      const shown = Effect.gen(function* () {
        const [, followers] = />([\d,]+ followers?)</.exec(yield* text("/-/people/ada")) ?? []
        const [, stars] = /> · ([\d,]+ stars?)</.exec(yield* text("/ada/song")) ?? []
        return [followers, stars]
      })
      assert.deepStrictEqual(yield* shown, [undefined, undefined])
      for (const [place, handle] of people.entries()) {
        const identity = growing()
        commitTo(identity, "main", { "social.json": JSON.stringify({ follows: ["ada"], stars: ["ada/song"] }) })
        const token = yield* tokenFor(hub, handle)
        const target = yield* createRepository(hub.url, token, `${handle}/identity`, { domain: "identity" })
        yield* pushBranch(target, identity, "main")
        yield* Effect.provideContext(derivePending({ deriver: "marks" }), hub.services)
        const expected = place === 0 ? ["1 follower", "1 star"] : ["2 followers", "2 stars"]
        assert.deepStrictEqual(yield* shown, expected)
      }
    }).pipe(Effect.scoped)
  )
})
