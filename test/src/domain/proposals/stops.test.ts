/** Wherever the hub stops between root, document and index, the root and its history say how a proposal stands. */
import type { WholeIndex } from "@musehub/contract/wholeIndex"
import { assert, describe, it } from "@effect/vitest"
import { Fault } from "@musehub/domain/port/UnavailableReason"
import { IndexUnavailable } from "@musehub/domain/port/index/IndexUnavailable"
import { Discourse, type MergeStrategy, type ProposalState } from "@musehub/domain/repository/Proposal"
import { renameBranch } from "@musehub/domain/usecase/branches/renameBranch"
import { commentOnProposal } from "@musehub/domain/usecase/proposals/commentOnProposal"
import { findProposal } from "@musehub/domain/usecase/proposals/findProposal"
import { listProposals } from "@musehub/domain/usecase/proposals/listProposals"
import { settleProposal } from "@musehub/domain/usecase/proposals/settleProposal"
import { Effect, Option } from "effect"
import { rootPath } from "../../support/countingStore.ts"
import { type Faults, injecting } from "../../support/faultyStore.ts"
import { interposed } from "../../support/interposedStore.ts"
import { whileTimePasses } from "../../support/time.ts"
import { ada, at, openedFor, pushSteps, startHub, withoutIndex } from "../support/hubSamples.ts"
import { memoryIndex, memoryStore } from "../support/rootSamples.ts"
import {
  b,
  number,
  protect,
  world,
  asking,
  propose,
  show,
  close,
  reopen,
  merge,
  listed,
  brief,
  document,
  assertSays,
  proposalPath
} from "../support/proposalSamples.ts"
import { headOf } from "../../support/shortRefs.ts"

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
        if (strategy === undefined) assert.strictEqual((yield* whileTimePasses(close(hub, repository))).state, "closed")
        else yield* whileTimePasses(merge(hub, repository, strategy))
        assertSays(yield* document(hub, repository), { state: "open", revision: 0 })
        // Further changes, so that finding it takes a walk.
        for (const each of ["one", "two", "three"])
          yield* protect(hub, repository, each, { approvals: 0, selfApproval: true })
        assert.strictEqual((yield* whileTimePasses(show(hub, repository))).state, state)
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
            commit: headOf(after, "main"),
            fromHead: headOf(before, "renamed"),
            toHead: headOf(before, "main"),
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
      assert.strictEqual((yield* whileTimePasses(reopen(hub, repository))).state, "open")
      assertSays(yield* document(hub, repository), { state: "closed" })
      assert.strictEqual((yield* whileTimePasses(show(hub, repository))).state, "open")
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
