/** Proposals that several callers change at once, at one hub or two. */
import { assert, describe, it } from "@effect/vitest"
import { Discourse } from "@musehub/domain/repository/Proposal"
import { proposalCodec } from "@musehub/domain/repository/codecs"
import { commentOnProposal } from "@musehub/domain/usecase/proposals/commentOnProposal"
import { listProposals } from "@musehub/domain/usecase/proposals/listProposals"
import { Effect } from "effect"
import { injecting, random } from "../../support/faultyStore.ts"
import { interposed } from "../../support/interposedStore.ts"
import { forSeeds } from "../../support/seeded.ts"
import { whileTimePasses } from "../../support/time.ts"
import { ada, at, openedFor, startHub, withoutIndex } from "../support/hubSamples.ts"
import { memoryStore } from "../support/rootSamples.ts"
import {
  carol,
  b,
  aTitle,
  number,
  changeRoot,
  world,
  asking,
  propose,
  show,
  listed,
  brief,
  document,
  assertSays,
  proposalPath
} from "../support/proposalSamples.ts"
import { entriesOf, headsOf } from "../../support/shortRefs.ts"

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
          heads: headsOf([...entriesOf(root.heads), ...names.map((name) => [name, b.commit.id] as const)])
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
