/** Names that mean two things: what can never be reached is refused where it is made. */
import { assert, describe, it } from "@effect/vitest"
import { createBranch } from "@musehub/domain/usecase/branches/createBranch"
import { renameBranch } from "@musehub/domain/usecase/branches/renameBranch"
import { commitFiles } from "@musehub/domain/usecase/commits/commitFiles"
import { Effect } from "effect"
import { at, newRepository, opened, pushSteps, startHub, step } from "../support/hubSamples.ts"

describe("a branch whose name reads as a commit id", () => {
  const first = step("first", { song: "one" })
  const name = first.commit.id

  it.effect("is refused however it would be made, since no revision could name it", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const repository = yield* newRepository(hub)
      yield* pushSteps(hub, repository, "main", [first])
      yield* pushSteps(hub, repository, "topic", [first])
      const open = yield* opened(hub, repository)
      const change = { op: "put", path: "new", content: new Uint8Array() } as const
      const refusals = [
        yield* Effect.flip(pushSteps(hub, repository, name, [first])),
        yield* Effect.flip(at(hub)(createBranch(open, { name, from: "main" }))),
        yield* Effect.flip(at(hub)(renameBranch(open, "topic", name))),
        yield* Effect.flip(at(hub)(commitFiles(open, { branch: name, from: "main", message: "", changes: [change] })))
      ]
      for (const refused of refusals) {
        assert.strictEqual(refused._tag, "BranchNameRefused")
        assert.include(refused.message, "would be read as a commit")
      }
    })
  )
})
