/** Merging proposals, strategy by strategy, in memory: what is made, what is refused, and what is left behind. */
import { assert, describe, it } from "@effect/vitest"
import { readBlob, readCommit, readSnapshot } from "@musehub/domain/invariant/ObjectReader"
import { commitIdOf } from "@musehub/domain/object/Commit"
import type { CommitId } from "@musehub/domain/object/Id"
import { Discourse, type MergeStrategy, ProposalTitle } from "@musehub/domain/repository/Proposal"
import type { Repository } from "@musehub/domain/repository/Root"
import { protectBranch } from "@musehub/domain/usecase/branches/protectBranch"
import { mergeProposal, type MergeRequest } from "@musehub/domain/usecase/merges/mergeProposal"
import { openProposal } from "@musehub/domain/usecase/proposals/openProposal"
import { previewMerge } from "@musehub/domain/usecase/merges/previewMerge"
import { reviewProposal } from "@musehub/domain/usecase/proposals/reviewProposal"
import { setCollaborator } from "@musehub/domain/usecase/repositories/collaborators"
import { showProposal } from "@musehub/domain/usecase/proposals/showProposal"
import { ensureUser } from "@musehub/domain/usecase/people/tokens"
import { Effect } from "effect"
import {
  ada,
  assertRowsTellTheTruth,
  at,
  bob,
  clone,
  headsOf,
  newRepository,
  opened,
  openedFor,
  pushSteps,
  startHub,
  type Step,
  step,
  storedIds,
  type TestHub,
  textBlob
} from "../support/hubSamples.ts"

const base = { "song.txt": "one\ntwo\nthree\n", "notes.txt": "n\n", "old.txt": "old\n" }

/** Two branches from one base, and an open proposal from `topic` to `main`. */
const proposed = Effect.fnUntraced(function* (
  main: ReadonlyArray<{ readonly [path: string]: string }>,
  topic: ReadonlyArray<{ readonly [path: string]: string }>,
  start: { readonly [path: string]: string } = base
) {
  const hub = yield* startHub()
  const repository = yield* newRepository(hub)
  const root = step("base", start)
  const chain = (name: string, trees: typeof topic) =>
    trees.reduce<ReadonlyArray<Step>>(
      (steps, files, place) => [...steps, step(`${name} ${place}`, files, [steps.at(-1) ?? root], { branch: name })],
      []
    )
  const ours = chain("main", main)
  const theirs = chain("topic", topic)
  yield* pushSteps(hub, repository, "main", [root, ...ours])
  yield* pushSteps(hub, repository, "topic", theirs)
  const proposal = yield* at(hub)(
    openProposal(yield* openedFor(hub, repository, ada, "participate"), {
      title: ProposalTitle.make("A new verse"),
      body: Discourse.make(""),
      from: "topic",
      to: "main"
    })
  )
  return { hub, repository, root, ours, theirs, number: proposal.number }
})

const merge = Effect.fnUntraced(function* (
  hub: TestHub,
  repository: Repository,
  number: Effect.Success<ReturnType<typeof proposed>>["number"],
  request: MergeRequest
) {
  return yield* at(hub)(mergeProposal(yield* opened(hub, repository), number, request))
})

const filesOf = Effect.fnUntraced(function* (hub: TestHub, repository: Repository, id: CommitId) {
  const { commit } = yield* at(hub)(readCommit(repository.id, id))
  const { snapshot } = yield* at(hub)(readSnapshot(repository.id, commit.snapshotId))
  const files: Record<string, string> = {}
  for (const [path, blob] of snapshot.manifest) {
    files[path] = new TextDecoder().decode(yield* at(hub)(readBlob(repository.id, blob)))
  }
  return { commit, files }
})

/** Both sides change different lines of the song; the topic adds and removes a file. */
const diverged = () =>
  proposed(
    [{ ...base, "song.txt": "ONE\ntwo\nthree\n" }],
    [
      { ...base, "song.txt": "one\ntwo\nTHREE\n" },
      { "song.txt": "one\ntwo\nTHREE\n", "notes.txt": "n\n", "new.txt": "new\n" }
    ]
  )
const merged = { "song.txt": "ONE\ntwo\nTHREE\n", "notes.txt": "n\n", "new.txt": "new\n" }

const strategies: ReadonlyArray<MergeStrategy> = ["merge_commit", "squash", "rebase"]

describe("merging a proposal", () => {
  for (const strategy of strategies) {
    it.effect(`by ${strategy} joins both sides, and stores everything before the branch moves`, () =>
      Effect.gen(function* () {
        const { hub, repository, ours, theirs, number } = yield* diverged()
        const answer = yield* merge(hub, repository, number, { strategy })
        assert.strictEqual((yield* headsOf(hub, repository))["main"], answer.mergeCommitId)
        assert.strictEqual((yield* headsOf(hub, repository))["topic"], theirs[1]?.commit.id, "the branch stays")
        const { commit, files } = yield* filesOf(hub, repository, answer.mergeCommitId)
        assert.deepStrictEqual(files, merged)
        assert.strictEqual(commit.snapshotId, answer.snapshotId)
        assert.strictEqual(commit.record.metadata["proposal"], String(number))
        assert.strictEqual(commit.record.metadata["merge_strategy"], strategy)
        const { message, committed_at: committedAt } = commit.record
        assert.strictEqual(
          commit.id,
          commitIdOf({ parents: commit.parents, snapshotId: commit.snapshotId, message, committedAt }),
          "the id is the one that the client computes"
        )
        const [head] = ours.map((each) => each.commit.id)
        const parents: { readonly [S in MergeStrategy]: ReadonlyArray<CommitId | undefined> } = {
          merge_commit: [head, theirs[1]?.commit.id],
          squash: [head],
          rebase: [answer.commits[0]],
          fast_forward_only: []
        }
        assert.deepStrictEqual<ReadonlyArray<CommitId | undefined>>(commit.parents, parents[strategy])
        const cloned = yield* clone(hub, repository, [answer.mergeCommitId])
        for (const id of answer.commits) assert.include(cloned.commits, id)
        yield* assertRowsTellTheTruth(hub, repository.id)

        const shown = yield* at(hub)(showProposal(yield* openedFor(hub, repository, null, "read"), number))
        assert.strictEqual(shown.state, "merged")
        assert.strictEqual(shown.merged?.commit, answer.mergeCommitId)
        const again = yield* Effect.flip(merge(hub, repository, number, { strategy }))
        assert.strictEqual(again._tag, "ProposalNotOpen")
      })
    )
  }

  it.effect("by rebase makes each commit anew, with its own message and author, and drops those already there", () =>
    Effect.gen(function* () {
      const { hub, repository, ours, theirs, number } = yield* proposed(
        [{ ...base, "song.txt": "ONE\ntwo\nthree\n" }],
        [
          { ...base, "song.txt": "ONE\ntwo\nthree\n" },
          { ...base, "song.txt": "ONE\ntwo\nthree\n", "new.txt": "new\n" }
        ]
      )
      const answer = yield* merge(hub, repository, number, { strategy: "rebase" })
      assert.lengthOf(answer.commits, 1)
      const { commit } = yield* filesOf(hub, repository, answer.mergeCommitId)
      assert.deepStrictEqual<ReadonlyArray<CommitId | undefined>>(commit.parents, [ours[0]?.commit.id])
      assert.strictEqual(commit.record.message, "topic 1")
      assert.strictEqual(commit.record.author, "ada")
      assert.strictEqual(commit.record.metadata["rebased_from"], theirs[1]?.commit.id)
    })
  )

  it.effect("by rebase or fast_forward_only moves the target to a history ahead of it, unchanged", () =>
    Effect.gen(function* () {
      for (const strategy of ["rebase", "fast_forward_only"] as const) {
        const { hub, repository, theirs, number } = yield* proposed([], [{ ...base, "new.txt": "new\n" }])
        const answer = yield* merge(hub, repository, number, { strategy })
        assert.strictEqual(answer.mergeCommitId, theirs[0]?.commit.id)
        assert.deepStrictEqual(answer.commits, [])
        assert.strictEqual((yield* headsOf(hub, repository))["main"], theirs[0]?.commit.id)
      }
    })
  )

  it.effect("by fast_forward_only refuses a target with commits of its own", () =>
    Effect.gen(function* () {
      const { hub, repository, number } = yield* diverged()
      const refused = yield* Effect.flip(merge(hub, repository, number, { strategy: "fast_forward_only" }))
      assert.strictEqual(refused._tag, "FastForwardImpossible")
    })
  )

  it.effect("refuses conflicts with path, kind and the three blobs, and writes nothing", () =>
    Effect.gen(function* () {
      for (const strategy of strategies) {
        const { hub, repository, ours, number } = yield* proposed(
          [{ "song.txt": "ours\n", "notes.txt": "n\n", "added.txt": "a\n" }],
          [{ "song.txt": "theirs\n", "notes.txt": "n\n", "added.txt": "b\n", "old.txt": "changed\n" }]
        )
        const before = yield* storedIds(hub.store, repository.id)
        const refused = yield* Effect.flip(merge(hub, repository, number, { strategy }))
        assert(refused._tag === "MergeConflicts")
        const blob = (text: string) => textBlob(text).id
        assert.deepStrictEqual(
          refused.conflicts.map(({ path, kind, base, ours, theirs }) => ({ path, kind, base, ours, theirs })),
          [
            { path: "added.txt", kind: "added_added", base: null, ours: blob("a\n"), theirs: blob("b\n") },
            {
              path: "old.txt",
              kind: "modified_deleted",
              base: blob("old\n"),
              ours: null,
              theirs: blob("changed\n")
            },
            {
              path: "song.txt",
              kind: "both_modified",
              base: blob(base["song.txt"]),
              ours: blob("ours\n"),
              theirs: blob("theirs\n")
            }
          ]
        )
        assert.deepStrictEqual(yield* storedIds(hub.store, repository.id), before)
        assert.strictEqual((yield* headsOf(hub, repository))["main"], ours[0]?.commit.id)
        const open = yield* openedFor(hub, repository, null, "read")
        const preview = yield* at(hub)(previewMerge(open, number))
        assert.strictEqual(preview.outcome, "conflicted")
        assert.deepStrictEqual(preview.conflicts, refused.conflicts)
      }
    })
  )

  it.effect("previews its result", () =>
    Effect.gen(function* () {
      const { hub, repository, number } = yield* diverged()
      const before = yield* storedIds(hub.store, repository.id)
      const open = yield* openedFor(hub, repository, null, "read")
      const preview = yield* at(hub)(previewMerge(open, number))
      assert.strictEqual(preview.outcome, "merged")
      assert.deepStrictEqual(yield* storedIds(hub.store, repository.id), before)
      const answer = yield* merge(hub, repository, number, { strategy: "merge_commit" })
      assert.strictEqual(preview.snapshotId, answer.snapshotId)
    })
  )

  it.effect("follows the rules of .museattributes at the target", () =>
    Effect.gen(function* () {
      const rules = '[[rules]]\npath = "song.txt"\ndimension = "*"\nstrategy = "theirs"\n'
      const start = { ...base, ".museattributes": rules }
      const { hub, repository, number } = yield* proposed(
        [{ ...start, "song.txt": "ours\n" }],
        [{ ...start, "song.txt": "theirs\n" }],
        start
      )
      const answer = yield* merge(hub, repository, number, { strategy: "merge_commit" })
      const { files } = yield* filesOf(hub, repository, answer.mergeCommitId)
      assert.strictEqual(files["song.txt"], "theirs\n")
    })
  )

  it.effect("refuses rules that do not parse, and names line and column", () =>
    Effect.gen(function* () {
      const start = { ...base, ".museattributes": "[[rules]]\npath = \n" }
      const { hub, repository, number } = yield* proposed([{ ...start, a: "1" }], [{ ...start, b: "2" }], start)
      const refused = yield* Effect.flip(merge(hub, repository, number, { strategy: "squash" }))
      assert(refused._tag === "AttributesRefused")
      assert.strictEqual(refused.line, 2)
    })
  )

  it.effect("refuses what the target already has, a head other than the expected one, and a deleted branch", () =>
    Effect.gen(function* () {
      const { hub, repository, root, number, theirs } = yield* diverged()
      const moved = yield* Effect.flip(merge(hub, repository, number, { strategy: "squash", expect: root.commit.id }))
      assert.strictEqual(moved._tag, "HeadMoved")
      yield* merge(hub, repository, number, { strategy: "merge_commit", expect: theirs[1]?.commit.id })
      const second = yield* at(hub)(
        openProposal(yield* openedFor(hub, repository, ada, "participate"), {
          title: ProposalTitle.make("again"),
          body: Discourse.make(""),
          from: "topic",
          to: "main"
        })
      )
      const nothing = yield* Effect.flip(merge(hub, repository, second.number, { strategy: "merge_commit" }))
      assert.strictEqual(nothing._tag, "NothingToMerge")
    })
  )

  it.effect("waits for the approvals of the present head that a protected target needs", () =>
    Effect.gen(function* () {
      const { hub, repository, number, theirs } = yield* diverged()
      yield* at(hub)(ensureUser(bob.user))
      yield* at(hub)(setCollaborator(yield* openedFor(hub, repository, ada, "admin"), bob.user, "write"))
      yield* at(hub)(
        protectBranch(yield* openedFor(hub, repository, ada, "admin"), "main", { approvals: 1, selfApproval: false })
      )
      const missing = yield* Effect.flip(merge(hub, repository, number, { strategy: "squash" }))
      assert(missing._tag === "ApprovalsMissing")
      assert.deepStrictEqual([missing.given, missing.needed], [0, 1])
      const own = yield* Effect.flip(
        at(hub)(
          reviewProposal(yield* openedFor(hub, repository, ada, "participate"), number, {
            verdict: "approve",
            body: Discourse.make("")
          })
        )
      )
      assert.strictEqual(own._tag, "Forbidden")
      const approve = Effect.gen(function* () {
        const open = yield* openedFor(hub, repository, bob, "participate")
        yield* at(hub)(reviewProposal(open, number, { verdict: "approve", body: Discourse.make("") }))
      })
      yield* approve
      const tip = step("more", { ...merged, "more.txt": "m" }, theirs.slice(-1))
      yield* pushSteps(hub, repository, "topic", [tip])
      const stale = yield* Effect.flip(merge(hub, repository, number, { strategy: "squash" }))
      assert.strictEqual(stale._tag, "ApprovalsMissing", "an approval of another head does not count")
      yield* approve
      yield* merge(hub, repository, number, { strategy: "squash" })
    })
  )

  it.effect("merges again when the target moves meanwhile, and loses nothing", () =>
    Effect.gen(function* () {
      const { hub, repository, ours, number } = yield* diverged()
      const open = yield* opened(hub, repository)
      const later = step("meanwhile", { ...base, "song.txt": "ONE\ntwo\nthree\n", "late.txt": "late\n" }, ours)
      yield* pushSteps(hub, repository, "main", [later])
      const answer = yield* at(hub)(mergeProposal(open, number, { strategy: "merge_commit" }))
      const { commit, files } = yield* filesOf(hub, repository, answer.mergeCommitId)
      assert.strictEqual(commit.parents[0], later.commit.id)
      assert.deepStrictEqual(files, { ...merged, "late.txt": "late\n" })
    })
  )

  it.effect("happens once when many callers merge one proposal at once", () =>
    Effect.gen(function* () {
      const { hub, repository, number } = yield* diverged()
      const open = yield* opened(hub, repository)
      const outcomes = yield* Effect.forEach(
        Array.from({ length: 8 }, (_, place) => strategies[place % strategies.length] ?? "squash"),
        (strategy) => Effect.result(at(hub)(mergeProposal(open, number, { strategy }))),
        { concurrency: "unbounded" }
      )
      const won = outcomes.flatMap((outcome) => (outcome._tag === "Success" ? [outcome.success] : []))
      const lost = outcomes.flatMap((outcome) => (outcome._tag === "Failure" ? [outcome.failure._tag] : []))
      assert.lengthOf(won, 1)
      assert.deepStrictEqual([...new Set(lost)], ["ProposalNotOpen"])
      assert.strictEqual((yield* headsOf(hub, repository))["main"], won[0]?.mergeCommitId)
    })
  )
})
