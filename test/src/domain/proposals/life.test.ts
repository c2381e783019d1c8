/** Proposals, from opening to their end: which changes they take, and what a rename or a deletion of a branch does. */
import { assert, describe, it } from "@effect/vitest"
import { deleteBranch } from "@musehub/domain/usecase/branches/deleteBranch"
import { renameBranch } from "@musehub/domain/usecase/branches/renameBranch"
import { closeProposal } from "@musehub/domain/usecase/proposals/closeProposal"
import { reopenProposal } from "@musehub/domain/usecase/proposals/reopenProposal"
import { Effect } from "effect"
import { ada, at, bob, openedFor, pushSteps, startHub } from "../support/hubSamples.ts"
import { chainOf } from "../support/rootSamples.ts"
import {
  carol,
  a,
  b,
  c,
  aTitle,
  aBody,
  number,
  world,
  asking,
  propose,
  show,
  close,
  reopen,
  merge,
  review,
  listed,
  brief,
  assertSays
} from "../support/proposalSamples.ts"

describe("proposals, from opening to their end", () => {
  it.effect("an opened proposal is shown, listed, closed, reopened and merged", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      const opened = yield* propose(hub, repository)
      assertSays(opened, { number: 1, title: aTitle, body: aBody, author: bob.user, state: "open" })
      const shown = yield* show(hub, repository)
      assert.deepStrictEqual(
        { ...shown },
        { ...opened, fromHead: b.commit.id, toHead: a.commit.id, approvals: [], approvalsNeeded: 0 }
      )
      assert.deepStrictEqual((yield* listed(hub, repository)).map(brief), ["1 open feature→main"])

      const closed = yield* close(hub, repository, 1, bob)
      assert.strictEqual(closed.state, "closed")
      assert.deepStrictEqual(yield* show(hub, repository), closed)
      assert.deepStrictEqual((yield* listed(hub, repository, "closed")).map(brief), ["1 closed feature→main"])
      assert.deepStrictEqual(yield* listed(hub, repository, "open"), [])

      const again = yield* reopen(hub, repository, 1, bob)
      assert.strictEqual(again.state, "open")
      assert.deepStrictEqual(yield* show(hub, repository), again)

      const { mergeCommitId, snapshotId } = yield* merge(hub, repository)
      const merged = yield* show(hub, repository)
      assert.strictEqual(merged.state, "merged")
      assertSays(merged.merged, {
        strategy: "merge_commit",
        commit: mergeCommitId,
        snapshot: snapshotId,
        fromHead: b.commit.id,
        toHead: a.commit.id,
        by: ada.user
      })
      assert.deepStrictEqual((yield* listed(hub, repository, "merged")).map(brief), ["1 merged feature→main"])
      const chain = yield* chainOf(hub.store, repository.id)
      const actions = chain.flatMap(({ changes }) =>
        changes.flatMap(({ action, proposal }) => (proposal === undefined ? [] : [action]))
      )
      assert.deepStrictEqual(actions, ["open-proposal", "close-proposal", "reopen-proposal", "merge-proposal"])
    })
  )

  it.effect("one that was opened and closed at another hub, with an index of its own, is listed", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      const other = yield* startHub({ store: hub.store })
      yield* propose(hub, repository)
      assert.deepStrictEqual((yield* listed(other, repository)).map(brief), ["1 open feature→main"])
      yield* close(hub, repository)
      yield* propose(hub, repository, { from: "other" })
      yield* close(hub, repository, 2)
      yield* propose(hub, repository)
      const rows = ["3 open feature→main", "2 closed other→main", "1 closed feature→main"]
      for (const each of [hub, other]) assert.deepStrictEqual((yield* listed(each, repository)).map(brief), rows)
    })
  )

  it.effect("refuses missing and equal branches, and a second open proposal for a pair", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      const unknown = yield* Effect.flip(propose(hub, repository, { from: "nowhere" }))
      assert.deepInclude(unknown, { _tag: "BranchUnknown", branch: "nowhere" })
      assert.deepInclude(yield* Effect.flip(propose(hub, repository, { to: "nowhere" })), { _tag: "BranchUnknown" })
      assert.deepInclude(yield* Effect.flip(propose(hub, repository, { to: "feature" })), { _tag: "ProposalRefused" })
      yield* propose(hub, repository)
      const twin = yield* Effect.flip(propose(hub, repository, { by: carol }))
      assert.deepInclude(twin, { _tag: "ProposalExists", number: 1, from: "feature", to: "main" })
      assert.strictEqual((yield* propose(hub, repository, { from: "main", to: "feature" })).number, 2)
      yield* close(hub, repository)
      assert.strictEqual((yield* propose(hub, repository)).number, 3)
      const taken = yield* Effect.flip(reopen(hub, repository))
      assert.deepInclude(taken, { _tag: "ProposalExists", number: 3 })
    })
  )

  it.effect("closes and reviews only open proposals, and reopens only closed ones", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      assert.deepInclude(yield* Effect.flip(close(hub, repository)), { _tag: "ProposalUnknown", number: 1 })
      yield* propose(hub, repository)
      assert.deepInclude(yield* Effect.flip(reopen(hub, repository)), { _tag: "ProposalNotOpen", state: "open" })
      yield* close(hub, repository)
      for (const refused of [Effect.flip(close(hub, repository)), Effect.flip(review(hub, repository, carol))]) {
        assert.deepInclude(yield* refused, { _tag: "ProposalNotOpen", state: "closed" })
      }
      yield* reopen(hub, repository)
      yield* merge(hub, repository)
      for (const refused of [
        Effect.flip(close(hub, repository)),
        Effect.flip(reopen(hub, repository)),
        Effect.flip(review(hub, repository, carol))
      ]) {
        assert.deepInclude(yield* refused, { _tag: "ProposalNotOpen", state: "merged" })
      }
    })
  )

  it.effect("a caller that decides on an outdated root learns the present state", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      yield* propose(hub, repository)
      const early = yield* asking(hub, repository, ada)
      yield* merge(hub, repository)
      const late = yield* Effect.flip(at(hub)(closeProposal(early, number(1))))
      assert.deepInclude(late, { _tag: "ProposalNotOpen", state: "merged" })

      yield* propose(hub, repository, { from: "other" })
      yield* close(hub, repository, 2)
      const whileClosed = yield* asking(hub, repository, ada)
      yield* reopen(hub, repository, 2)
      yield* merge(hub, repository, "merge_commit", 2)
      // The root lists no more than when it was closed, yet it must not be reopened.
      const tooLate = yield* Effect.flip(at(hub)(reopenProposal(whileClosed, number(2))))
      assert.deepInclude(tooLate, { _tag: "ProposalNotOpen", state: "merged" })
      assert.strictEqual((yield* show(hub, repository, 2)).state, "merged")
    })
  )

  it.effect("reopening follows other changes of the root, and needs both branches", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      yield* propose(hub, repository)
      yield* close(hub, repository)
      const early = yield* asking(hub, repository, ada)
      yield* pushSteps(hub, repository, "feature", [c])
      const again = yield* at(hub)(reopenProposal(early, number(1)))
      assertSays(again, { state: "open", fromHead: c.commit.id })
      yield* close(hub, repository)
      yield* at(hub)(deleteBranch(yield* openedFor(hub, repository, ada, "write"), "feature", {}))
      const gone = yield* Effect.flip(reopen(hub, repository))
      assert.deepInclude(gone, { _tag: "ProposalBranchGone", number: 1, branch: "feature" })
      assertSays(yield* show(hub, repository), { state: "closed", fromHead: null })
    })
  )

  it.effect("an open proposal follows its renamed branch and outlives its deleted one", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      yield* propose(hub, repository)
      const writing = () => openedFor(hub, repository, ada, "write")
      yield* at(hub)(renameBranch(yield* writing(), "feature", "better"))
      assertSays(yield* show(hub, repository), { from: "better", fromHead: b.commit.id })
      assert.deepStrictEqual((yield* listed(hub, repository)).map(brief), ["1 open better→main"])
      assert.deepStrictEqual((yield* listed(hub, repository, "open")).map(brief), ["1 open better→main"])
      assert.strictEqual((yield* review(hub, repository, carol)).approvals.length, 1)
      yield* at(hub)(deleteBranch(yield* writing(), "better", {}))
      assertSays(yield* show(hub, repository), { state: "open", fromHead: null, approvals: [] })
      const gone = yield* Effect.flip(review(hub, repository, carol))
      assert.deepInclude(gone, { _tag: "ProposalBranchGone", branch: "better" })
      assert.strictEqual((yield* close(hub, repository)).from, "better")
      assert.deepStrictEqual((yield* listed(hub, repository)).map(brief), ["1 closed better→main"])
    })
  )
})
