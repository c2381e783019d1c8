/** Which reviews count. */
import { assert, describe, it } from "@effect/vitest"
import type { CommitId } from "@musehub/domain/object/Id"
import { BranchName, UserName } from "@musehub/domain/repository/Names"
import { noTeams } from "@musehub/domain/repository/rule/roles"
import { Discourse, type Proposal, type Verdict } from "@musehub/domain/repository/Proposal"
import { emptyRoot, type Root } from "@musehub/domain/repository/Root"
import {
  changesRequestedBy,
  countingApprovals,
  noContributors
} from "@musehub/domain/usecase/proposals/approval/approvals"
import { Effect } from "effect"
import { bob, pushSteps } from "../support/hubSamples.ts"
import { firstRoot, newRepositoryId, someCommit } from "../support/rootSamples.ts"
import {
  carol,
  a,
  b,
  c,
  number,
  protect,
  world,
  propose,
  show,
  review,
  assertSays
} from "../support/proposalSamples.ts"

describe("proposals, approvals", () => {
  it.effect("a review applies to the head that was seen, and counts while that is the head", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      yield* propose(hub, repository)
      yield* protect(hub, repository, "main", { approvals: 1, selfApproval: false })
      const moved = yield* Effect.flip(review(hub, repository, carol, "approve", a.commit.id))
      assert.deepInclude(moved, { _tag: "HeadMoved", expected: a.commit.id, actual: b.commit.id })
      const approved = yield* review(hub, repository, carol, "approve", b.commit.id)
      assertSays(approved, { approvals: [carol.user], approvalsNeeded: 1 })
      const notMine = yield* Effect.flip(review(hub, repository, bob))
      assert.strictEqual(notMine._tag, "Forbidden")
      assert.deepStrictEqual((yield* review(hub, repository, bob, "request_changes")).approvals, [carol.user])
      yield* pushSteps(hub, repository, "feature", [c])
      assert.deepStrictEqual((yield* show(hub, repository)).approvals, [])
      assert.deepStrictEqual((yield* review(hub, repository, carol)).approvals, [carol.user])
    })
  )

  const reader = UserName.make("reader")
  const writer = UserName.make("writer")
  const second = UserName.make("second")
  const head = someCommit("head")
  const earlier = someCommit("earlier")
  const reviewsOf = (...reviews: ReadonlyArray<readonly [UserName, Verdict, CommitId]>): Proposal["reviews"] =>
    reviews.map(([by, verdict, commit]) => ({ by, verdict, commit, body: Discourse.make(""), at: "" }))
  const free: Root = {
    ...firstRoot(newRepositoryId()),
    ...emptyRoot,
    grants: [
      [reader, "read"],
      [second, "write"],
      [writer, "write"]
    ]
  }
  const guarded = (selfApproval: boolean): Root => ({
    ...free,
    protection: [[BranchName.make("main"), { approvals: 1, selfApproval }]]
  })
  const renamed: Root = {
    ...free,
    protection: [[BranchName.make("trunk"), { approvals: 1, selfApproval: false }]],
    proposals: { last: 1, open: [{ number: number(1), from: BranchName.make("x"), to: BranchName.make("trunk") }] }
  }
  const cases: ReadonlyArray<{
    readonly what: string
    readonly root?: Root
    readonly author?: UserName
    readonly contributors?: ReadonlyArray<UserName>
    readonly reviews: Proposal["reviews"]
    readonly approvals?: ReadonlyArray<UserName>
    readonly objections?: ReadonlyArray<UserName>
  }> = [
    { what: "there is no review", reviews: [] },
    { what: "a writer approves", reviews: reviewsOf([writer, "approve", head]), approvals: [writer] },
    { what: "a reader approves", reviews: reviewsOf([reader, "approve", head]) },
    { what: "a reader objects", reviews: reviewsOf([reader, "request_changes", head]) },
    { what: "a writer approved what was the head", reviews: reviewsOf([writer, "approve", earlier]) },
    {
      what: "two writers approve, each twice",
      reviews: reviewsOf(
        [writer, "approve", head],
        [second, "approve", head],
        [second, "approve", head],
        [writer, "approve", head]
      ),
      approvals: [second, writer]
    },
    {
      what: "a writer changes from no to yes",
      reviews: reviewsOf([writer, "request_changes", head], [writer, "approve", head]),
      approvals: [writer]
    },
    {
      what: "a writer changes from yes to no",
      reviews: reviewsOf([writer, "approve", head], [writer, "request_changes", head]),
      objections: [writer]
    },
    {
      what: "the latest review is of another head",
      reviews: reviewsOf([writer, "approve", head], [writer, "request_changes", earlier])
    },
    {
      what: "the author approves where nothing is protected",
      author: writer,
      reviews: reviewsOf([writer, "approve", head]),
      approvals: [writer]
    },
    {
      what: "the author approves where that is allowed",
      root: guarded(true),
      author: writer,
      reviews: reviewsOf([writer, "approve", head]),
      approvals: [writer]
    },
    {
      what: "the author approves where it is not, beside another",
      root: guarded(false),
      author: writer,
      reviews: reviewsOf([writer, "approve", head], [second, "approve", head]),
      approvals: [second]
    },
    {
      what: "a contributor approves where that is not allowed, beside another",
      root: guarded(false),
      contributors: [writer],
      reviews: reviewsOf([writer, "approve", head], [second, "approve", head]),
      approvals: [second]
    },
    {
      what: "a contributor approves where that is allowed",
      root: guarded(true),
      contributors: [writer],
      reviews: reviewsOf([writer, "approve", head]),
      approvals: [writer]
    },
    {
      what: "the author approves, and the target has another name now",
      root: renamed,
      author: writer,
      reviews: reviewsOf([writer, "approve", head])
    },
    {
      what: "the author objects",
      root: guarded(false),
      author: writer,
      reviews: reviewsOf([writer, "request_changes", head]),
      objections: [writer]
    }
  ]
  for (const {
    what,
    root = free,
    author = reader,
    contributors = [],
    reviews,
    approvals = [],
    objections = []
  } of cases) {
    it(`approvals, when ${what}`, () => {
      const proposal = { number: number(1), author, to: BranchName.make("main"), reviews }
      assert.deepStrictEqual(
        countingApprovals(root, proposal, head, { names: new Set(contributors) }, noTeams),
        approvals
      )
      assert.deepStrictEqual(changesRequestedBy(root, proposal, head, noTeams), objections)
      assert.deepStrictEqual(countingApprovals(root, proposal, null, noContributors, noTeams), [])
    })
  }
})
