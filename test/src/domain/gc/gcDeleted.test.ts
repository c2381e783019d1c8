/** A repository that was deleted can be brought back as it was, whatever collections ran meanwhile. */
import { assert, describe, it } from "@effect/vitest"
import { uploadBlobs } from "@musehub/domain/usecase/push/uploadBlobs"
import { deleteRepository, undeleteRepository } from "@musehub/domain/usecase/repositories/deleteRepository"
import { Effect } from "effect"
import { ada, at, clone, newRepository, opened, openedFor, pushSteps, step, storedIds } from "../support/hubSamples.ts"
import { assertSound, largeText } from "../verify/verified.ts"
import { agingHub, applied, days, planned } from "./collected.ts"

describe("gc", () => {
  it.effect("leaves a deleted repository as it is for the grace period, and collects the others", () =>
    Effect.gen(function* () {
      const { hub, pass } = yield* agingHub
      const first = step("first", { a: "one", big: largeText })
      const ahead = step("ahead", { a: "sent ahead", big: `${largeText} sent ahead` }, [first])
      const [gone, other] = [yield* newRepository(hub), yield* newRepository(hub, "other")]
      for (const repository of [gone, other]) {
        yield* pushSteps(hub, repository, "main", [first])
        const open = yield* opened(hub, repository)
        yield* at(hub)(uploadBlobs(open, (take) => Effect.forEach(ahead.blobs, take, { discard: true })))
      }
      yield* pass(15 * days)
      const { plan: both } = yield* planned(hub, { isSure: true })
      assert.lengthOf(both.entries, 4)

      const before = yield* storedIds(hub.store, gone.id)
      yield* at(hub)(deleteRepository(yield* openedFor(hub, gone, ada, "oversee")))
      const { plan, refusals } = yield* planned(hub, { isSure: true })
      assert.deepStrictEqual(refusals, [])
      assert.deepStrictEqual(
        plan.entries.map((entry) => "repository" in entry && entry.repository),
        [other.id, other.id]
      )
      const { collected, left } = yield* applied(hub, both)
      assert.deepStrictEqual([collected.packs, collected.blobs], [1, 1])
      assert.deepStrictEqual(
        left.map(({ entry, reason }) => ["repository" in entry && entry.repository, reason.split(",", 1)[0]]),
        both.entries.slice(0, 2).map(() => [gone.id, "the repository was deleted"])
      )
      assert.deepStrictEqual(yield* storedIds(hub.store, gone.id), before)

      yield* at(hub)(undeleteRepository(yield* openedFor(hub, gone, ada, "undelete")))
      yield* clone(hub, gone, [first.commit.id])
      yield* assertSound(hub)
    })
  )
})
