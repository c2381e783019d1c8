/** Nobody passes their own work: an approval does not count from the users who wrote or brought what is new. */
import { assert, describe, it } from "@effect/vitest"
import { Discourse, type ProposalNumber, ProposalTitle } from "@musehub/domain/repository/Proposal"
import type { Repository } from "@musehub/domain/repository/Root"
import { createBranch } from "@musehub/domain/usecase/branches/createBranch"
import { deleteBranch } from "@musehub/domain/usecase/branches/deleteBranch"
import { protectBranch } from "@musehub/domain/usecase/branches/protectBranch"
import { restoreBranch } from "@musehub/domain/usecase/branches/restoreBranch"
import { commitFiles } from "@musehub/domain/usecase/commits/commitFiles"
import { mergeProposal } from "@musehub/domain/usecase/merges/mergeProposal"
import { ensureUser } from "@musehub/domain/usecase/people/tokens"
import { openProposal } from "@musehub/domain/usecase/proposals/openProposal"
import { reviewProposal } from "@musehub/domain/usecase/proposals/reviewProposal"
import { showProposal } from "@musehub/domain/usecase/proposals/showProposal"
import { setCollaborator } from "@musehub/domain/usecase/repositories/collaborators"
import type { Principal } from "@musehub/domain/usecase/access/policy"
import { commitsReadMax, rootsReadMax } from "@musehub/domain/usecase/proposals/approval/contributors"
import { Roots } from "@musehub/domain/invariant/Roots"
import { Effect } from "effect"
import { callCount, historyPath } from "../../support/countingStore.ts"
import { interposed } from "../../support/interposedStore.ts"
import { memoryStore } from "../support/rootSamples.ts"
import {
  ada,
  at,
  bob,
  newRepository,
  opened,
  openedFor,
  person,
  pushSteps,
  startHub,
  step,
  type TestHub
} from "../support/hubSamples.ts"

const carol = person("carol")

const start = step("start", { song: "one" }, [], { author: "dora" })
const first = step("first", { song: "one", first: "1" }, [start], { author: "dora" })
const second = (author: string, message = "second") =>
  step(message, { song: "one", first: "1", second: "2" }, [first], { author })

/** Ada's repository, to which bob and carol may write. Its `main` is at the start, and `topic` one commit further. */
const sharedOn = Effect.fnUntraced(function* (hub: TestHub) {
  const repository = yield* newRepository(hub)
  for (const { user } of [bob, carol]) {
    yield* at(hub)(ensureUser(user))
    yield* at(hub)(setCollaborator(yield* openedFor(hub, repository, ada, "admin"), user, "write"))
  }
  yield* pushSteps(hub, repository, "main", [start])
  yield* pushSteps(hub, repository, "topic", [first])
  return { hub, repository }
})

const shared = Effect.flatMap(startHub(), sharedOn)

interface Shared {
  readonly hub: TestHub
  readonly repository: Repository
}

const protect = Effect.fnUntraced(function* ({ hub, repository }: Shared, selfApproval: boolean) {
  yield* at(hub)(protectBranch(yield* openedFor(hub, repository, ada, "admin"), "main", { approvals: 1, selfApproval }))
})

const propose = Effect.fnUntraced(function* ({ hub, repository }: Shared, from: string, to: string, by: Principal) {
  const { number } = yield* at(hub)(
    openProposal(yield* openedFor(hub, repository, by, "participate"), {
      title: ProposalTitle.make("A verse"),
      body: Discourse.make(""),
      from,
      to
    })
  )
  return number
})

const approve = Effect.fnUntraced(function* ({ hub, repository }: Shared, number: ProposalNumber, by: Principal) {
  const open = yield* openedFor(hub, repository, by, "participate")
  return yield* at(hub)(reviewProposal(open, number, { verdict: "approve", body: Discourse.make("") }))
})

const merge = Effect.fnUntraced(function* ({ hub, repository }: Shared, number: ProposalNumber, by: Principal) {
  return yield* at(hub)(mergeProposal(yield* opened(hub, repository, by), number, { strategy: "merge_commit" }))
})

/** The ways in which content of bob's can come into `topic`, whatever its commits say of their author. */
const ways: ReadonlyArray<readonly [way: string, bring: (place: Shared) => Effect.Effect<unknown, unknown>]> = [
  [
    "pushed it under another name",
    ({ hub, repository }) => pushSteps(hub, repository, "topic", [second("dora")], { by: bob })
  ],
  [
    "committed it over REST under another name",
    Effect.fnUntraced(function* ({ hub, repository }) {
      const changes = [{ op: "put", path: "second", content: new Uint8Array([2]) } as const]
      const open = yield* opened(hub, repository, bob)
      yield* at(hub)(commitFiles(open, { branch: "topic", message: "", author: "dora", changes }))
    })
  ],
  ["wrote it", ({ hub, repository }) => pushSteps(hub, repository, "topic", [second("bob")])],
  [
    "wrote it, with an address",
    ({ hub, repository }) => pushSteps(hub, repository, "topic", [second("Bob <b@x.example>")])
  ],
  [
    "is named as a co-author",
    ({ hub, repository }) =>
      pushSteps(hub, repository, "topic", [second("dora", "second\n\nCo-authored-by: bob <b@x.example>")])
  ],
  [
    "restored it",
    Effect.fnUntraced(function* ({ hub, repository }) {
      const next = second("dora")
      yield* pushSteps(hub, repository, "topic", [next])
      yield* pushSteps(hub, repository, "topic", [first], { force: true })
      yield* at(hub)(restoreBranch(yield* opened(hub, repository, bob), "topic", { commit: next.commit.id }))
    })
  ],
  [
    "merged it into the branch",
    Effect.fnUntraced(function* (place) {
      yield* pushSteps(place.hub, place.repository, "more", [second("dora")])
      yield* merge(place, yield* propose(place, "more", "topic", ada), bob)
    })
  ],
  [
    "pushed it to another branch, from which the branch was made again",
    Effect.fnUntraced(function* ({ hub, repository }) {
      const next = second("dora")
      yield* pushSteps(hub, repository, "more", [next], { by: bob })
      yield* at(hub)(deleteBranch(yield* opened(hub, repository), "topic"))
      yield* at(hub)(deleteBranch(yield* opened(hub, repository, bob), "more"))
      yield* at(hub)(createBranch(yield* opened(hub, repository), { name: "topic", from: next.commit.id }))
    })
  ],
  [
    "pushed it, before somebody else pushed more",
    Effect.fnUntraced(function* ({ hub, repository }) {
      yield* pushSteps(hub, repository, "topic", [second("dora")], { by: bob })
      yield* pushSteps(hub, repository, "topic", [
        step("third", { song: "three" }, [second("dora")], { author: "dora" })
      ])
    })
  ]
]

describe("a branch whose protection forbids self-approval", () => {
  it.effect.each(ways)("takes no approval of the user who %s, and one of anybody else", ([, bring]) =>
    Effect.gen(function* () {
      const place = yield* shared
      yield* bring(place)
      yield* protect(place, false)
      const number = yield* propose(place, "topic", "main", ada)
      const refused = yield* Effect.flip(approve(place, number, bob))
      assert.strictEqual(refused._tag, "Forbidden")
      assert.include(refused.message, "bob cannot approve proposal")
      const missing = yield* Effect.flip(merge(place, number, bob))
      assert.strictEqual(missing._tag, "ApprovalsMissing")
      assert.deepStrictEqual((yield* approve(place, number, carol)).approvals, [carol.user])
      yield* merge(place, number, bob)
    })
  )

  it.effect("does not count an approval from before it was protected", () =>
    Effect.gen(function* () {
      const place = yield* shared
      yield* pushSteps(place.hub, place.repository, "topic", [second("dora")], { by: bob })
      yield* protect(place, true)
      const number = yield* propose(place, "topic", "main", ada)
      assert.deepStrictEqual((yield* approve(place, number, bob)).approvals, [bob.user])
      yield* protect(place, false)
      const open = yield* openedFor(place.hub, place.repository, null, "read")
      assert.deepStrictEqual((yield* at(place.hub)(showProposal(open, number))).approvals, [])
      const missing = yield* Effect.flip(merge(place, number, bob))
      assert.strictEqual(missing._tag, "ApprovalsMissing")
    })
  )

  it.effect("does not count an approval when it is protected while the merge is under way", () =>
    Effect.gen(function* () {
      const place = yield* shared
      yield* pushSteps(place.hub, place.repository, "topic", [second("dora")], { by: bob })
      const number = yield* propose(place, "topic", "main", ada)
      yield* approve(place, number, bob)
      const before = yield* opened(place.hub, place.repository, bob)
      yield* protect(place, false)
      const missing = yield* Effect.flip(at(place.hub)(mergeProposal(before, number, { strategy: "merge_commit" })))
      assert.strictEqual(missing._tag, "ApprovalsMissing")
    })
  )

  it.effect("counts the approval of a user whose work the target already has", () =>
    Effect.gen(function* () {
      const place = yield* shared
      yield* pushSteps(place.hub, place.repository, "main", [second("bob")].toSpliced(0, 0, first), { by: bob })
      yield* pushSteps(place.hub, place.repository, "topic", [
        step("third", { song: "three" }, [second("bob")], { author: "dora" })
      ])
      yield* protect(place, false)
      const number = yield* propose(place, "topic", "main", ada)
      assert.deepStrictEqual((yield* approve(place, number, bob)).approvals, [bob.user])
    })
  )
})

describe("how far the hub looks back for who contributed", () => {
  /** Replaces the root this many times, as other work in the repository does. */
  const pass = ({ hub, repository }: Shared, changes: number) =>
    at(hub)(
      Effect.flatMap(Roots, (roots) =>
        Effect.forEach(
          Array.from({ length: changes }),
          () =>
            roots.move(repository.id, () =>
              Effect.succeed({ root: {}, change: { action: "change-settings", by: ada.user, at: "", moves: [] } })
            ),
          { discard: true }
        )
      )
    )

  const refusals = Effect.fnUntraced(function* (place: Shared, number: ProposalNumber) {
    const forbidden = yield* Effect.flip(approve(place, number, carol))
    const missing = yield* Effect.flip(merge(place, number, bob))
    assert.strictEqual(forbidden._tag, "Forbidden")
    assert.strictEqual(missing._tag, "ApprovalsMissing")
    return [forbidden.message, missing.message]
  })

  it.effect("beyond it no approval counts, the refusals say why, and one new commit is the way out", () =>
    Effect.gen(function* () {
      const reads = callCount()
      const place = yield* sharedOn(yield* startHub({ store: interposed(yield* memoryStore, reads.interpose) }))
      const number = yield* propose(place, "topic", "main", ada)
      assert.deepStrictEqual((yield* approve(place, number, carol)).approvals, [carol.user])
      yield* protect(place, false)
      assert.deepStrictEqual((yield* approve(place, number, carol)).approvals, [carol.user])
      yield* pass(place, rootsReadMax)
      reads.reset()
      const open = yield* openedFor(place.hub, place.repository, null, "read")
      assert.deepStrictEqual((yield* at(place.hub)(showProposal(open, number))).approvals, [])
      const copies = reads.of("documents.read", historyPath).length
      assert.isAtMost(copies, rootsReadMax + 16)
      for (const sentence of yield* refusals(place, number)) {
        assert.include(sentence, `what is new in it came more than ${rootsReadMax} changes of the repository ago`)
        assert.include(sentence, "push it again as one new commit")
      }
      const again = step("again", { song: "one", first: "1" }, [start], { author: "dora" })
      yield* pushSteps(place.hub, place.repository, "topic", [again], { force: true })
      assert.deepStrictEqual((yield* approve(place, number, carol)).approvals, [carol.user])
      yield* merge(place, number, bob)
    })
  )

  it.effect("reads the authors of a bounded number of commits", () =>
    Effect.gen(function* () {
      const place = yield* shared
      const long = [first]
      for (const last of long) {
        if (long.length > commitsReadMax) break
        long.push(step(`${long.length}`, { song: "one" }, [last], { author: "dora" }))
      }
      yield* pushSteps(place.hub, place.repository, "topic", long.slice(1))
      yield* protect(place, false)
      const number = yield* propose(place, "topic", "main", ada)
      for (const sentence of yield* refusals(place, number)) {
        assert.include(sentence, `more than ${commitsReadMax} commits are new in it`)
      }
    })
  )
})
