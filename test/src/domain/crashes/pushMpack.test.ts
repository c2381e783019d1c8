/** A push as an mpack stream that moves a branch to another history. */
import type { Repository } from "@musehub/domain/repository/Root"
import { assert, describe } from "@effect/vitest"
import { packedBlobBytesMax } from "@musehub/domain/pack/limits"
import { pushMpack } from "@musehub/domain/usecase/push/pushMpack"
import { writeMpack } from "@musehub/domain/wire/mpack/writeMpack"
import { Effect } from "effect"
import { mpackOf } from "../../e2e/muse/mpackOf.ts"
import { crashing } from "./crashing.ts"
import { at, newRepository, opened, pushSteps, step } from "../support/hubSamples.ts"
import { clonedSteps } from "./visibleState.ts"

const first = step("first", { song: "one", same: "the same" })
const left = step("left", { song: "two", same: "the same" }, [first])
const right = step("right", { song: "three", large: "x".repeat(packedBlobBytesMax + 1) }, [first])
const next = step("next", { song: "four", same: "the same" }, [right])

describe("a forced push as an mpack stream", () => {
  crashing({
    prepare: Effect.fnUntraced(function* (hub) {
      const repository = yield* newRepository(hub)
      yield* pushSteps(hub, repository, "main", [first, left])
      return repository
    }),
    run: Effect.fnUntraced(function* (hub, repository: Repository) {
      const open = yield* opened(hub, repository)
      const push = { branch: "main", force: true, head: next.commit.id }
      const { header, objects } = mpackOf(open.id, [right, next], push)
      return yield* at(hub)(Effect.scoped(pushMpack(open, writeMpack(header, objects))))
    }),
    assertDone: ({ cloned, heads }) => {
      assert.deepStrictEqual(heads, { main: next.commit.id })
      assert.deepStrictEqual(cloned, clonedSteps([first, right, next]))
    }
  })
})
