/** The merging of packs, which changes nothing that a reader sees. */
import type { Repository } from "@musehub/domain/repository/Root"
import { assert, describe } from "@effect/vitest"
import { mergePacks } from "@musehub/domain/usecase/packs/mergePacks"
import { Effect } from "effect"
import { crashing } from "./crashing.ts"
import { at, newRepository, pushSteps, step } from "../support/hubSamples.ts"

const first = step("first", { song: "one", same: "the same" })
const second = step("second", { song: "two", same: "the same" }, [first])

describe("a merge of packs", () => {
  crashing({
    prepare: Effect.fnUntraced(function* (hub) {
      const repository = yield* newRepository(hub)
      yield* pushSteps(hub, repository, "main", [first])
      yield* pushSteps(hub, repository, "main", [second])
      return repository
    }),
    run: (hub, { id }: Repository) => at(hub)(mergePacks(id, 2)),
    assertDone: (after, before) => assert.deepStrictEqual(after, { ...before, packs: 1 })
  })
})
