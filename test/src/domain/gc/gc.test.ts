/** What garbage collection finds, deletes, drops and leaves. */
import { assert, describe, it } from "@effect/vitest"
import { mergePacks } from "@musehub/domain/usecase/packs/mergePacks"
import { Effect } from "effect"
import { at, clone, newRepository, opened, pushSteps, step } from "../support/hubSamples.ts"
import { blobOf } from "@musehub/domain/object/Blob"
import { uploadBlobs } from "@musehub/domain/usecase/push/uploadBlobs"
import { assertSound, largeText } from "../verify/verified.ts"
import { agingHub, applied, days, planned } from "./collected.ts"

const text = (content: string) => new TextEncoder().encode(content)

/** A hub with a repository that has a branch, a pack and a large blob that were sent ahead, and merged packs. */
const untidyHub = Effect.fnUntraced(function* (unused: ReadonlyArray<string> = [`${largeText} never used`]) {
  const { hub, pass } = yield* agingHub
  const repository = yield* newRepository(hub)
  const first = step("first", { a: "one", big: largeText })
  const second = step("second", { a: "two", big: largeText }, [first])
  const third = step("third", { a: "three" }, [second])
  for (const each of [first, second, third]) yield* pushSteps(hub, repository, "main", [each])
  yield* at(hub)(mergePacks(repository.id, 2))
  const ahead = ["sent ahead", ...unused].map((content) => blobOf(text(content)))
  yield* at(hub)(
    uploadBlobs(yield* opened(hub, repository), (take) =>
      Effect.forEach(ahead, ({ content, id, size }) => take({ id, size, content: content as Uint8Array }))
    )
  )
  return { hub, pass, repository, first, second, third }
})

describe("gc", () => {
  it.effect("finds nothing in a hub in order, and nothing that is young", () =>
    Effect.gen(function* () {
      const { hub, pass } = yield* untidyHub()
      assert.deepStrictEqual((yield* planned(hub)).kinds, [])
      yield* pass(13 * days)
      assert.deepStrictEqual((yield* planned(hub)).kinds, [])
    })
  )

  it.effect("deletes old packs that no root names, and old large blobs that no snapshot has", () =>
    Effect.gen(function* () {
      const { hub, pass, repository, third } = yield* untidyHub()
      yield* pass(15 * days)
      const { kinds, plan } = yield* planned(hub, { isSure: true })
      assert.deepStrictEqual(kinds, ["blob", ...Array.from({ length: 7 }, () => "pack")])
      const { collected, left } = yield* applied(hub, plan)
      assert.deepStrictEqual([collected.packs, collected.blobs, left], [7, 1, []])
      assert.deepStrictEqual((yield* planned(hub)).kinds, [])
      yield* assertSound(hub)
      yield* clone(hub, repository, [third.commit.id])
      // The same plan again finds nothing to do.
      const again = yield* applied(hub, plan)
      assert.deepStrictEqual([again.collected.packs, again.left.length], [0, 8])
    })
  )

  it.effect("drops what nothing leads to any more, and what only that had", () =>
    Effect.gen(function* () {
      const { hub, pass } = yield* agingHub
      const repository = yield* newRepository(hub)
      const base = step("base", { a: "one" })
      const lost = step("lost", { a: "x".repeat(9000), big: largeText }, [base])
      const kept = step("kept", { a: "three" }, [base])
      for (const each of [base, lost]) yield* pushSteps(hub, repository, "main", [each])
      yield* pushSteps(hub, repository, "main", [kept], { force: true })
      yield* pass(15 * days)
      // The reflog keeps it for 30 days.
      assert.deepStrictEqual((yield* planned(hub)).kinds, [])
      const { kinds, plan } = yield* planned(hub, { isSure: true, retentionMillis: -2 * days })
      assert.deepStrictEqual(kinds, ["blob", "drop"])
      const { collected, left } = yield* applied(hub, plan)
      assert.deepStrictEqual([collected.blobs, collected.dropped, left], [1, 3, []])
      yield* assertSound(hub)
      yield* clone(hub, repository, [kept.commit.id])
      const known = yield* hub.index.known(repository.id, { blobs: [], snapshots: [], commits: [lost.commit.id] })
      assert.strictEqual(known.commits.size, 0)
      // It can be pushed again.
      yield* pushSteps(hub, repository, "again", [lost])
      yield* clone(hub, repository, [lost.commit.id])
      yield* assertSound(hub)
    })
  )
})
