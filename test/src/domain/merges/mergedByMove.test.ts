/** A proposal whose commits reach the target by another way than its own merge is closed as merged by that write. */
import { assert, describe, it } from "@effect/vitest"
import { Discourse, type ProposalNumber, ProposalTitle } from "@musehub/domain/repository/Proposal"
import type { Repository } from "@musehub/domain/repository/Root"
import { deleteBranch } from "@musehub/domain/usecase/branches/deleteBranch"
import { restoreBranch } from "@musehub/domain/usecase/branches/restoreBranch"
import { mergeProposal } from "@musehub/domain/usecase/merges/mergeProposal"
import { listProposals } from "@musehub/domain/usecase/proposals/listProposals"
import { openProposal } from "@musehub/domain/usecase/proposals/openProposal"
import { showProposal } from "@musehub/domain/usecase/proposals/showProposal"
import { Effect } from "effect"
import {
  ada,
  at,
  newRepository,
  opened,
  openedFor,
  pushSteps,
  startHub,
  step,
  type TestHub
} from "../support/hubSamples.ts"

const start = step("start", { song: "one" })
const ours = step("ours", { song: "one", ours: "o" }, [start])
const theirs = step("theirs", { song: "one", theirs: "t" }, [start])
const joined = step("joined", { song: "one", ours: "o", theirs: "t" }, [ours, theirs])

const propose = Effect.fnUntraced(function* (hub: TestHub, repository: Repository, from: string) {
  const { number } = yield* at(hub)(
    openProposal(yield* openedFor(hub, repository, ada, "participate"), {
      title: ProposalTitle.make("A verse"),
      body: Discourse.make(""),
      from,
      to: "main"
    })
  )
  return number
})

/** `main` and `topic` have diverged, and a proposal to merge `topic` is open. */
const diverged = Effect.gen(function* () {
  const hub = yield* startHub()
  const repository = yield* newRepository(hub)
  yield* pushSteps(hub, repository, "main", [start, ours])
  yield* pushSteps(hub, repository, "topic", [theirs])
  return { hub, repository, number: yield* propose(hub, repository, "topic") }
})

const shown = Effect.fnUntraced(function* (hub: TestHub, repository: Repository, number: ProposalNumber) {
  return yield* at(hub)(showProposal(yield* openedFor(hub, repository, null, "read"), number))
})

const statesOf = Effect.fnUntraced(function* (hub: TestHub, repository: Repository) {
  const open = yield* openedFor(hub, repository, null, "read")
  const { items } = yield* at(hub)(listProposals(open, {}, { limit: 10, after: undefined }))
  return Object.fromEntries(items.map(({ number, state }) => [number, state]))
})

describe("a proposal that was merged by hand", () => {
  it.effect("is merged by the push of its target, in the same root write: by whom, and which commit", () =>
    Effect.gen(function* () {
      const { hub, number, repository } = yield* diverged
      const before = (yield* opened(hub, repository)).root.value.sequence
      yield* pushSteps(hub, repository, "main", [joined])
      const root = (yield* opened(hub, repository)).root.value
      assert.strictEqual(root.sequence, before + 1)
      assert.deepStrictEqual(root.proposals.open, [])
      assert.deepStrictEqual(yield* statesOf(hub, repository), { [number]: "merged" })
      const { merged, state } = yield* shown(hub, repository, number)
      assert.strictEqual(state, "merged")
      assert.deepInclude(merged, {
        strategy: "pushed",
        by: ada.user,
        commit: joined.commit.id,
        snapshot: joined.snapshot.id,
        fromHead: theirs.commit.id,
        toHead: ours.commit.id
      })
      yield* at(hub)(deleteBranch(yield* opened(hub, repository), "topic", {}))
      assert.strictEqual((yield* shown(hub, repository, number)).state, "merged", "also without its branch")
    })
  )

  it.effect("is merged by a forced push that brings its commits", () =>
    Effect.gen(function* () {
      const { hub, number, repository } = yield* diverged
      yield* pushSteps(hub, repository, "main", [step("on", { song: "two" }, [theirs])], { force: true })
      assert.strictEqual((yield* shown(hub, repository, number)).merged?.strategy, "pushed")
    })
  )

  it.effect("is merged by the merge of another proposal that holds its commits", () =>
    Effect.gen(function* () {
      const { hub, number, repository } = yield* diverged
      yield* pushSteps(hub, repository, "more", [step("more", { song: "one", theirs: "t", more: "m" }, [theirs])])
      const other = yield* propose(hub, repository, "more")
      yield* at(hub)(mergeProposal(yield* opened(hub, repository), other, { strategy: "merge_commit" }))
      assert.deepStrictEqual(yield* statesOf(hub, repository), { [number]: "merged", [other]: "merged" })
      assert.strictEqual((yield* shown(hub, repository, other)).merged?.strategy, "merge_commit")
      assert.strictEqual((yield* shown(hub, repository, number)).merged?.strategy, "pushed")
    })
  )

  it.effect("is merged when its target is restored to a head that holds its commits", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* diverged
      yield* pushSteps(hub, repository, "main", [joined])
      yield* pushSteps(hub, repository, "main", [ours], { force: true })
      const again = yield* propose(hub, repository, "topic")
      yield* at(hub)(restoreBranch(yield* opened(hub, repository), "main", { commit: joined.commit.id }))
      assert.strictEqual((yield* shown(hub, repository, again)).state, "merged")
    })
  )
})

describe("a proposal stays open", () => {
  it.effect("when its branch is only reset onto the target", () =>
    Effect.gen(function* () {
      const { hub, number, repository } = yield* diverged
      yield* pushSteps(hub, repository, "topic", [ours], { force: true })
      assert.strictEqual((yield* shown(hub, repository, number)).state, "open")
      yield* pushSteps(hub, repository, "main", [step("next", { song: "two" }, [ours])])
      assert.strictEqual((yield* shown(hub, repository, number)).state, "open", "the target had it before")
    })
  )

  it.effect("when its target moves without its commits", () =>
    Effect.gen(function* () {
      const { hub, number, repository } = yield* diverged
      yield* pushSteps(hub, repository, "main", [step("next", { song: "two" }, [ours])])
      assert.strictEqual((yield* shown(hub, repository, number)).state, "open")
    })
  )
})
