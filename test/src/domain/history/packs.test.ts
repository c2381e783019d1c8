/**
 * Packs as the store: whatever was pushed and merged, a clone receives the same; packs are merged without a loss; and
 * what is damaged is never served.
 */
import { assert, describe, it } from "@effect/vitest"
import type { CommitId } from "@musehub/domain/object/Id"
import { mergePacks } from "@musehub/domain/usecase/packs/mergePacks"
import { layer as packing, Packing } from "@musehub/domain/usecase/packs/Packing"
import { holdsNothing, type MpackHolds } from "@musehub/domain/wire/mpack/History"
import { readMpack } from "@musehub/domain/wire/mpack/readMpack"
import { Effect, Layer, Stream } from "effect"
import { TestClock } from "effect/testing"
import { callCount } from "../../support/countingStore.ts"
import { interposed } from "../../support/interposedStore.ts"
import { whileTimePasses } from "../../support/time.ts"
import { forSeeds, type Seeded } from "../../support/seeded.ts"
import {
  assertRowsTellTheTruth,
  at,
  clone,
  newRepository,
  opened,
  pushSteps,
  rowsOf,
  startHub,
  type Step,
  step,
  storedIds
} from "../support/hubSamples.ts"
import { fetched } from "../support/fetched.ts"
import { lacking, pushAtRandom, reached, type Steps } from "../support/RandomHistory.ts"
import { memoryIndex, memoryStore } from "../support/rootSamples.ts"

/** A client that has these commits and everything they reach. */
const holding = (steps: Steps, have: ReadonlyArray<CommitId>): MpackHolds => {
  const had = reached(steps, have)
  const commits = new Set(had.map(({ commit }) => commit.id))
  const snapshots = new Set(had.map(({ snapshot }) => snapshot.id))
  const blobs = new Set(had.flatMap(({ snapshot }) => [...snapshot.manifest.values()]))
  return (ids) =>
    Effect.succeed({
      commits: new Set(ids.commits.filter((id) => commits.has(id))),
      snapshots: new Set(ids.snapshots.filter((id) => snapshots.has(id))),
      blobs: new Set(ids.blobs.filter((id) => blobs.has(id)))
    })
}

/** Decodes a stream strictly and returns the ids in it, sorted, by type. */
const idsIn = Effect.fnUntraced(function* (bytes: Uint8Array, holds: MpackHolds = holdsNothing) {
  const { objects } = yield* readMpack(Stream.succeed(bytes), { holds })
  const ids = { commits: new Array<string>(), snapshots: new Array<string>(), blobs: new Array<string>() }
  yield* Stream.runForEach(
    objects,
    Effect.fnUntraced(function* (object) {
      if (object.type === "blob" && !(object.content instanceof Uint8Array)) yield* Stream.runDrain(object.content)
      ids[`${object.type}s`].push(object.id)
    })
  )
  return { commits: ids.commits.toSorted(), snapshots: ids.snapshots.toSorted(), blobs: ids.blobs.toSorted() }
}, Effect.scoped)

/** Waits in real time, for at most five seconds, until something holds. */
const until = Effect.fnUntraced(function* <E, R>(holds: Effect.Effect<boolean, E, R>) {
  for (let tries = 0; tries < 100; tries += 1) {
    if (yield* holds) return
    yield* Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 50)))
  }
  assert.fail("it did not come to hold")
})

/** Makes a linear history whose commits change two files each. */
const line = (count: number, from?: Step): ReadonlyArray<Step> => {
  const steps: Array<Step> = []
  let last = from
  const base = from === undefined ? 0 : Number(from.commit.record.message)
  for (let number = base + 1; number <= base + count; number += 1) {
    last = step(
      String(number),
      { song: `song ${number}\n`, "folder/part": `part ${number}`, readme: "the same" },
      last === undefined ? [] : [last]
    )
    steps.push(last)
  }
  return steps
}

/** A hub that merges packs now and then between the pushes of a random history. */
const randomWorld = Effect.fnUntraced(function* (random: Seeded) {
  const hub = yield* startHub()
  const repository = yield* newRepository(hub)
  let merged = 0
  const request = () =>
    Effect.gen(function* () {
      if (random.chance(0.5)) return
      merged += (yield* at(hub)(mergePacks(repository.id, 2))).merged.length
    }).pipe(Effect.orDie)
  const history = yield* pushAtRandom(random, 2 + random.below(8), repository, () => hub, { force: true }).pipe(
    Effect.provideService(Packing, { request })
  )
  return { hub, repository, merged, ...history }
})

describe("a clone from packs", () => {
  it.effect("sends the objects of the plan, each once and in order, for any history, want and have", () =>
    Effect.gen(function* () {
      let merged = 0
      yield* forSeeds(60, (random) =>
        Effect.gen(function* () {
          const { hub, merged: of, repository, steps } = yield* randomWorld(random)
          merged += of
          for (let question = 0; question < 5; question += 1) {
            const want = random.some([...steps.keys()], random.pick([0.05, 0.3, 1]))
            const have = random.chance(0.4) ? [] : random.some([...steps.keys()], 0.1)
            const bytes = yield* fetched(hub, repository, want, have)
            assert.deepStrictEqual<object>(yield* idsIn(bytes, holding(steps, have)), lacking(steps, want, have))
          }
        })
      )
      assert.isAbove(merged, 50, "packs were merged")
    })
  )

  it.effect("reads each pack by its end and its blocks, once", () =>
    Effect.gen(function* () {
      const count = callCount()
      const hub = yield* startHub({ store: interposed(yield* memoryStore, count.interpose) })
      const repository = yield* newRepository(hub)
      const steps = line(300)
      yield* pushSteps(hub, repository, "main", steps)
      const cold = yield* startHub({ store: hub.store, index: hub.index })
      count.reset()
      yield* fetched(
        cold,
        repository,
        steps.slice(-1).map(({ commit }) => commit.id)
      )
      // Two packs, the one that was sent ahead and that of the push: their sizes and ends, and three blocks.
      assert.isAtMost(count.of("head").length + count.of("stream").length, 7)
      assert.lengthOf(count.of("get"), 0)
    })
  )
})

describe("merging packs", () => {
  it.effect("keeps every object once, every row true, and a rebuilt index equal, for any history", () =>
    forSeeds(20, (random) =>
      Effect.gen(function* () {
        const { heads, hub, repository } = yield* randomWorld(random)
        const before = yield* storedIds(hub.store, repository.id)
        while ((yield* at(hub)(mergePacks(repository.id, 2))).into !== undefined);
        const after = yield* storedIds(hub.store, repository.id)
        for (const type of ["commit", "snapshot", "blob"] as const) {
          assert.sameMembers([...new Set(after[type])], [...new Set(before[type])], type)
        }
        yield* assertRowsTellTheTruth(hub, repository.id)
        const rebuilt = yield* startHub({ store: hub.store })
        yield* clone(rebuilt, repository, [...heads.values()])
        const rows = yield* assertRowsTellTheTruth(rebuilt, repository.id)
        const own = yield* rowsOf(hub.index, repository.id)
        assert.deepStrictEqual(
          [rows.commit, rows.snapshot],
          [own.commit, own.snapshot],
          "the rows say where the bytes are now"
        )
      })
    )
  )

  it.effect("is safe in two processes at once, beside pushes", () =>
    Effect.gen(function* () {
      const store = yield* memoryStore
      const hubs = [yield* startHub({ store }), yield* startHub({ store })] as const
      const repository = yield* newRepository(hubs[0])
      let last: Step | undefined
      for (let round = 0; round < 10; round += 1) {
        const steps: ReadonlyArray<Step> = line(3, last)
        last = steps.at(-1)
        for (const one of steps) yield* pushSteps(hubs[round % 2 === 0 ? 0 : 1], repository, "main", [one])
        yield* whileTimePasses(
          Effect.all(
            hubs.map((hub) => at(hub)(mergePacks(repository.id, 2))),
            { concurrency: "unbounded" }
          )
        )
      }
      for (const hub of hubs) {
        const plan = yield* clone(hub, repository, last === undefined ? [] : [last.commit.id])
        assert.lengthOf(plan.commits, 30)
      }
      const ids = yield* storedIds(store, repository.id)
      assert.lengthOf(ids.commit, new Set(ids.commit).size, "no commit is in two packs")
    })
  )

  it.effect("leaves the rows of another hub, which has recorded a push that came meanwhile", () =>
    Effect.gen(function* () {
      const plain = yield* memoryStore
      let forgotten = 0
      const rows = yield* memoryIndex
      const forget = (...[id]: Parameters<typeof rows.forget>) =>
        Effect.andThen(
          Effect.sync(() => {
            forgotten += 1
          }),
          rows.forget(id)
        )
      const one = yield* startHub({ store: plain, index: { ...rows, forget } })
      const repository = yield* newRepository(one)
      const steps = line(5)
      for (const each of steps.slice(0, 4)) yield* pushSteps(one, repository, "main", [each])
      const late = pushSteps(one, repository, "main", steps.slice(4))
      const store = {
        ...plain,
        put: (...given: Parameters<typeof plain.put>) => Effect.andThen(Effect.orDie(late), plain.put(...given))
      }
      const other = yield* startHub({ store })
      assert.isDefined((yield* whileTimePasses(at(other)(mergePacks(repository.id, 2)))).into)
      yield* clone(
        one,
        repository,
        steps.slice(4).map(({ commit }) => commit.id)
      )
      yield* assertRowsTellTheTruth(one, repository.id)
      assert.strictEqual(forgotten, 0)
    })
  )

  it.effect("does nothing where packs are few, or their sizes fall already", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const repository = yield* newRepository(hub)
      assert.deepStrictEqual(yield* at(hub)(mergePacks(repository.id)), { merged: [], into: undefined })
      yield* pushSteps(hub, repository, "main", line(200))
      assert.isUndefined((yield* at(hub)(mergePacks(repository.id))).into)
    })
  )

  it.effect("happens beside the requests, once for pushes in quick succession; old packs go after a while", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const repository = yield* newRepository(hub)
      const layer = Layer.provide(packing("5 seconds"), Layer.succeedContext(hub.services))
      const packed = yield* Layer.build(Layer.fresh(layer))
      yield* Effect.gen(function* () {
        for (const one of line(6)) yield* pushSteps(hub, repository, "main", [one])
      }).pipe(Effect.provideContext(packed))
      const files = () => hub.store.list(repository.id, "pack", { limit: 1000 })
      const before = (yield* files()).items.length
      assert.isAbove(before, 6)
      const packsOfRoot = Effect.map(opened(hub, repository), ({ root }) => root.value.packs.length)
      yield* TestClock.adjust("6 seconds")
      // Compression takes real time.
      yield* until(Effect.map(packsOfRoot, (count) => count < 4))
      yield* TestClock.adjust("20 minutes")
      const named = yield* packsOfRoot
      yield* until(Effect.map(files(), ({ items }) => items.length === named))
    })
  )
})

describe("a damaged pack", () => {
  /** Changes one byte in every answer from the blocks of packs. */
  const spoilt = Effect.fnUntraced(function* () {
    let isSpoilt = false
    const plain = yield* memoryStore
    const store = {
      ...plain,
      stream: (...[key, range]: Parameters<typeof plain.stream>) =>
        Stream.map(plain.stream(key, range), (chunk) => {
          if (!isSpoilt || key.type !== "pack" || range?.start !== 0) return chunk
          const changed = chunk.slice()
          changed[Math.floor(changed.length / 2)] = (changed[Math.floor(changed.length / 2)] ?? 0) ^ 1
          return changed
        })
    }
    return { store, spoil: () => void (isSpoilt = true) }
  })

  it.effect("is never served: its key and the damage are in the failure", () =>
    Effect.gen(function* () {
      const { spoil, store } = yield* spoilt()
      const hub = yield* startHub({ store })
      const repository = yield* newRepository(hub)
      const steps = line(2)
      yield* pushSteps(hub, repository, "main", steps, { blobs: steps.flatMap(({ blobs }) => blobs) })
      spoil()
      const cold = yield* startHub({ store, index: hub.index })
      const failed = yield* Effect.flip(
        fetched(
          cold,
          repository,
          steps.slice(-1).map(({ commit }) => commit.id)
        )
      )
      assert.strictEqual(failed._tag, "ObjectUnread")
      assert.match(String(failed._tag === "ObjectUnread" ? failed.cause : ""), /packs\/[0-9a-f]{64} are damaged/)
    })
  )
})
