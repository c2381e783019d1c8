/** What was reviewed is what lands: each strategy lands the tree of the preview, or refuses and says why. */
import { assert, describe, it } from "@effect/vitest"
import { readCommit } from "@musehub/domain/invariant/ObjectReader"
import { Discourse, type MergeStrategy, type ProposalNumber, ProposalTitle } from "@musehub/domain/repository/Proposal"
import type { Repository } from "@musehub/domain/repository/Root"
import { mergeProposal } from "@musehub/domain/usecase/merges/mergeProposal"
import { previewMerge } from "@musehub/domain/usecase/merges/previewMerge"
import { openProposal } from "@musehub/domain/usecase/proposals/openProposal"
import { Effect } from "effect"
import {
  ada,
  at,
  headsOf,
  newRepository,
  opened,
  openedFor,
  pushSteps,
  startHub,
  type Step,
  step,
  type TestHub
} from "../support/hubSamples.ts"

const strategies: ReadonlyArray<MergeStrategy> = ["merge_commit", "squash", "rebase", "fast_forward_only"]

const start = step("start", { "song.txt": "one\ntwo\nthree\n" })

interface Staged {
  readonly hub: TestHub
  readonly repository: Repository
  readonly number: ProposalNumber
}

/** A repository whose `main` and `topic` hold these commits, with an open proposal to merge `topic`. */
const staged = Effect.fnUntraced(function* (main: ReadonlyArray<Step>, topic: ReadonlyArray<Step>) {
  const hub = yield* startHub()
  const repository = yield* newRepository(hub)
  yield* pushSteps(hub, repository, "main", main)
  yield* pushSteps(hub, repository, "topic", topic)
  const { number } = yield* at(hub)(
    openProposal(yield* openedFor(hub, repository, ada, "participate"), {
      title: ProposalTitle.make("A verse"),
      body: Discourse.make(""),
      from: "topic",
      to: "main"
    })
  )
  const proposal: Staged = { hub, repository, number }
  return proposal
})

const preview = Effect.fnUntraced(function* ({ hub, number, repository }: Staged) {
  return yield* at(hub)(previewMerge(yield* openedFor(hub, repository, null, "read"), number))
})

const merge = Effect.fnUntraced(function* ({ hub, number, repository }: Staged, strategy: MergeStrategy) {
  return yield* at(hub)(mergeProposal(yield* opened(hub, repository), number, { strategy }))
})

const commitAt = Effect.fnUntraced(function* ({ hub, repository }: Staged, id: Step["commit"]["id"]) {
  return (yield* at(hub)(readCommit(repository.id, id))).commit
})

describe("what was reviewed is what lands", () => {
  const ours = step("ours", { "song.txt": "ONE\ntwo\nthree\n" }, [start])
  const one = step("one", { "song.txt": "one\ntwo\nthree\n", "one.txt": "1\n" }, [start])
  const other = step("other", { "song.txt": "one\ntwo\nthree\n", "two.txt": "2\n" }, [start])
  const both = { "song.txt": "one\ntwo\nthree\n", "one.txt": "1\n", "two.txt": "2\n" }

  it.effect.each([
    ["a file of its own", { ...both, "evil.txt": "unseen\n" }],
    ["an edit of its own", { ...both, "two.txt": "2 and more\n" }],
    ["a deletion of its own", { "song.txt": "one\ntwo\nthree\n", "one.txt": "1\n" }]
  ] as const)("a rebase refuses a merge commit that has %s, and names it", ([, files]) =>
    Effect.gen(function* () {
      const joined = step("joined", files, [one, other])
      const proposal = yield* staged([start, ours], [one, other, joined])
      const heads = yield* headsOf(proposal.hub, proposal.repository)
      const refused = yield* Effect.flip(merge(proposal, "rebase"))
      assert.strictEqual(refused._tag, "RebaseUnfaithful")
      assert.include(refused.message, joined.commit.id)
      assert.deepStrictEqual(yield* headsOf(proposal.hub, proposal.repository), heads, "nothing moved")
      const { snapshotId } = yield* preview(proposal)
      assert.strictEqual((yield* merge(proposal, "squash")).snapshotId, snapshotId, "a squash carries it")
    })
  )

  it.effect("a rebase leaves out merge commits that only join their parents, and names their authors", () =>
    Effect.gen(function* () {
      const joined = step("joined", both, [one, other], { author: "carol" })
      const proposal = yield* staged([start, ours], [one, other, joined])
      const { snapshotId } = yield* preview(proposal)
      const answer = yield* merge(proposal, "rebase")
      assert.strictEqual(answer.snapshotId, snapshotId)
      assert.strictEqual(answer.commits.length, 2)
      const { record } = yield* commitAt(proposal, answer.mergeCommitId)
      assert.strictEqual(record.metadata["co_authors"], "carol")
    })
  )

  it.effect.each(strategies)("%s refuses a proposal that would change nothing, as its preview says", (strategy) =>
    Effect.gen(function* () {
      const changed = step("changed", { "song.txt": "changed\n" }, [start])
      const back = step("back", { "song.txt": "one\ntwo\nthree\n" }, [changed])
      const proposal = yield* staged([start], [changed, back])
      assert.strictEqual((yield* preview(proposal)).outcome, "up_to_date")
      assert.strictEqual((yield* Effect.flip(merge(proposal, strategy)))._tag, "NothingToMerge")
    })
  )

  it.effect.each(strategies)("%s refuses histories without a common commit, as their preview says", (strategy) =>
    Effect.gen(function* () {
      const proposal = yield* staged([start], [step("elsewhere", { "b.txt": "b" })])
      const { bases, outcome, snapshotId } = yield* preview(proposal)
      assert.deepStrictEqual({ bases, outcome, snapshotId }, { bases: [], outcome: "unrelated", snapshotId: null })
      const refused = yield* Effect.flip(merge(proposal, strategy))
      assert.strictEqual(refused._tag, "HistoriesUnrelated")
    })
  )

  it.effect.each(strategies)("%s refuses a change that a rule `manual` stops, as its preview says", (strategy) =>
    Effect.gen(function* () {
      const ruled = { ".museattributes": '[[rules]]\npath = "song.txt"\ndimension = "*"\nstrategy = "manual"\n' }
      const first = step("first", { ...ruled, "song.txt": "one\n" })
      const second = step("second", { ...ruled, "song.txt": "two\n" }, [first])
      const proposal = yield* staged([first], [second])
      assert.strictEqual((yield* preview(proposal)).outcome, "conflicted")
      assert.strictEqual((yield* Effect.flip(merge(proposal, strategy)))._tag, "MergeConflicts")
    })
  )

  it.effect("a squash names every author of what it replaces, in its message and its metadata", () =>
    Effect.gen(function* () {
      const second = step("second", { ...both, "three.txt": "3\n" }, [one], { author: "bob" })
      const third = step("third", { ...both, "three.txt": "4\n" }, [second], { author: "carol\r\nX-Evil: 1" })
      const proposal = yield* staged([start, ours], [one, second, third])
      const { record } = yield* commitAt(proposal, (yield* merge(proposal, "squash")).mergeCommitId)
      assert.strictEqual(record.author, "ada")
      assert.strictEqual(record.metadata["co_authors"], "bob\ncarol X-Evil: 1")
      assert.deepStrictEqual(record.message.split("\n").slice(-2), [
        "Co-authored-by: bob",
        "Co-authored-by: carol X-Evil: 1"
      ])
    })
  )
})
