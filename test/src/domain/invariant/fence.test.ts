/**
 * Every document change, on a store that ignores every condition: with the database as the fence, two hubs that share
 * it lose no update.
 */
import { assert, it } from "@effect/vitest"
import { RepositoryName } from "@musehub/domain/repository/Names"
import { Discourse, ProposalTitle } from "@musehub/domain/repository/Proposal"
import { annotate } from "@musehub/domain/usecase/annotations/annotate"
import { commentOnProposal } from "@musehub/domain/usecase/proposals/commentOnProposal"
import { mergeProposal } from "@musehub/domain/usecase/merges/mergeProposal"
import { openProposal } from "@musehub/domain/usecase/proposals/openProposal"
import { showProposal } from "@musehub/domain/usecase/proposals/showProposal"
import { Context, Effect, Option } from "effect"
import { type DocumentKey, documentPath } from "@musehub/domain/port/StoreKey"
import { ignoringConditions } from "../../support/brokenStore.ts"
import {
  ada,
  at,
  headsOf,
  newRepository,
  opened,
  openedFor,
  pushSteps,
  startHub,
  step,
  type TestHub
} from "../support/hubSamples.ts"
import { pushedLine } from "../support/losses.ts"
import { memoryIndex, memoryStore, fencedRootsOver } from "../support/rootSamples.ts"

const twoHubs = Effect.gen(function* () {
  const store = ignoringConditions(yield* memoryStore)
  const index = yield* memoryIndex
  const fenced = Effect.gen(function* () {
    const hub = yield* startHub({ store, index })
    const fencing = yield* fencedRootsOver(store, { fence: "database", index })
    const services = Context.merge(hub.services, fencing)
    const testHub: TestHub = { ...hub, services }
    return testHub
  })
  return [yield* fenced, yield* fenced] as const
})

const count = 12
const each = <A, E, R>(run: (place: number) => Effect.Effect<A, E, R>) =>
  Effect.forEach(
    Array.from({ length: count }, (_, place) => place),
    run,
    { concurrency: "unbounded" }
  )

it.live("keeps every proposal, comment, annotation and merge when twelve callers work at once", () =>
  Effect.gen(function* () {
    const hubs = yield* twoHubs
    const [hub] = hubs
    const hubOf = (place: number) => hubs[place % 2 === 0 ? 0 : 1]
    const repository = yield* newRepository(hub)
    const base = step("base", { "a.txt": "a" })
    yield* pushSteps(hub, repository, "main", [base])
    for (let place = 0; place < count; place++) {
      const topic = step(`topic ${place}`, { "a.txt": "a", [`${place}.txt`]: "t" }, [base])
      yield* pushSteps(hub, repository, `topic-${place}`, [topic])
    }
    const proposals = yield* each((place) =>
      Effect.gen(function* () {
        const open = yield* openedFor(hubOf(place), repository, ada, "participate")
        const wanted = { title: ProposalTitle.make(`topic ${place}`), body: Discourse.make("") }
        return yield* at(hubOf(place))(openProposal(open, { ...wanted, from: `topic-${place}`, to: "main" }))
      })
    )
    assert.strictEqual(new Set(proposals.map(({ number }) => number)).size, count, "each has a number of its own")
    const [first] = proposals
    assert(first !== undefined)

    yield* each((place) =>
      Effect.gen(function* () {
        const open = yield* openedFor(hubOf(place), repository, ada, "write")
        yield* at(hubOf(place))(commentOnProposal(open, first.number, Discourse.make(`comment ${place}`)))
        yield* at(hubOf(place))(annotate(open, base.commit.id, { reviewedBy: [`r${place}`], testRuns: place }))
      })
    )
    const shown = yield* at(hub)(showProposal(yield* openedFor(hub, repository, ada, "read"), first.number))
    assert.strictEqual(new Set(shown.comments.map(({ body }) => body)).size, count)
    const said = yield* at(hub)(
      annotate(yield* opened(hub, repository), base.commit.id, { reviewedBy: [], testRuns: 0 })
    )
    assert.lengthOf(said.reviewedBy, count)
    assert.strictEqual(said.testRuns, count - 1)

    for (const [place, { number }] of proposals.entries()) {
      const merging = [hubs[0], hubs[1]].map((at_) =>
        Effect.gen(function* () {
          const open = yield* opened(at_, repository)
          return yield* Effect.result(at(at_)(mergeProposal(open, number, { strategy: "squash" })))
        })
      )
      const outcomes = yield* Effect.all(merging, { concurrency: "unbounded" })
      const won = outcomes.flatMap((outcome) => (outcome._tag === "Success" ? [outcome.success.mergeCommitId] : []))
      assert.lengthOf(won, 1, `proposal ${place} is merged once`)
      assert.strictEqual((yield* headsOf(hub, repository))["main"], won[0])
    }
  })
)

it.effect("keeps roots in the ledger, and no catalog of packs, which follows from its key", () =>
  Effect.gen(function* () {
    const [hub] = yield* twoHubs
    const { repository } = yield* pushedLine(hub, 40)
    const { catalog } = (yield* opened(hub, repository)).root.value
    assert(catalog !== null, "there is a catalog")
    const isKept = (key: DocumentKey) => Effect.map(hub.index.latestState(documentPath(key)), Option.isSome)
    assert.isTrue(yield* isKept({ kind: "root", repository: repository.id }))
    assert.isFalse(yield* isKept({ kind: "catalog", repository: repository.id, sha256: catalog }))
  })
)

it.effect("creates one of two repositories of the same name, and refuses the other", () =>
  Effect.gen(function* () {
    const hubs = yield* twoHubs
    const made = yield* Effect.forEach(
      [hubs[0], hubs[1]],
      (hub) => Effect.result(newRepository(hub, RepositoryName.make("twice"))),
      { concurrency: "unbounded" }
    )
    assert.sameMembers(
      made.map((outcome) => (outcome._tag === "Success" ? "made" : outcome.failure._tag)),
      ["made", "RepositoryNameTaken"]
    )
  })
)
