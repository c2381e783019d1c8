/** What clients uploaded past the hub goes if no push took it in for long; what is young, or came again, stays. */
import { assert, describe, it } from "@effect/vitest"
import { probe } from "@musehub/domain/usecase/operations/probe"
import { Effect } from "effect"
import { withUploads } from "../../support/uploads.ts"
import { at, newRepository, pushSteps, startHub, step, textBlob } from "../support/hubSamples.ts"
import { agingStore, applied, days, planned } from "./collected.ts"

describe("gc", () => {
  it.effect("deletes uploads that no push took in, once they are old", () =>
    Effect.gen(function* () {
      const { pass, passed, store: aging } = yield* agingStore
      const { store, upload, uploaded } = withUploads(aging, passed)
      const hub = yield* startHub({ store })
      yield* at(hub)(probe())
      const repository = yield* newRepository(hub)
      yield* pushSteps(hub, repository, "main", [step("first", { a: "one" })])
      const [old, again, young] = ["old", "again", "young"].map((text) => ({
        repository: repository.id,
        id: textBlob(text).id
      })) as [Parameters<typeof upload>[0], Parameters<typeof upload>[0], Parameters<typeof upload>[0]]
      for (const key of [old, again]) upload(key, new Uint8Array(10))
      yield* pass(15 * days)
      upload(young, new Uint8Array(10))

      const { kinds, plan } = yield* planned(hub)
      assert.deepStrictEqual(kinds, ["upload", "upload"])
      upload(again, new Uint8Array(10))
      const { collected, left } = yield* applied(hub, plan)
      assert.deepInclude(collected, { uploads: 1, bytes: 10, packs: 0, blobs: 0 })
      assert.deepStrictEqual(
        left.map(({ reason }) => reason),
        ["is gone, or was uploaded again"]
      )
      assert.sameMembers(
        uploaded(),
        [again, young].map(({ id }) => `repositories/${repository.id}/uploads/${id}`)
      )
    })
  )
})
