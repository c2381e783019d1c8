/** Tests of every index's promises about proposals. Part of the suite in `indexContract.ts`. */
import { assert } from "@effect/vitest"
import { writeDocument } from "@musehub/domain/invariant/Document"
import type { ProposalRow } from "@musehub/domain/port/index/ProposalIndex"
import { wholeIndex } from "../wholeIndex.ts"
import { proposalCodec } from "@musehub/domain/repository/codecs"
import { BranchName } from "@musehub/domain/repository/Names"
import { Discourse, type Proposal, ProposalNumber, ProposalTitle } from "@musehub/domain/repository/Proposal"
import type { RepositoryId } from "@musehub/domain/object/Id"
import type { TableRow } from "@musehub/domain/port/index/TableIndex"
import { Effect, Option } from "effect"
import { createRoot, moveRoot, newRoot, newUser, reflect } from "../IndexSamples.ts"
import { allPages, type Suite } from "../IndexSuite.ts"
import { newRepository } from "../StoreSamples.ts"

const proposalOf = (fields: Partial<Proposal> = {}): Proposal => ({
  repository: newRepository(),
  number: ProposalNumber.make(1),
  revision: 0,
  title: ProposalTitle.make("a chorus"),
  body: Discourse.make("more of it"),
  author: newUser(),
  from: BranchName.make("chorus"),
  to: BranchName.make("main"),
  state: "open",
  createdAt: "2026-11-22T15:08:10.000Z",
  updatedAt: "2026-11-22T15:08:10.000Z",
  reviews: [],
  comments: [],
  merged: null,
  ...fields
})

/** Makes evidence for a proposal in any state, whatever was stored before. */
const stored = (proposal: Proposal) => {
  const { repository, number } = proposal
  return writeDocument({ kind: "proposal", repository, number }, proposalCodec, proposal, { _tag: "Any" })
}

/** Returns states of one proposal that differ in everything that can change. */
const revisionsOf = (count: number): ReadonlyArray<Proposal> => {
  const first = proposalOf()
  return Array.from({ length: count }, (_, revision) => ({
    ...first,
    revision,
    title: ProposalTitle.make(`title ${revision}`),
    to: BranchName.make(`to-${revision}`),
    state: revision % 2 === 0 ? "open" : "closed",
    updatedAt: `2026-11-22T15:08:${String(10 + revision)}.000Z`
  }))
}

const rowOf = ({ number, title, author, from, to, state, createdAt, updatedAt }: Proposal): ProposalRow => ({
  number,
  title,
  author,
  from,
  to,
  state,
  createdAt,
  updatedAt
})

export const proposals = (it: Suite) => {
  it.effect("a proposal is shown at its greatest revision, in whatever order revisions are recorded", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      for (const order of [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0]
      ]) {
        const revisions = revisionsOf(3)
        const { repository } = revisions[0] ?? proposalOf()
        let latest = -1
        for (const place of order) {
          const next = revisions[place]
          if (next === undefined) continue
          yield* index.recordProposal(yield* stored(next))
          latest = Math.max(latest, place)
          const shown = revisions.slice(latest, latest + 1).map(rowOf)
          assert.deepStrictEqual((yield* index.proposals(repository, {}, { limit: 5 })).items, shown)
        }
      }
    })
  )

  it.effect("a recorded revision stays, whatever else is recorded under its number", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const proposal = proposalOf({ revision: 7 })
      yield* index.recordProposal(yield* stored(proposal))
      const title = ProposalTitle.make("another")
      yield* index.recordProposal(yield* stored({ ...proposal, title }))
      const { items } = yield* index.proposals(proposal.repository, {}, { limit: 5 })
      assert.deepStrictEqual(items, [rowOf(proposal)])
      const far = { ...proposal, title, revision: 2 ** 40 }
      yield* index.recordProposal(yield* stored(far))
      assert.deepStrictEqual((yield* index.proposals(proposal.repository, {}, { limit: 5 })).items, [rowOf(far)])
    })
  )

  it.effect("concurrently recorded revisions leave the greatest", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const revisions = revisionsOf(30)
      const evidence = yield* Effect.forEach(revisions, stored)
      const shuffled = evidence.toSorted((a, b) => ((a.value.revision * 7) % 31) - ((b.value.revision * 7) % 31))
      yield* Effect.forEach(shuffled, index.recordProposal, { concurrency: "unbounded", discard: true })
      const { repository } = revisions[0] ?? proposalOf()
      assert.deepStrictEqual(
        (yield* index.proposals(repository, {}, { limit: 5 })).items,
        revisions.slice(-1).map(rowOf)
      )
    })
  )

  it.effect("proposals are listed in descending order of number, in pages, in one state or all", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const repository = newRepository()
      const states = ["open", "closed", "merged"] as const
      // Numbers of different lengths, which sort differently as text.
      const made = [9, 1, 10, 999_999_999, 100, 2, 11, 99, 3, 1000, 20].map((number, place) =>
        proposalOf({ repository, number: ProposalNumber.make(number), state: states[place % 3] ?? "open" })
      )
      for (const proposal of [...made, proposalOf()]) yield* index.recordProposal(yield* stored(proposal))
      const wanted = made.toSorted((a, b) => b.number - a.number).map(rowOf)
      assert.deepStrictEqual(yield* allPages((page) => index.proposals(repository, {}, page)), wanted)
      for (const state of states) {
        assert.deepStrictEqual(
          yield* allPages((page) => index.proposals(repository, { state }, page)),
          wanted.filter((row) => row.state === state)
        )
      }
      assert.deepStrictEqual((yield* index.proposals(newRepository(), {}, { limit: 5 })).items, [])
      // An index may give any answer to an invented cursor, but must not fail.
      for (const after of ["'; --", "", "-1", "1e9", "99999999999"])
        assert.isAtMost((yield* index.proposals(repository, {}, { limit: 5, after })).items.length, 5)
    })
  )

  it.effect("a proposal and the root of its repository can be recorded in any order", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const repository = newRepository()
      const [one, two] = [1, 2].map((number) => proposalOf({ repository, number: ProposalNumber.make(number) }))
      if (one === undefined || two === undefined) throw new Error("two proposals were made")
      yield* index.recordProposal(yield* stored(one))
      yield* reflect(index, yield* createRoot(newRoot(repository)))
      yield* index.recordProposal(yield* stored(two))
      yield* reflect(index, yield* moveRoot(repository, { grants: [[newUser(), "write"]] }))
      assert.deepStrictEqual((yield* index.proposals(repository, {}, { limit: 5 })).items, [two, one].map(rowOf))
    })
  )

  it.effect("forgetting a repository forgets its proposals, which can be recorded again", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const [proposal, other] = [proposalOf({ revision: 3 }), proposalOf()]
      for (const each of [proposal, other]) yield* index.recordProposal(yield* stored(each))
      yield* index.forget(proposal.repository)
      assert.deepStrictEqual((yield* index.proposals(proposal.repository, {}, { limit: 5 })).items, [])
      assert.lengthOf((yield* index.proposals(other.repository, {}, { limit: 5 })).items, 1)
      const earlier = { ...proposal, revision: 2, title: ProposalTitle.make("as it was") }
      yield* index.recordProposal(yield* stored(earlier))
      assert.deepStrictEqual((yield* index.proposals(proposal.repository, {}, { limit: 5 })).items, [rowOf(earlier)])
    })
  )

  it.effect("titles and branches are returned unchanged, apart from NUL in a title", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const text = '\'; -- "ä" {a,b} \\n $1 👩‍🎤 \u{ffff}'
      const proposal = proposalOf({
        title: ProposalTitle.make(text),
        from: BranchName.make(text.replaceAll("\\", "/")),
        to: BranchName.make("__proto__")
      })
      const withNul = proposalOf({ title: ProposalTitle.make(`${text}\0${text}`) })
      for (const each of [proposal, withNul]) yield* index.recordProposal(yield* stored(each))
      assert.deepStrictEqual((yield* index.proposals(proposal.repository, {}, { limit: 5 })).items, [rowOf(proposal)])
      const [shown] = (yield* index.proposals(withNul.repository, {}, { limit: 5 })).items
      assert.strictEqual(shown?.title.length, text.length * 2 + 1)
    })
  )

  it.effect("rows of a table come in the order of their key, a page at a time", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const repository = newRepository()
      // As texts, these numbers have another order.
      const numbers = [2, 10, 1, 9, 11]
      for (const number of numbers) {
        yield* index.recordProposal(yield* stored(proposalOf({ repository, number: ProposalNumber.make(number) })))
      }
      const found: Array<TableRow> = []
      for (;;) {
        const request = { table: "proposals", repository, after: found.at(-1), limit: 2 } as const
        const rows = yield* index.tableRows(request)
        found.push(...rows)
        if (rows.length < 2) break
      }
      const shown = found.map((row) => [row.get("number"), row.get("title")])
      assert.deepStrictEqual(
        shown,
        numbers.toSorted((a, b) => a - b).map((number) => [String(number), "a chorus"])
      )
      assert.deepStrictEqual(yield* index.tableRows({ table: "grants", repository, after: undefined, limit: 2 }), [])
    })
  )

  it.effect("a repository is found by any of its rows, after those with a lesser id", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const repository = newRepository()
      const found = Effect.fnUntraced(function* () {
        let id: RepositoryId | undefined
        for (;;) {
          const next: Option.Option<RepositoryId> = yield* index.repositoryAfter(id)
          if (Option.isNone(next)) return false
          assert.isTrue(id === undefined || next.value > id)
          if (next.value === repository) return true
          id = next.value
        }
      })
      assert.isFalse(yield* found())
      yield* index.recordProposal(yield* stored(proposalOf({ repository })))
      assert.isTrue(yield* found())
    })
  )
}
