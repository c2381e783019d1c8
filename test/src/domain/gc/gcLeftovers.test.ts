/** What a creation put that was refused goes once it is old; what had a root, or is known to the index, stays. */
import { assert, describe, it } from "@effect/vitest"
import { expected } from "@musehub/domain/base/expected"
import { blobOf } from "@musehub/domain/object/Blob"
import { RepositoryId } from "@musehub/domain/object/Id"
import { PackFile } from "@musehub/domain/pack/PackFile"
import { probe } from "@musehub/domain/usecase/operations/probe"
import { Effect } from "effect"
import { at, newRepository, pushSteps, startHub, step } from "../support/hubSamples.ts"
import { agingStore, applied, days, planned } from "./collected.ts"

/** A hub with a repository, and the folder of another one that has a pack and a blob, and never got a root. */
const refusedCreation = Effect.gen(function* () {
  const { pass, store } = yield* agingStore
  const hub = yield* startHub({ store })
  yield* at(hub)(probe())
  const repository = yield* newRepository(hub)
  yield* pushSteps(hub, repository, "main", [step("first", { a: "one" })])
  const { items } = yield* store.list(repository.id, "pack", { limit: 1 })
  const pack = expected(items[0], "a pack")
  const file = yield* PackFile.of(yield* store.get({ repository: repository.id, type: "pack", id: pack.id as never }))
  const left = RepositoryId.make("5e1f0c3a-0000-4000-8000-000000000001")
  yield* store.put(left, file)
  yield* store.put(left, blobOf(new TextEncoder().encode("left")))
  const count = Effect.gen(function* () {
    const [packs, blobs] = [
      yield* store.list(left, "pack", { limit: 9 }),
      yield* store.list(left, "blob", { limit: 9 })
    ]
    return packs.items.length + blobs.items.length
  })
  return { count, hub, left, pass, repository, store }
})

describe("gc", () => {
  it.effect("deletes what a refused creation put, once it is old, however short the grace period is", () =>
    Effect.gen(function* () {
      const { count, hub, pass } = yield* refusedCreation
      assert.deepStrictEqual((yield* planned(hub, { isSure: true, graceMillis: 0 })).kinds, [])
      yield* pass(15 * days)
      const { kinds, plan } = yield* planned(hub)
      assert.deepStrictEqual(kinds, ["blob", "pack"])
      const { collected, left } = yield* applied(hub, plan)
      assert.deepInclude(collected, { packs: 1, blobs: 1 })
      assert.deepStrictEqual([left, yield* count], [[], 0])
      assert.deepStrictEqual((yield* planned(hub)).kinds, [])
    })
  )

  it.effect("leaves it if it had a root after all", () =>
    Effect.gen(function* () {
      const { count, hub, left: id, pass, store } = yield* refusedCreation
      yield* pass(15 * days)
      const { plan } = yield* planned(hub)
      const copy = { kind: "history", repository: id, sequence: 0 } as const
      yield* store.documents.write(copy, new TextEncoder().encode("a root"), { _tag: "Absent" })
      const { left } = yield* applied(hub, plan)
      assert.deepStrictEqual(
        left.map(({ reason }) => reason),
        ["is gone, needed again, or too young", "is gone, needed again, or too young"]
      )
      assert.strictEqual(yield* count, 2)
      assert.deepStrictEqual((yield* planned(hub)).kinds, [])
    })
  )

  it.effect("leaves a repository whose root was lost, which the index knows, or a name leads to", () =>
    Effect.gen(function* () {
      const { hub, pass, repository, store } = yield* refusedCreation
      yield* pass(15 * days)
      yield* store.documents.delete({ kind: "root", repository: repository.id })
      for (const sequence of [0, 1, 2]) {
        yield* store.documents.delete({ kind: "history", repository: repository.id, sequence })
      }
      const { index } = yield* startHub({ store })
      for (const known of [hub, { index, store }]) {
        const { plan } = yield* planned(known)
        assert.notInclude(
          plan.entries.map((entry) => ("repository" in entry ? entry.repository : "")),
          repository.id
        )
        assert.strictEqual(plan.entries.length, 2)
      }
    })
  )
})
