/**
 * Hubs on one store that push to one repository, merge its proposals and merge its packs at the same time, and what has
 * to hold afterwards: nothing that was acknowledged is lost.
 */
import { assert } from "@effect/vitest"
import type { ErrorKind } from "@musehub/domain/base/ErrorKind"
import { isAncestor } from "@musehub/domain/history/ancestry"
import { readCommit, readSnapshot } from "@musehub/domain/invariant/ObjectReader"
import type { CommitId } from "@musehub/domain/object/Id"
import { makeSnapshot } from "@musehub/domain/object/Snapshot"
import { Discourse, ProposalTitle } from "@musehub/domain/repository/Proposal"
import type { Repository } from "@musehub/domain/repository/Root"
import { branchRef } from "@musehub/domain/repository/rule/branchRules"
import { BranchName } from "@musehub/domain/repository/Names"
import { admitted } from "@musehub/domain/usecase/admission/Admission"
import { indexedGraph } from "@musehub/domain/usecase/graph/commitGraph"
import { mergeProposal } from "@musehub/domain/usecase/merges/mergeProposal"
import { mergePacks } from "@musehub/domain/usecase/packs/mergePacks"
import { listProposals } from "@musehub/domain/usecase/proposals/listProposals"
import { openProposal } from "@musehub/domain/usecase/proposals/openProposal"
import { Effect, Result } from "effect"
import type { Seeded } from "../../support/seeded.ts"
import {
  ada,
  assertRowsTellTheTruth,
  at,
  clone,
  committedAt,
  newRepository,
  opened,
  openedFor,
  openedPacks,
  pushSteps,
  type Step,
  step,
  type TestHub,
  textBlob
} from "../support/hubSamples.ts"
import { assertSameRows } from "../rebuild/assertSameIndex.ts"
import { chainOf, packsOver } from "../support/rootSamples.ts"
import { entriesOf, headOf } from "../../support/shortRefs.ts"

/** A head that a hub has confirmed. */
interface Acknowledged {
  readonly branch: string
  readonly head: CommitId
}

interface Raced {
  readonly repository: Repository
  readonly acknowledged: ReadonlyArray<Acknowledged>
  /** How often each outcome came: what was taken, and the tags of refusals. */
  readonly outcomes: ReadonlyMap<string, number>
}

/** What may happen to a contender: another one was faster, or the state refuses it. */
const explained: ReadonlyArray<ErrorKind> = ["conflict", "refused"]

/** The files of a commit: its own, and some that its parent has. */
const filesMax = 20

/** Makes a commit on another one, with a file of its own. Its parent's first files go, so that it stays small. */
const grownOn = Effect.fnUntraced(function* (hub: TestHub, { id }: Repository, parent: CommitId, message: string) {
  const { commit } = yield* at(hub)(readCommit(id, parent))
  const { snapshot: before } = yield* at(hub)(readSnapshot(id, commit.snapshotId))
  const kept = [...before.manifest].slice(1 - filesMax)
  const snapshot = makeSnapshot(new Map([...kept, [`${message}.txt`, textBlob(message).id]]), committedAt)
  const parents: ReadonlyArray<Step> = [{ commit, snapshot: before, blobs: [] }]
  return { ...step(message, { [message]: message }, parents, { snapshot_id: snapshot.id }), snapshot }
})

/** Lets hubs race for a number of rounds, each of pushes, the merge of a proposal, and merges of packs. */
export const raceHubs = Effect.fnUntraced(function* (
  random: Seeded,
  hubs: readonly [TestHub, TestHub],
  rounds: number
) {
  const repository = yield* newRepository(hubs[0])
  const base = step("base", { "base.txt": "base" })
  const acknowledged: Array<Acknowledged> = []
  const outcomes = new Map<string, number>()
  const count = (what: string) => void outcomes.set(what, (outcomes.get(what) ?? 0) + 1)

  const push = Effect.fnUntraced(function* (hub: TestHub, branch: string, message: string) {
    const { root } = yield* openedFor(hub, repository, ada, "read")
    const force = random.chance(0.1)
    const head = headOf(root.value, branch) ?? base.commit.id
    const made = yield* grownOn(hub, repository, force ? random.pick(acknowledged).head : head, message)
    const answer = yield* pushSteps(hub, repository, branch, [made], { force })
    acknowledged.push({ branch, head: answer.head })
    count(force ? "forced" : "pushed")
  })

  /** Pushes a commit that every hub brings, with what its id and that of its snapshot do not cover. */
  const twin = Effect.fnUntraced(function* (hub: TestHub, message: string) {
    const author = `hub-${hubs.indexOf(hub)}`
    const made = step(message, { [message]: message }, [base], { author })
    const snapshot = makeSnapshot(made.snapshot.manifest, `2026-11-22T15:08:1${hubs.indexOf(hub)}Z`)
    const answer = yield* pushSteps(hub, repository, author, [{ ...made, snapshot }], { force: true })
    acknowledged.push({ branch: author, head: answer.head })
    count("twins")
  })

  const merge = Effect.fnUntraced(function* (hub: TestHub) {
    const { root } = yield* openedFor(hub, repository, ada, "read")
    const [known] = root.value.proposals.open
    const wanted = { title: ProposalTitle.make("side"), body: Discourse.make(""), from: "side", to: "main" }
    const open = yield* openedFor(hub, repository, ada, "participate")
    const number = known?.number ?? (yield* at(hub)(openProposal(open, wanted))).number
    const merging = mergeProposal(yield* opened(hub, repository), number, { strategy: "merge_commit" })
    const { mergeCommitId, toBranch } = yield* at(hub)(merging)
    acknowledged.push({ branch: toBranch, head: mergeCommitId })
    count("merged")
  })

  const packs = Effect.fnUntraced(function* (hub: TestHub) {
    const { into } = yield* at(hub)(mergePacks(repository.id, 2))
    if (into !== undefined) count("packs merged")
  })

  type Refusal = { readonly _tag: string; readonly kind: ErrorKind }
  const told = (contender: Effect.Effect<void, Refusal>) =>
    Effect.map(Effect.result(contender), (result) => {
      if (Result.isSuccess(result)) return
      count(result.failure._tag)
      assert.include(explained, result.failure.kind, result.failure._tag)
    })

  for (const branch of ["main", "side"]) {
    yield* pushSteps(hubs[0], repository, branch, [base])
    acknowledged.push({ branch, head: base.commit.id })
  }
  for (let round = 0; round < rounds; round += 1) {
    const contenders: ReadonlyArray<Effect.Effect<void, Refusal>> = [
      push(hubs[0], "main", `round ${round}, one`),
      push(hubs[1], random.pick(["main", "side"]), `round ${round}, other`),
      push(random.pick(hubs), random.pick(["side", "topic"]), `round ${round}, third`),
      merge(random.pick(hubs))
    ]
    const twins = random.chance(0.2) ? hubs.map((hub) => twin(hub, `round ${round}, twins`)) : []
    const together = [...random.some(contenders, 0.8), ...twins, ...random.some(hubs, 0.4).map(packs)]
    yield* Effect.forEach(together, told, { concurrency: "unbounded", discard: true })
  }
  const raced: Raced = { repository, acknowledged, outcomes }
  return raced
})

/** Asserts that no two packs have different bytes under one id. */
const assertFirstBytesStay = Effect.fnUntraced(function* ({ store }: TestHub, repository: Repository) {
  const bytes = new Map<string, string>()
  for (const { directory } of yield* openedPacks(yield* packsOver(store), store, repository.id)) {
    for (const { id, sha256, type } of directory) {
      assert.strictEqual(sha256, bytes.get(type + id) ?? sha256, `${type} ${id} has one form`)
      bytes.set(type + id, sha256)
    }
  }
})

/**
 * Asserts that each acknowledged head is in the chain of roots, that each move of a branch begins where the one before
 * it ended, that only force leaves commits behind, that a hub with an empty index clones all of it, and that the hubs'
 * indexes have the rows of that one.
 */
export const assertNothingLost = Effect.fnUntraced(function* (
  hubs: ReadonlyArray<TestHub>,
  { acknowledged, repository }: Raced,
  fresh: TestHub
) {
  const chain = yield* chainOf(fresh.store, repository.id)
  const changes = chain.flatMap((root) => root.changes)
  const moves = changes.flatMap(({ action, moves: moved }) => moved.map((move) => ({ ...move, action })))
  const made = new Set(moves.map(({ ref, to }) => `${ref} ${to}`))
  for (const { branch, head } of acknowledged) {
    assert.isTrue(made.has(`${branchRef(BranchName.make(branch))} ${head}`), `the push of ${head} is in the reflog`)
  }
  yield* clone(fresh, repository, [...new Set(acknowledged.map(({ head }) => head))])
  const graph = yield* at(fresh)(admitted("list", indexedGraph(repository.id)))
  const heads = new Map<string, CommitId | null>()
  for (const { action, from, ref, to } of moves) {
    assert.strictEqual(from, heads.get(ref) ?? null, `${ref} moves from where it was`)
    if (from !== null && to !== null && action !== "force-push") {
      assert.isTrue(yield* isAncestor(graph, from, [to]), `${action} of ${ref} keeps ${from}`)
    }
    heads.set(ref, to)
  }
  yield* assertFirstBytesStay(fresh, repository)
  // Who reads a proposal between its merge and its document records an open row, which the next list corrects.
  for (const hub of [fresh, ...hubs]) {
    yield* at(hub)(listProposals(yield* openedFor(hub, repository, ada, "write"), {}, { limit: 100 }))
  }
  for (const hub of [...hubs, fresh]) {
    const open = yield* openedFor(hub, repository, ada, "write")
    assert.deepStrictEqual(
      new Map(entriesOf(open.root.value.heads).map(([branch, head]) => [branchRef(branch), head])),
      heads
    )
    yield* assertRowsTellTheTruth(hub, repository.id)
    yield* assertSameRows(fresh, hub, [repository])
  }
})
