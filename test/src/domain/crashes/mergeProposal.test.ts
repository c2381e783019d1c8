/** The merge of a proposal. */
import type { Repository } from "@musehub/domain/repository/Root"
import { assert, describe } from "@effect/vitest"
import { expected } from "@musehub/domain/base/expected"
import { Cause, Effect, Exit } from "effect"
import { crashing } from "./crashing.ts"
import { newRepository, pushSteps, step } from "../support/hubSamples.ts"
import { merge, propose } from "../support/proposalSamples.ts"

const start = step("start", { song: "one" })
const ours = step("ours", { song: "one", ours: "o" }, [start])
const theirs = step("theirs", { song: "one", theirs: "t" }, [start])
const both = step("both", { song: "one", ours: "o", theirs: "t" })

describe("a merge of a proposal", () => {
  crashing({
    prepare: Effect.fnUntraced(function* (hub) {
      const repository = yield* newRepository(hub)
      yield* pushSteps(hub, repository, "main", [start, ours])
      yield* pushSteps(hub, repository, "feature", [theirs])
      yield* propose(hub, repository)
      return repository
    }),
    run: (hub, repository: Repository) => merge(hub, repository),
    assertDone: ({ cloned, heads, proposals }) => {
      assert.strictEqual(heads["feature"], theirs.commit.id)
      const merged = expected(cloned.commit[expected(heads["main"], "the branch")], "the merge")
      assert.deepStrictEqual([merged.parent_commit_id, merged.parent2_commit_id], [ours.commit.id, theirs.commit.id])
      assert.strictEqual(merged.snapshot_id, both.snapshot.id)
      assert.includeMembers(
        Object.keys(cloned.blob),
        both.blobs.map(({ id }) => id)
      )
      assert.deepStrictEqual(proposals, ["1 merged feature→main"])
    },
    assertAgain: (exit) => {
      assert(Exit.isFailure(exit))
      assert.deepInclude(Cause.squash(exit.cause), { _tag: "ProposalNotOpen", state: "merged" })
    }
  })
})
