/**
 * Every repository of the real client, pushed and cloned as the client does it, comes back byte for byte; and the
 * store's content afterwards is canonical, complete, and exactly what the index says.
 */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { audit } from "../muse/audit.ts"
import { describeBackends, freshStorage } from "../hub/backends.ts"
import { goldenNames, goldenRepository } from "../muse/goldenRepositories.ts"
import { startHub, tokenFor } from "../hub/Hub.ts"
import { assertCloneIs } from "../muse/assertContent.ts"
import { pushAll, walk } from "../muse/LocalRepository.ts"
import { createRepository, filterObjects, refs } from "../muse/MuseClient.ts"
import { entriesOf } from "../../support/shortRefs.ts"

describeBackends("repositories of the real client", (backend) => {
  for (const name of goldenNames) {
    it.live(`${name} is pushed, cloned and audited`, () =>
      Effect.gen(function* () {
        const golden = goldenRepository(name)
        assert.strictEqual(walk(golden.commits, golden.heads.values()).length, golden.commits.size)
        const hub = yield* startHub(yield* freshStorage(backend))
        const token = yield* tokenFor(hub, "ada")
        const target = yield* createRepository(hub.url, token, `ada/${name}`, { domain: golden.domain })
        yield* pushAll(target, golden)

        yield* assertCloneIs(target, golden)
        const { id, domain, defaultBranch } = yield* refs(target)
        assert.strictEqual(domain, golden.domain)
        assert.strictEqual(defaultBranch, "main")
        assert.deepStrictEqual(yield* filterObjects(target, golden.blobs.keys()), [])

        const stored = yield* Effect.provideContext(audit(id), hub.services)
        assert.sameMembers([...stored.commits], [...golden.commits.keys()])
        assert.sameMembers([...stored.snapshots], [...golden.snapshots.keys()])
        assert.sameMembers([...stored.blobs], [...golden.blobs.keys()])
        assert.deepStrictEqual(new Map<string, string>(entriesOf(stored.root.heads)), golden.heads)
      })
    )
  }

  it.live("one history pushed into two repositories is stored for each, and each serves all of it", () =>
    Effect.gen(function* () {
      const hub = yield* startHub(yield* freshStorage(backend))
      const golden = goldenRepository("merges")
      const ada = yield* tokenFor(hub, "ada")
      const bob = yield* tokenFor(hub, "bob")
      const targets = [
        yield* createRepository(hub.url, ada, "ada/first"),
        yield* createRepository(hub.url, ada, "ada/second"),
        yield* createRepository(hub.url, bob, "bob/third")
      ]
      for (const target of targets) {
        assert.sameMembers([...(yield* filterObjects(target, golden.blobs.keys()))], [...golden.blobs.keys()])
        yield* pushAll(target, golden)
      }
      for (const target of targets) {
        yield* assertCloneIs(target, golden)
        const { id } = yield* refs(target)
        const stored = yield* Effect.provideContext(audit(id), hub.services)
        assert.strictEqual(stored.commits.size, golden.commits.size)
        assert.strictEqual(stored.blobs.size, golden.blobs.size)
      }
    })
  )

  it.live("one blob in two repositories is served by both", () =>
    Effect.gen(function* () {
      const hub = yield* startHub(yield* freshStorage(backend))
      const [linear, merges] = [goldenRepository("linear"), goldenRepository("merges")]
      const shared = [...linear.blobs.keys()].filter((id) => merges.blobs.has(id))
      assert.isNotEmpty(shared)
      const ada = yield* createRepository(hub.url, yield* tokenFor(hub, "ada"), "ada/linear")
      const bob = yield* createRepository(hub.url, yield* tokenFor(hub, "bob"), "bob/merges")
      yield* pushAll(ada, linear)
      assert.sameMembers([...(yield* filterObjects(bob, shared))], shared)
      yield* pushAll(bob, merges)
      yield* assertCloneIs(ada, linear)
      yield* assertCloneIs(bob, merges)
    })
  )
})
