/** A rebuild lists all repositories first, and one that was ended anywhere goes on to the same end. */
import { assert, describe, it } from "@effect/vitest"
import type { WholeIndex } from "@musehub/contract/wholeIndex"
import { type IndexOperation, interposedIndex } from "@musehub/domain/port/interpose/interposedIndex"
import type { RepositoryId } from "@musehub/domain/object/Id"
import { BranchName } from "@musehub/domain/repository/Names"
import { openRepository } from "@musehub/domain/usecase/access/openRepository"
import { readRefs } from "@musehub/domain/usecase/fetch/readRefs"
import { rebuildIndex } from "@musehub/domain/usecase/operations/rebuildIndex"
import { requireSameHub } from "@musehub/domain/usecase/operations/requireSameHub"
import { Deferred, Effect, Fiber, Stream } from "effect"
import { TestClock } from "effect/testing"
import { forSeeds, seeded } from "../../support/seeded.ts"
import { ada, at, bob, newRepository, pushSteps, startHub, step, type TestHub } from "../support/hubSamples.ts"
import { memoryIndex } from "../support/rootSamples.ts"
import { assertSameIndex } from "./assertSameIndex.ts"
import { hubAt, inMemory, proved } from "./proofs.ts"
import { runProgram } from "./runProgram.ts"

/** An index that tells of each call before it is made. */
const telling = (index: WholeIndex, tell: (operation: IndexOperation) => Effect.Effect<void>): WholeIndex =>
  interposedIndex(Effect.succeed(index), index.location, (operation, effect) => Effect.andThen(tell(operation), effect))

/** Rebuilds into an index, and ends at the given call to it as a process does that is killed. */
const killedAt = Effect.fnUntraced(function* (hub: TestHub, index: WholeIndex, call: number) {
  let calls = 0
  const died = yield* Deferred.make<void>()
  const dying = telling(index, () => {
    calls += 1
    return calls < call ? Effect.void : Effect.andThen(Deferred.succeed(died, undefined), Effect.never)
  })
  const process = yield* startHub({ store: hub.store, index: dying })
  const fiber = yield* Effect.forkChild(at(process)(rebuildIndex()))
  yield* Effect.raceFirst(Deferred.await(died), Fiber.await(fiber))
  yield* Fiber.interrupt(fiber)
  return calls
})

const rebuilds = 50

describe("a rebuild", () => {
  it.live(
    `that is killed at ${rebuilds} random moments ends as one that is not`,
    () =>
      Effect.gen(function* () {
        const place = yield* inMemory
        const hub = yield* hubAt(place)
        const { repositories } = yield* runProgram(seeded(11), [hub, yield* startHub(hub)], 60)
        const undisturbed = yield* memoryIndex
        const whole = yield* killedAt(hub, undisturbed, Number.POSITIVE_INFINITY)
        assert.isAbove(whole, rebuilds)
        yield* forSeeds(rebuilds, (random) =>
          Effect.gen(function* () {
            const index = yield* memoryIndex
            const kills = 1 + random.below(3)
            for (let kill = 0; kill < kills; kill += 1) yield* killedAt(hub, index, 1 + random.below(whole))
            const resumed = yield* startHub({ store: hub.store, index })
            yield* at(resumed)(requireSameHub)
            assert.strictEqual((yield* at(resumed)(rebuildIndex())).losses, 0)
            yield* assertSameIndex(hub, resumed, repositories, [ada, bob])
            const { differences } = yield* proved(resumed, place)
            assert.deepStrictEqual(differences, [])
          })
        )
      }).pipe(Effect.scoped),
    180_000
  )

  it.effect("goes on after the last pack that was recorded whole", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const repository = yield* newRepository(hub, "songs")
      const steps = [step("1", { a: "1" })]
      for (let made = 2; made <= 6; made += 1) steps.push(step(`${made}`, { a: `${made}` }, steps.slice(-1)))
      for (const each of steps) yield* pushSteps(hub, repository, "main", [each])
      const index = yield* memoryIndex
      const fourth = yield* Deferred.make<void>()
      let packs = 0
      const dying = telling(index, (operation) =>
        operation === "record" && (packs += 1) > 3
          ? Effect.andThen(Deferred.succeed(fourth, undefined), Effect.never)
          : Effect.void
      )
      const process = yield* startHub({ store: hub.store, index: dying })
      const fiber = yield* Effect.forkChild(at(process)(rebuildIndex()))
      yield* Deferred.await(fourth)
      yield* Fiber.interrupt(fiber)
      assert.strictEqual((yield* index.packs(repository.id)).packs.size, 3)
      const before = (yield* index.recentCommits(repository.id, 10)).length
      assert.isAbove(before, 0)

      const recorded: Array<number> = []
      const counted: WholeIndex = {
        ...index,
        record: (batch) => {
          recorded.push(batch.commits.length)
          return index.record(batch)
        }
      }
      yield* at(yield* startHub({ store: hub.store, index: counted }))(rebuildIndex())
      assert.strictEqual(
        recorded.reduce((sum, commits) => sum + commits, before),
        steps.length
      )
    })
  )

  it.effect("lists every repository with its readers before it reads a pack, and its refs are served then", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const repositories = [
        yield* newRepository(hub, "engine", { visibility: "private" }),
        yield* newRepository(hub, "songs")
      ]
      const [head] = [step("1", { a: "1" })]
      for (const repository of repositories) yield* pushSteps(hub, repository, "main", [head])
      const index = yield* memoryIndex
      const stopping = { ...hub.store, stream: () => Stream.never, get: () => Effect.never }
      const process = yield* startHub({ store: stopping, index })
      const listing = yield* Deferred.make<number>()
      const onListed = (count: number) => Effect.asVoid(Deferred.succeed(listing, count))
      yield* Effect.forkChild(at(process)(rebuildIndex({ onListed })))
      const listed = yield* Deferred.await(listing)
      assert.strictEqual(listed, 2)
      const namesFor = (user: typeof ada | null) =>
        Effect.map(
          index.readableRepositories(user && { user: user.user, repository: null }, {}, { limit: 10 }),
          ({ items }) => items.map(({ repository, rootSequence }) => `${repository.slug} ${rootSequence}`)
        )
      assert.deepStrictEqual(yield* namesFor(ada), ["engine -1", "songs -1"])
      assert.deepStrictEqual(yield* namesFor(null), ["songs -1"])
      for (const repository of repositories) {
        const { owner, slug } = repository
        const open = openRepository(owner, slug, ada, "read", { rootAlone: true })
        const refs = yield* at(process)(Effect.flatMap(open, readRefs))
        const heads = yield* Stream.runCollect(refs.heads)
        assert.deepStrictEqual(heads.flat(), [[BranchName.make("main"), head.commit.id]])
      }
    })
  )

  it.effect("reads the packs of the repository first that moved last", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const repositories = [
        yield* newRepository(hub, "a", { initialize: true }),
        yield* newRepository(hub, "b", { initialize: true })
      ]
      for (const moved of repositories) {
        yield* TestClock.adjust("1 second")
        yield* pushSteps(hub, moved, "main", [step(moved.slug, { a: moved.slug })], { force: true })
        const read: Array<RepositoryId> = []
        const index = yield* memoryIndex
        const noting = { ...index, packs: (id: RepositoryId) => (read.push(id), index.packs(id)) }
        yield* at(yield* startHub({ store: hub.store, index: noting }))(rebuildIndex())
        assert.strictEqual(read[0], moved.id)
      }
    })
  )
})
