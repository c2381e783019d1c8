/** A repository whose list of branches is in chunks, and a store that has lost one of them. */
import { assert, it } from "@effect/vitest"
import { expected } from "@musehub/domain/base/expected"
import { Roots } from "@musehub/domain/invariant/Roots"
import { CommitId, RepositoryId } from "@musehub/domain/object/Id"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { isLeaf } from "@musehub/domain/repository/refs/RefNode"
import { Context, Effect } from "effect"
import { change } from "../../domain/support/rootSamples.ts"
import { headsOf } from "../../support/shortRefs.ts"
import { assertProblem } from "../hub/assertProblem.ts"
import { describeInMemory, freshStorage } from "../hub/backends.ts"
import { startHub, tokenFor } from "../hub/Hub.ts"
import { commitTo, growing } from "../muse/history.ts"
import { bundleFor, pushBody, pushBranch } from "../muse/LocalRepository.ts"
import { call, createRepository, post, refs } from "../muse/MuseClient.ts"

describeInMemory("a chunk of refs that the store has lost", (backend) => {
  it.live("is named with 503 and the remedy by refs, fetch and push, and other branches are pushed as before", () =>
    Effect.gen(function* () {
      const storage = yield* freshStorage(backend)
      const first = yield* startHub(storage)
      const seed = yield* createRepository(first.url, yield* tokenFor(first, "ada"), "ada/lost")
      const local = growing()
      const commit = CommitId.make(commitTo(local, "main", { a: "1" }))
      assert.strictEqual((yield* pushBranch(seed, local, "main")).answer.status, 200)
      const repository = RepositoryId.make((yield* refs(seed)).id)
      const names = ["main", ...Array.from({ length: 3000 }, (_, place) => `branch/${String(place).padStart(4, "0")}`)]
      const all = headsOf(names.map((name) => [name, commit]))
      const { value } = yield* Effect.flatMap(Roots, (roots) =>
        roots.move(repository, () => Effect.succeed({ root: { heads: all }, change: change("filled") }))
      ).pipe(Effect.provideContext(first.services))
      const { top } = value.heads
      const lost = expected(isLeaf(top) ? undefined : top.chunks[0], "a chunk").sha256
      const { documents } = Context.get(storage, ObjectStore)
      yield* documents.delete({ kind: "refs", repository, sha256: lost })

      // Another process has the chunk nowhere else.
      const target = { ...seed, url: (yield* startHub(storage)).url }
      const next = commitTo(local, "main", { a: "1", b: "1" })
      const bundle = bundleFor(local, next, [commit])
      assert.lengthOf(bundle.commits, 1)
      const body = (branch: string) => pushBody(local, bundle, branch)
      const elsewhere = yield* post(target, "push", body("main"))
      assert.strictEqual(elsewhere.status, 200)
      const refused = [
        yield* call(target, "GET", "refs"),
        yield* post(target, "fetch", { want: [next], have: [commit] }),
        yield* post(target, "push", body("branch/0000"))
      ]
      const text = new RegExp(
        `lacks a part of the list of this repository's branches, refs/${lost}; .*restore that file`
      )
      for (const answer of refused) assertProblem(answer, 503, text)
    })
  )
})
