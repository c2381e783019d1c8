/**
 * Proposals, in memory: who may do what with them, which reviews count, and that the root and its history determine the
 * state of each, wherever the hub stopped between root, document and index.
 */
import type { WholeIndex } from "@musehub/contract/wholeIndex"
import { assert, describe, it } from "@effect/vitest"
import { readProposal } from "@musehub/domain/invariant/RepositoryDocuments"
import { rootsBackFrom } from "@musehub/domain/invariant/RootHistory"
import { Roots } from "@musehub/domain/invariant/Roots"
import type { CommitId } from "@musehub/domain/object/Id"
import { Fault } from "@musehub/domain/port/UnavailableReason"
import type { ProposalRow } from "@musehub/domain/port/index/ProposalIndex"
import { IndexUnavailable } from "@musehub/domain/port/index/IndexUnavailable"
import { everyItem } from "@musehub/domain/port/Page"
import { documentPath } from "@musehub/domain/port/StoreKey"
import { BranchName, UserName } from "@musehub/domain/repository/Names"
import {
  Discourse,
  type MergeStrategy,
  type Proposal,
  ProposalNumber,
  type ProposalState,
  ProposalTitle,
  type Verdict
} from "@musehub/domain/repository/Proposal"
import { proposalCodec } from "@musehub/domain/repository/codecs"
import { emptyRoot, type Protection, type Repository, type Root, withPair } from "@musehub/domain/repository/Root"
import type { Principal } from "@musehub/domain/usecase/access/policy"
import { deleteBranch } from "@musehub/domain/usecase/branches/deleteBranch"
import { renameBranch } from "@musehub/domain/usecase/branches/renameBranch"
import {
  changesRequestedBy,
  countingApprovals,
  noContributors
} from "@musehub/domain/usecase/proposals/approval/approvals"
import { closeProposal } from "@musehub/domain/usecase/proposals/closeProposal"
import { commentOnProposal } from "@musehub/domain/usecase/proposals/commentOnProposal"
import { editProposal } from "@musehub/domain/usecase/proposals/editProposal"
import { findProposal } from "@musehub/domain/usecase/proposals/findProposal"
import { listProposals } from "@musehub/domain/usecase/proposals/listProposals"
import { mergeProposal } from "@musehub/domain/usecase/merges/mergeProposal"
import { openProposal } from "@musehub/domain/usecase/proposals/openProposal"
import { conversationBytesMax, openProposalsMax } from "@musehub/domain/usecase/proposals/proposalRules"
import { reopenProposal } from "@musehub/domain/usecase/proposals/reopenProposal"
import { reviewProposal } from "@musehub/domain/usecase/proposals/reviewProposal"
import { settleProposal } from "@musehub/domain/usecase/proposals/settleProposal"
import { showProposal } from "@musehub/domain/usecase/proposals/showProposal"
import { Effect, Option, Stream } from "effect"
import { historyPath, rootPath } from "../../support/countingStore.ts"
import { type Faults, injecting, random } from "../../support/faultyStore.ts"
import { interposed, type Store } from "../../support/interposedStore.ts"
import { forSeeds } from "../../support/seeded.ts"
import { whileTimePasses } from "../../support/time.ts"
import {
  ada,
  at,
  bob,
  newRepository,
  openedFor,
  person,
  pushSteps,
  startHub,
  step,
  type TestHub,
  withoutIndex
} from "../support/hubSamples.ts"
import { chainOf, firstRoot, memoryIndex, memoryStore, newRepositoryId, someCommit } from "../support/rootSamples.ts"

const carol = person("carol")
const dora = person("dora")

const a = step("a", { "readme.md": "hello" })
const b = step("b", { "readme.md": "hello", "one.txt": "one" }, [a])
const c = step("c", { "readme.md": "hello", "one.txt": "one", "two.txt": "two" }, [b])
const d = step("d", { "readme.md": "hello", "three.txt": "three" }, [a])

const aTitle = ProposalTitle.make("Add one")
const aBody = Discourse.make("It brings **one**.")
const number = (value: number) => ProposalNumber.make(value)

/** Changes the root as an operator would: only the content of the root matters here, not who changed it. */
const changeRoot = (hub: TestHub, repository: Repository, parts: (root: Root) => Partial<Root>) =>
  at(hub)(
    Effect.flatMap(Roots, (roots) =>
      roots.move(repository.id, (root) =>
        Effect.succeed({
          root: parts(root),
          change: { action: "change-settings", by: ada.user, at: "2026-11-22T15:08:10.000Z", moves: [] }
        })
      )
    )
  )

const protect = (hub: TestHub, repository: Repository, branch: string, protection: Protection) =>
  changeRoot(hub, repository, (root) => ({
    protection: withPair(root.protection, BranchName.make(branch), protection)
  }))

/** A public repository of Ada's with `main` at a, `feature` at b and `other` at d; Carol may write, Bob may read. */
const world = Effect.fnUntraced(function* (shared: { readonly store?: Store; readonly index?: WholeIndex } = {}) {
  const hub = yield* startHub(shared)
  const repository = yield* newRepository(hub)
  yield* pushSteps(hub, repository, "main", [a])
  yield* pushSteps(hub, repository, "feature", [b])
  yield* pushSteps(hub, repository, "other", [d])
  yield* changeRoot(hub, repository, (root) => ({ grants: withPair(root.grants, carol.user, "write") }))
  return { hub, repository }
})

const asking = (hub: TestHub, repository: Repository, by: Principal = bob) =>
  openedFor(hub, repository, by, "participate")

const propose = Effect.fnUntraced(function* (
  hub: TestHub,
  repository: Repository,
  options: { readonly from?: string; readonly to?: string; readonly by?: Principal; readonly title?: string } = {}
) {
  const open = yield* asking(hub, repository, options.by)
  const { from = "feature", title = aTitle, to = "main" } = options
  return yield* at(hub)(openProposal(open, { title: ProposalTitle.make(title), body: aBody, from, to }))
})

const show = Effect.fnUntraced(function* (hub: TestHub, repository: Repository, value = 1) {
  return yield* at(hub)(showProposal(yield* openedFor(hub, repository, ada, "read"), number(value)))
})

const close = Effect.fnUntraced(function* (hub: TestHub, repository: Repository, value = 1, by = ada) {
  return yield* at(hub)(closeProposal(yield* asking(hub, repository, by), number(value)))
})

const reopen = Effect.fnUntraced(function* (hub: TestHub, repository: Repository, value = 1, by = ada) {
  return yield* at(hub)(reopenProposal(yield* asking(hub, repository, by), number(value)))
})

const merge = Effect.fnUntraced(function* (
  hub: TestHub,
  repository: Repository,
  strategy: MergeStrategy = "merge_commit",
  value = 1
) {
  const open = yield* openedFor(hub, repository, ada, "write")
  return yield* at(hub)(mergeProposal(open, number(value), { strategy }))
})

const review = Effect.fnUntraced(function* (
  hub: TestHub,
  repository: Repository,
  by: Principal,
  verdict: Verdict = "approve",
  commit?: CommitId
) {
  const open = yield* asking(hub, repository, by)
  return yield* at(hub)(reviewProposal(open, number(1), { verdict, body: Discourse.make(""), commit }))
})

/** Collects every page of a list. */
const listed = Effect.fnUntraced(function* (
  hub: TestHub,
  repository: Repository,
  state?: ProposalState,
  options: { readonly limit?: number; readonly indexed?: boolean } = {}
) {
  const open = yield* openedFor(options.indexed === false ? withoutIndex(hub) : hub, repository, ada, "read")
  const rows = everyItem(options.limit ?? 100, (page) => at(hub)(listProposals(open, { state }, page)))
  return yield* Stream.runCollect(rows)
})

const brief = ({ number: value, state, from, to }: Pick<ProposalRow, "number" | "state" | "from" | "to">) =>
  `${value} ${state} ${from}→${to}`

const document = (hub: TestHub, repository: Repository, value = 1) =>
  Effect.map(at(hub)(readProposal(repository.id, number(value))), (read) => Option.getOrUndefined(read)?.value)

/** Asserts that a value has these members. */
const assertSays = (found: object | null | undefined, expected: object) => {
  assert.deepInclude({ ...found }, expected)
}

const proposalPath = /^repositories\/[^/]+\/proposals\/\d+$/

/** A hub whose store fails where `broken` says so; a failed call has no effect. */
const faulty = Effect.fnUntraced(function* () {
  const store = yield* memoryStore
  const broken = { write: undefined as RegExp | undefined, lost: false }
  const faults: Faults = ({ operation, path }) =>
    operation === "documents.write" && broken.write?.test(path) === true
      ? broken.lost
        ? { failAfter: true }
        : { failBefore: true }
      : undefined
  return { store: interposed(store, injecting(faults)), broken }
})

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

describe("proposals, access", () => {
  it.effect("authors and writers change a proposal, others take part in it, strangers see nothing", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      yield* propose(hub, repository)
      const edit = Effect.fnUntraced(function* (by: Principal, title: string) {
        const open = yield* asking(hub, repository, by)
        return yield* at(hub)(editProposal(open, number(1), { title: ProposalTitle.make(title) }))
      })
      for (const refused of [Effect.flip(edit(dora, "Mine")), Effect.flip(close(hub, repository, 1, dora))]) {
        assert.deepInclude(yield* refused, { _tag: "Forbidden" })
      }
      assertSays(yield* edit(bob, "By its author"), { title: "By its author", body: aBody })
      assert.strictEqual((yield* edit(carol, "By a writer")).title, "By a writer")
      yield* close(hub, repository, 1, bob)
      assert.deepInclude(yield* Effect.flip(reopen(hub, repository, 1, dora)), { _tag: "Forbidden" })
      assert.strictEqual((yield* edit(carol, "Once closed")).state, "closed")
      assert.deepStrictEqual(
        (yield* listed(hub, repository)).map(({ title }) => title),
        ["Once closed"]
      )
      const comment = yield* at(hub)(
        commentOnProposal(yield* asking(hub, repository, dora), number(1), Discourse.make("A pity."))
      )
      assertSays(comment, { id: 1, by: dora.user, body: "A pity." })
      yield* changeRoot(hub, repository, (root) => ({ repository: { ...root.repository, visibility: "private" } }))
      assert.deepInclude(yield* Effect.flip(asking(hub, repository, dora)), { _tag: "RepositoryUnknown" })
    })
  )

  it.effect("reopening checks access again, so a right revoked in between does not apply to the newer root", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      yield* propose(hub, repository)
      yield* close(hub, repository)
      const early = yield* asking(hub, repository, bob)
      yield* changeRoot(hub, repository, (root) => ({ repository: { ...root.repository, visibility: "private" } }))
      const refused = yield* Effect.flip(at(hub)(reopenProposal(early, number(1))))
      assert.deepInclude(refused, { _tag: "RepositoryUnknown" })
      assertSays(yield* show(hub, repository), { state: "closed" })
    })
  )

  it.effect("an edit that changes nothing writes nothing", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      const { revision } = yield* propose(hub, repository)
      const same = yield* at(hub)(
        editProposal(yield* asking(hub, repository), number(1), { title: aTitle, body: aBody })
      )
      assert.strictEqual(same.revision, revision)
      const cleared = yield* at(hub)(
        editProposal(yield* asking(hub, repository), number(1), { body: Discourse.make("") })
      )
      assertSays(cleared, { revision: revision + 1, title: aTitle, body: "" })
    })
  )

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
      assert.deepStrictEqual(countingApprovals(root, proposal, head, { names: new Set(contributors) }), approvals)
      assert.deepStrictEqual(changesRequestedBy(root, proposal, head), objections)
      assert.deepStrictEqual(countingApprovals(root, proposal, null, noContributors), [])
    })
  }
})

describe("proposals, limits", () => {
  it.effect("a conversation is limited, and a full one can still be closed", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      yield* propose(hub, repository)
      const open = yield* asking(hub, repository)
      const long = Discourse.make("x".repeat(65_536))
      const say = at(hub)(commentOnProposal(open, number(1), long))
      const whole = Math.floor(conversationBytesMax / 65_536) - 1
      const comments = yield* Effect.replicateEffect(say, whole)
      assert.deepStrictEqual(
        comments.map(({ id }) => id),
        Array.from({ length: whole }, (_, place) => place + 1)
      )
      for (const refused of [
        Effect.flip(say),
        Effect.flip(at(hub)(reviewProposal(open, number(1), { verdict: "approve", body: long }))),
        Effect.flip(at(hub)(editProposal(open, number(1), { body: long })))
      ]) {
        const full = yield* refused
        assert.deepInclude(full, { _tag: "ProposalRefused", reason: "the conversation is full" })
      }
      assert.strictEqual((yield* close(hub, repository)).comments.length, whole)
    })
  )

  it.effect("text may contain any Unicode character", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      const odd =
        'NUL \0, bell \u{7}, "quotes\\", \u{2028}, \u{feff}, \u{1f9d1}\u{200d}\u{1f3a4}, e\u{301}, \u{202e}rtl'
      yield* propose(hub, repository, { title: odd })
      const open = yield* asking(hub, repository)
      yield* at(hub)(commentOnProposal(open, number(1), Discourse.make(`${odd}\n`)))
      const shown = yield* show(hub, repository)
      assert.strictEqual(shown.title, odd)
      assert.strictEqual(shown.comments[0]?.body, `${odd}\n`)
      assert.deepStrictEqual(
        (yield* listed(hub, repository)).map(({ title }) => title),
        [odd]
      )
    })
  )

  it.effect("a repository has a limit of open proposals", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      yield* changeRoot(hub, repository, () => ({
        proposals: {
          last: openProposalsMax,
          open: Array.from({ length: openProposalsMax }, (_, place) => ({
            number: number(place + 1),
            from: BranchName.make(`topic-${place}`),
            to: BranchName.make("main")
          }))
        }
      }))
      assert.deepInclude(yield* Effect.flip(propose(hub, repository)), { _tag: "ProposalRefused" })
    })
  )
})

describe("proposals, concurrent callers", () => {
  it.effect("fifty openings at two hubs get fifty numbers, each with its own text", () =>
    forSeeds(3, (seed) =>
      Effect.gen(function* () {
        const store = yield* memoryStore
        const first = yield* world({ store })
        const jittery = interposed(store, injecting(random(seed, { other: { turnsMax: 5 } })))
        const hubs = [
          yield* startHub({ store: jittery, index: first.hub.index }),
          yield* startHub({ store: jittery, index: first.hub.index })
        ]
        const names = Array.from({ length: 50 }, (_, place) => `topic-${place}`)
        yield* changeRoot(first.hub, first.repository, (root) => ({
          heads: names.reduce<Root["heads"]>(
            (heads, name) => withPair(heads, BranchName.make(name), b.commit.id),
            root.heads
          )
        }))
        const opened = yield* whileTimePasses(
          Effect.forEach(
            names,
            (from, place) => propose(hubs[place % 2] ?? first.hub, first.repository, { from, title: `From ${from}` }),
            { concurrency: "unbounded" }
          )
        )
        assert.strictEqual(new Set(opened.map((proposal) => proposal.number)).size, 50)
        const { root } = yield* openedFor(first.hub, first.repository, ada, "read")
        assert.strictEqual(root.value.proposals.open.length, 50)
        for (const { from, number: value } of root.value.proposals.open) {
          assertSays(yield* document(first.hub, first.repository, value), { title: `From ${from}`, from })
        }
        for (const state of ["open", undefined] as const) {
          const rows = yield* listed(first.hub, first.repository, state, { limit: 7 })
          assert.deepStrictEqual(
            rows.map(({ from, number: value }) => [value, from]),
            root.value.proposals.open.map(({ from, number: value }) => [value, from]).toReversed()
          )
        }
      })
    )
  )

  it.effect("opens one of several equal proposals sent at once, and keeps its text", () =>
    forSeeds(10, (seed) =>
      Effect.gen(function* () {
        const store = yield* memoryStore
        const { hub, repository } = yield* world({ store })
        const jittery = interposed(store, injecting(random(seed, { other: { turnsMax: 5 } })))
        const hubs = [
          yield* startHub({ store: jittery, index: hub.index }),
          yield* startHub({ store: jittery, index: hub.index })
        ]
        const outcomes = yield* whileTimePasses(
          Effect.forEach([0, 1, 2, 3, 4, 5], (place) => Effect.result(propose(hubs[place % 2] ?? hub, repository)), {
            concurrency: "unbounded"
          })
        )
        const failures = outcomes.flatMap((outcome) => (outcome._tag === "Failure" ? [outcome.failure._tag] : []))
        const { root } = yield* openedFor(hub, repository, ada, "read")
        const [entry, ...others] = root.value.proposals.open
        assert(entry !== undefined)
        assert.deepStrictEqual(others, [])
        // Two of them may have written the same document, byte for byte, and only the root tells them apart.
        assert.deepStrictEqual(
          failures,
          Array.from({ length: 5 }, () => "ProposalExists")
        )
        assertSays(yield* show(hub, repository, entry.number), { state: "open", title: aTitle })
        // The refused ones take at most numbers, and are never shown.
        const next = yield* propose(hub, repository, { from: "other" })
        for (let value = 1; value <= next.number; value++) {
          if (value === entry.number || value === next.number) continue
          assert.deepInclude(yield* Effect.flip(show(hub, repository, value)), { _tag: "ProposalUnknown" })
          assert.isUndefined(yield* document(hub, repository, value))
        }
        assert.deepStrictEqual(
          (yield* listed(hub, repository)).map(({ number: value }) => value),
          [next.number, entry.number]
        )
      })
    )
  )

  it.effect("an opening that a later number overtakes gets a new number, and its first document is deleted", () =>
    Effect.gen(function* () {
      const store = yield* memoryStore
      const { hub, repository } = yield* world({ store })
      let overtaken = false
      const overtaking = Effect.suspend(() => {
        overtaken = true
        return Effect.orDie(Effect.asVoid(propose(hub, repository, { from: "other" })))
      })
      const slow = interposed(
        store,
        injecting(({ operation, path }) =>
          operation === "documents.write" && proposalPath.test(path) && !overtaken
            ? { afterwards: overtaking }
            : undefined
        )
      )
      const late = yield* whileTimePasses(propose(yield* startHub({ store: slow, index: hub.index }), repository))
      assert.strictEqual(late.number, 3)
      assert.isUndefined(yield* document(hub, repository, 1))
      assert.deepStrictEqual((yield* listed(hub, repository)).map(brief), ["3 open feature→main", "2 open other→main"])
    })
  )

  it.effect("skips a long run of orphaned documents, and deletes each when it is read", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      const { number: first, ...proposal } = yield* propose(hub, repository)
      for (let orphan = first + 1; orphan <= 100; orphan++) {
        const bytes = proposalCodec.encode({ ...proposal, number: number(orphan) })
        const key = { kind: "proposal", repository: repository.id, number: orphan } as const
        yield* hub.store.documents.write(key, bytes, { _tag: "Absent" })
      }
      const { number: next } = yield* propose(hub, repository, { from: "other" })
      assert.isAbove(next, 100)
      const open = yield* openedFor(withoutIndex(hub), repository, ada, "read")
      const rows = yield* at(hub)(listProposals(open, {}, { limit: 100 }))
      assert.deepStrictEqual(rows.items.map(brief), [`${next} open other→main`, "1 open feature→main"])
      const left = yield* hub.store.documents.list({ kind: "proposal", repository: repository.id }, { limit: 100 })
      assert.deepStrictEqual(left.items.map(Number), [1, next])
    })
  )

  it.effect("keeps all comments and reviews sent at once, under ids of their own", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      yield* propose(hub, repository)
      const open = yield* asking(hub, repository, carol)
      const texts = Array.from({ length: 10 }, (_, place) => `comment ${place}`)
      const comments = yield* whileTimePasses(
        Effect.forEach(texts, (text) => at(hub)(commentOnProposal(open, number(1), Discourse.make(text))), {
          concurrency: 3
        })
      )
      const shown = yield* show(hub, repository)
      assert.deepStrictEqual(
        shown.comments.map(({ id }) => id),
        texts.map((_, place) => place + 1)
      )
      for (const comment of comments) assertSays(shown.comments[comment.id - 1], { ...comment })
    })
  )
})

describe("proposals, when the hub stops", () => {
  it.effect("a document that the root does not name is no proposal, and is deleted once its number is passed", () =>
    Effect.gen(function* () {
      const { store, broken } = yield* faulty()
      const { hub, repository } = yield* world({ store })
      broken.write = rootPath
      assert.deepInclude(yield* Effect.flip(whileTimePasses(propose(hub, repository))), { _tag: "StoreUnavailable" })
      broken.write = undefined
      assert.isDefined(yield* document(hub, repository))
      assert.deepInclude(yield* Effect.flip(show(hub, repository)), { _tag: "ProposalUnknown" })
      assert.deepStrictEqual(yield* listed(hub, repository), [])
      // Its sender may still name its number in the root, so it stays until a later number is named.
      assert.isDefined(yield* document(hub, repository))
      assert.strictEqual((yield* propose(hub, repository)).number, 2)
      const empty = yield* startHub({ store })
      assert.deepStrictEqual((yield* listed(empty, repository)).map(brief), ["2 open feature→main"])
      assert.deepInclude(yield* Effect.flip(show(hub, repository)), { _tag: "ProposalUnknown" })
      assert.isUndefined(yield* document(hub, repository))
      const unseen = yield* Effect.flip(
        at(hub)(commentOnProposal(yield* asking(hub, repository), number(1), Discourse.make("hello?")))
      )
      assert.strictEqual(unseen._tag, "ProposalUnknown")
    })
  )

  it.effect("an opening whose answer was lost is open", () =>
    Effect.gen(function* () {
      const { store, broken } = yield* faulty()
      const { hub, repository } = yield* world({ store })
      Object.assign(broken, { write: proposalPath, lost: true })
      assert.strictEqual((yield* propose(hub, repository)).number, 1)
      broken.write = rootPath
      assert.strictEqual((yield* whileTimePasses(propose(hub, repository, { from: "other" }))).number, 2)
    })
  )

  const ends: ReadonlyArray<readonly [ProposalState, MergeStrategy | undefined]> = [
    ["closed", undefined],
    ["merged", "merge_commit"],
    ["merged", "squash"],
    ["merged", "rebase"],
    ["merged", "fast_forward_only"]
  ]
  for (const [state, strategy] of ends) {
    it.effect(`a ${strategy ?? "close"} that its document lacks is found in the roots' history`, () =>
      Effect.gen(function* () {
        const { store, broken } = yield* faulty()
        const { hub, repository } = yield* world({ store })
        const from = strategy === "rebase" ? "other" : "feature"
        if (strategy === "rebase") yield* pushSteps(hub, repository, "main", [b])
        yield* propose(hub, repository, { from })
        yield* at(hub)(renameBranch(yield* openedFor(hub, repository, ada, "write"), from, "renamed"))
        broken.write = proposalPath
        const before = (yield* openedFor(hub, repository, ada, "read")).root.value
        const head = (root: Root, branch: string) => root.heads.find(([name]) => name === branch)?.[1]
        if (strategy === undefined) assert.strictEqual((yield* close(hub, repository)).state, "closed")
        else yield* merge(hub, repository, strategy)
        assertSays(yield* document(hub, repository), { state: "open", revision: 0 })
        // Further changes, so that finding it takes a walk.
        for (const each of ["one", "two", "three"])
          yield* protect(hub, repository, each, { approvals: 0, selfApproval: true })
        assert.strictEqual((yield* show(hub, repository)).state, state)
        broken.write = undefined
        const brought = `1 ${state} renamed→main`
        const lists = yield* Effect.forEach([state, undefined], (filter) => listed(hub, repository, filter))
        assert.deepStrictEqual(
          lists.map((rows) => rows.map(brief)),
          [[brought], [brought]]
        )
        assert.deepStrictEqual(yield* listed(hub, repository, "open"), [])
        const told = yield* document(hub, repository)
        assertSays(told, { state, revision: 1, from: "renamed" })
        const after = (yield* openedFor(hub, repository, ada, "read")).root.value
        if (strategy === undefined) assert.isNull(told?.merged)
        else {
          assertSays(told?.merged, {
            strategy,
            commit: head(after, "main"),
            fromHead: head(before, "renamed"),
            toHead: head(before, "main"),
            by: ada.user
          })
        }
      })
    )
  }

  it.effect("a reopening that its document lacks counts, and so does the merge after it", () =>
    Effect.gen(function* () {
      const { store, broken } = yield* faulty()
      const { hub, repository } = yield* world({ store })
      yield* propose(hub, repository)
      yield* close(hub, repository)
      broken.write = proposalPath
      assert.strictEqual((yield* reopen(hub, repository)).state, "open")
      assertSays(yield* document(hub, repository), { state: "closed" })
      assert.strictEqual((yield* show(hub, repository)).state, "open")
      broken.write = undefined
      assert.deepStrictEqual((yield* listed(hub, repository, "open")).map(brief), ["1 open feature→main"])
      assertSays(yield* document(hub, repository), { state: "open" })
      yield* merge(hub, repository)
      assert.strictEqual((yield* show(hub, repository)).state, "merged")
    })
  )

  it.effect("a merged proposal stays merged when the write of an earlier closing comes late", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      const { from, to } = yield* propose(hub, repository)
      yield* merge(hub, repository)
      const late = yield* asking(hub, repository)
      yield* at(hub)(settleProposal(late, number(1), { state: "closed", merged: null, from, to }))
      assert.strictEqual((yield* show(hub, repository)).state, "merged")
    })
  )

  it.effect("a document that is ahead of a stale root is not reverted", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      yield* propose(hub, repository)
      yield* close(hub, repository)
      const early = yield* openedFor(hub, repository, ada, "read")
      yield* reopen(hub, repository)
      const before = yield* document(hub, repository)
      assert.strictEqual((yield* at(hub)(findProposal(early, number(1)))).state, "open")
      assert.deepStrictEqual(yield* document(hub, repository), before)
    })
  )

  it.effect("the next list adds rows that the index missed", () =>
    Effect.gen(function* () {
      const index = yield* memoryIndex
      let away = false
      const forgetful: WholeIndex = {
        ...index,
        recordProposal: (proposal) =>
          away
            ? Effect.fail(
                new IndexUnavailable({ operation: "recordProposal", reason: new Fault({ cause: "injected" }) })
              )
            : index.recordProposal(proposal)
      }
      const { hub, repository } = yield* world({ index: forgetful })
      yield* propose(hub, repository)
      away = true
      yield* close(hub, repository)
      yield* propose(hub, repository, { from: "other" })
      away = false
      assert.deepStrictEqual((yield* listed(hub, repository, "closed")).map(brief), ["1 closed feature→main"])
      assert.deepStrictEqual((yield* listed(hub, repository)).map(brief), [
        "2 open other→main",
        "1 closed feature→main"
      ])
    })
  )

  it.effect("a hub with an empty index, or none, lists the same", () =>
    Effect.gen(function* () {
      const store = yield* memoryStore
      const { hub, repository } = yield* world({ store })
      yield* propose(hub, repository)
      yield* propose(hub, repository, { from: "other" })
      yield* close(hub, repository, 2)
      for (let value = 3; value <= 40; value++) {
        yield* propose(hub, repository, { from: "other", title: `The ${value}th` })
        yield* close(hub, repository, value)
      }
      yield* merge(hub, repository)
      yield* propose(hub, repository, { from: "other", to: "feature" })
      const empty = yield* startHub({ store })
      for (const state of ["open", "closed", "merged", undefined] as const) {
        const expected = yield* listed(hub, repository, state)
        assert.deepStrictEqual(
          expected.map(({ number: value }) => value),
          expected.map(({ number: value }) => value).toSorted((x, y) => y - x)
        )
        assert.isAbove(expected.length, 0)
        assert.deepStrictEqual(yield* listed(empty, repository, state), expected)
        for (const limit of [1, 7, 16, 20]) {
          assert.deepStrictEqual(yield* listed(hub, repository, state, { limit }), expected)
          assert.deepStrictEqual(yield* listed(hub, repository, state, { limit, indexed: false }), expected)
        }
      }
      // A list that started with the index continues without it, and the other way round.
      const open = yield* openedFor(hub, repository, ada, "read")
      const storeAlone = yield* openedFor(withoutIndex(hub), repository, ada, "read")
      const whole = (yield* listed(hub, repository)).map(({ number: value }) => value)
      for (const [one, other] of [[open, storeAlone] as const, [storeAlone, open] as const]) {
        const first = yield* at(hub)(listProposals(one, {}, { limit: 10 }))
        const after = Option.getOrUndefined(first.next)
        const rest = yield* at(hub)(listProposals(other, {}, { after, limit: 100 }))
        assert.deepStrictEqual(
          [...first.items, ...rest.items].map(({ number: value }) => value),
          whole
        )
      }
      const nonsense = yield* at(hub)(listProposals(open, {}, { after: "'; drop", limit: 10 }))
      assert.deepStrictEqual(nonsense, { items: [], next: Option.none() })
    })
  )
})

describe("the roots' history", () => {
  it.effect("returns every root, newest first, and detects a copy that is missing or another's", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      for (let turn = 0; turn < 40; turn++) {
        yield* protect(hub, repository, "main", { approvals: turn % 3, selfApproval: true })
      }
      const { root } = yield* openedFor(hub, repository, ada, "read")
      const walk = at(hub)(Stream.runCollect(rootsBackFrom(root.value)))
      assert.deepStrictEqual(yield* walk, (yield* chainOf(hub.store, repository.id)).toReversed())
      const key = { kind: "history", repository: repository.id, sequence: 20 } as const
      assert.match(documentPath(key), historyPath)
      const neighbour = yield* hub.store.documents.read({ ...key, sequence: 21 })
      assert(neighbour._tag === "Found")
      yield* hub.store.documents.write(key, neighbour.document.bytes, { _tag: "Any" })
      assert.deepInclude(yield* Effect.flip(walk), { _tag: "ObjectCorrupt", key: documentPath(key) })
      yield* hub.store.documents.delete(key)
      assert.deepInclude(yield* Effect.flip(walk), { _tag: "ObjectCorrupt", key: documentPath(key) })
      // A walk that ends before it does not fail.
      const recent = yield* at(hub)(Stream.runCollect(rootsBackFrom(root.value).pipe(Stream.take(5))))
      assert.strictEqual(recent.length, 5)
    })
  )
})
