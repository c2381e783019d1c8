/**
 * Merges and pushes that arrive together at two processes on one store and one Postgres, many times: what was
 * acknowledged is in the branch, and what was refused says why and changed nothing. `MUSEHUB_MERGE_RACES` says how
 * often.
 */
import { admitted } from "@musehub/domain/usecase/admission/Admission"
import { wholeIndexOf } from "@musehub/contract/wholeIndex"
import { assert, it } from "@effect/vitest"
import type { CommitId } from "@musehub/domain/object/Id"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { isAncestor } from "@musehub/domain/history/ancestry"
import { Discourse, type ProposalNumber, ProposalTitle } from "@musehub/domain/repository/Proposal"
import type { Repository } from "@musehub/domain/repository/Root"
import { indexedGraph } from "@musehub/domain/usecase/graph/commitGraph"
import { mergeProposal } from "@musehub/domain/usecase/merges/mergeProposal"
import { openProposal } from "@musehub/domain/usecase/proposals/openProposal"
import { showProposal } from "@musehub/domain/usecase/proposals/showProposal"
import { Context, Effect, Result } from "effect"
import {
  ada,
  at,
  clone,
  newRepository,
  opened,
  openedFor,
  pushSteps,
  startHub,
  type Step,
  step,
  type TestHub
} from "../../domain/support/hubSamples.ts"
import { audit } from "../muse/audit.ts"
import { type Backend, describeOnPostgres, freshStorage } from "../hub/backends.ts"
import { entriesOf, headOf } from "../../support/shortRefs.ts"

const rounds = Number(process.env["MUSEHUB_MERGE_RACES"] ?? "20")

interface Arena {
  readonly hubs: readonly [TestHub, TestHub]
  readonly repository: Repository
  readonly base: Step
}

const arenaOn = Effect.fnUntraced(function* (backend: Backend) {
  const storage = yield* freshStorage(backend)
  const shared = { store: Context.get(storage, ObjectStore), index: wholeIndexOf(storage) }
  const hubs = [yield* startHub(shared), yield* startHub(shared)] as const
  const repository = yield* newRepository(hubs[0])
  const base = step("base", { "a.txt": "a\n", "b.txt": "b\n", "c.txt": "c\n" })
  yield* pushSteps(hubs[0], repository, "main", [base])
  const arena: Arena = { hubs, repository, base }
  return arena
})

/** The outcome for one contender: the head that it made, or the tag of its refusal. */
type Outcome = Result.Result<CommitId, string>

const told = <E extends { readonly _tag: string }, R>(contender: Effect.Effect<CommitId, E, R>) =>
  Effect.map(
    Effect.result(contender),
    Result.mapError(({ _tag }) => _tag)
  )

const files = (round: number, change: { readonly [path: string]: string }) => ({
  "a.txt": "a\n",
  "b.txt": "b\n",
  "c.txt": "c\n",
  "round.txt": String(round),
  ...change
})

/** A commit on the base, at a branch of this round. */
const branched = Effect.fnUntraced(function* (
  { hubs: [hub], repository, base }: Arena,
  round: number,
  name: string,
  change: { readonly [path: string]: string }
) {
  const made = step(`${name} ${round}`, files(round, change), [base])
  yield* pushSteps(hub, repository, `${name}-${round}`, [made])
  return made
})

const proposal = Effect.fnUntraced(function* ({ hubs: [hub], repository }: Arena, from: string, to: string) {
  const open = yield* openedFor(hub, repository, ada, "participate")
  const { number } = yield* at(hub)(
    openProposal(open, { title: ProposalTitle.make(from), body: Discourse.make(""), from, to })
  )
  return number
})

const mergeAt = Effect.fnUntraced(function* (hub: TestHub, repository: Repository, number: ProposalNumber) {
  const open = yield* opened(hub, repository)
  return (yield* at(hub)(mergeProposal(open, number, { strategy: "merge_commit" }))).mergeCommitId
})

const pushAt = (hub: TestHub, repository: Repository, branch: string, made: Step) =>
  Effect.map(pushSteps(hub, repository, branch, [made]), ({ head }) => head)

/** Asserts that the branch has everything acknowledged, and that at least one contender succeeded. */
const assertNothingLost = Effect.fnUntraced(function* (
  { hubs: [hub], repository }: Arena,
  branch: string,
  outcomes: ReadonlyArray<Outcome>,
  refusals: ReadonlyArray<string>
) {
  const open = yield* openedFor(hub, repository, ada, "read")
  const head = headOf(open.root.value, branch)
  assert.isDefined(head)
  const graph = yield* at(hub)(admitted("list", indexedGraph(repository.id)))
  assert.isTrue(outcomes.some(Result.isSuccess), "one contender succeeds")
  for (const outcome of outcomes) {
    if (Result.isFailure(outcome)) assert.include(refusals, outcome.failure)
    else assert.isTrue(head !== undefined && (yield* isAncestor(graph, outcome.success, [head])))
  }
})

const stateOf = Effect.fnUntraced(function* ({ hubs: [hub], repository }: Arena, number: ProposalNumber) {
  return (yield* at(hub)(showProposal(yield* openedFor(hub, repository, ada, "read"), number))).state
})

/** Asserts that exactly the acknowledged proposals are merged. */
const assertStates = Effect.fnUntraced(function* (
  arena: Arena,
  merges: ReadonlyArray<readonly [ProposalNumber, Outcome]>
) {
  for (const [number, outcome] of merges) {
    assert.strictEqual(yield* stateOf(arena, number), Result.isSuccess(outcome) ? "merged" : "open")
  }
})

/** Asserts that everything is canonical, the chain of roots is complete, and every branch can be cloned. */
const assertWhole = Effect.fnUntraced(function* ({ hubs: [hub], repository }: Arena) {
  const { root } = yield* at(hub)(audit(repository.id))
  yield* clone(hub, repository, [...new Map(entriesOf(root.heads)).values()])
})

const minutes = 5 * 60_000

describeOnPostgres(`${rounds} races of`, (backend) => {
  it.live(
    "two pushes to one branch: one wins, the other is told that it diverged",
    () =>
      Effect.gen(function* () {
        const arena = yield* arenaOn(backend)
        const { hubs, repository } = arena
        for (let round = 0; round < rounds; round++) {
          const first = yield* branched(arena, round, "target", {})
          const rivals = ["one\n", "two\n"].map((text) => step(text, files(round, { "a.txt": text }), [first]))
          const outcomes = yield* Effect.forEach(
            rivals,
            (made, place) => told(pushAt(hubs[place === 0 ? 0 : 1], repository, `target-${round}`, made)),
            { concurrency: "unbounded" }
          )
          yield* assertNothingLost(arena, `target-${round}`, outcomes, ["NonFastForward"])
          assert.lengthOf(outcomes.filter(Result.isSuccess), 1)
        }
        yield* assertWhole(arena)
      }),
    minutes
  )

  it.live(
    "two merges into one branch: both succeed, the later on top of the earlier",
    () =>
      Effect.gen(function* () {
        const arena = yield* arenaOn(backend)
        const { hubs, repository } = arena
        for (let round = 0; round < rounds; round++) {
          yield* branched(arena, round, "target", {})
          yield* branched(arena, round, "left", { "a.txt": "left\n" })
          yield* branched(arena, round, "right", { "b.txt": "right\n" })
          const numbers = [
            yield* proposal(arena, `left-${round}`, `target-${round}`),
            yield* proposal(arena, `right-${round}`, `target-${round}`)
          ]
          const outcomes = yield* Effect.forEach(
            numbers,
            (number, place) =>
              Effect.map(
                told(mergeAt(hubs[place === 0 ? 0 : 1], repository, number)),
                (outcome) => [number, outcome] as const
              ),
            { concurrency: "unbounded" }
          )
          yield* assertNothingLost(
            arena,
            `target-${round}`,
            outcomes.map(([, outcome]) => outcome),
            ["TargetContended", "RootContended"]
          )
          yield* assertStates(arena, outcomes)
        }
        yield* assertWhole(arena)
      }),
    minutes
  )

  it.live(
    "a merge with a push: the merge is on top of the push, or the push is told that it diverged",
    () =>
      Effect.gen(function* () {
        const arena = yield* arenaOn(backend)
        const { hubs, repository } = arena
        for (let round = 0; round < rounds; round++) {
          const target = yield* branched(arena, round, "target", {})
          yield* branched(arena, round, "topic", { "a.txt": "topic\n" })
          const number = yield* proposal(arena, `topic-${round}`, `target-${round}`)
          const made = step("push", files(round, { "b.txt": "pushed\n" }), [target])
          const [merge, push] = yield* Effect.all(
            [told(mergeAt(hubs[0], repository, number)), told(pushAt(hubs[1], repository, `target-${round}`, made))],
            { concurrency: "unbounded" }
          )
          yield* assertNothingLost(arena, `target-${round}`, [merge, push], ["NonFastForward", "TargetContended"])
          yield* assertStates(arena, [[number, merge]])
        }
        yield* assertWhole(arena)
      }),
    minutes
  )
})
