/** A push in dictionaries, whose blobs are sent ahead of it. */
import type { Repository } from "@musehub/domain/repository/Root"
import { assert, describe } from "@effect/vitest"
import { packedBlobBytesMax } from "@musehub/domain/pack/limits"
import { Effect } from "effect"
import { crashing } from "./crashing.ts"
import { newRepository, pushSteps, step } from "../support/hubSamples.ts"
import { clonedSteps } from "./visibleState.ts"

const first = step("first", { song: "one", same: "the same" })
const second = step("second", { song: "two", same: "the same" }, [first])
const third = step("third", { song: "three", large: "x".repeat(packedBlobBytesMax + 1) }, [second])

describe("a push in dictionaries", () => {
  crashing({
    prepare: Effect.fnUntraced(function* (hub) {
      const repository = yield* newRepository(hub)
      yield* pushSteps(hub, repository, "main", [first])
      return repository
    }),
    run: (hub, repository: Repository) => pushSteps(hub, repository, "main", [second, third]),
    assertDone: ({ cloned, heads }) => {
      assert.deepStrictEqual(heads, { main: third.commit.id })
      assert.deepStrictEqual(cloned, clonedSteps([first, second, third]))
    }
  })
})
