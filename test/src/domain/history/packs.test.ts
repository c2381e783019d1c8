/**
 * Packs: a clone receives the same with and without them, packs cost the store few reads, and a damaged or lost pack
 * costs only time.
 */
import { admitted } from "@musehub/domain/usecase/admission/Admission"
import type { WholeIndex } from "@musehub/contract/wholeIndex"
import { assert, describe, it } from "@effect/vitest"
import type { CommitId } from "@musehub/domain/object/Id"
import { Fault } from "@musehub/domain/port/UnavailableReason"
import { IndexUnavailable } from "@musehub/domain/port/index/IndexUnavailable"
import { openPack, putPack, readPack } from "@musehub/domain/invariant/Packs"
import { ObjectMissing } from "@musehub/domain/port/ObjectStore"
import type { PackFile } from "@musehub/domain/pack/PackFile"
import { ObjectUnread } from "@musehub/domain/usecase/access/ObjectUnread"
import { type ImmutableKey, type ObjectKey, immutablePath } from "@musehub/domain/port/StoreKey"
import type { Repository } from "@musehub/domain/repository/Root"
import { fetchMpack } from "@musehub/domain/usecase/fetch/fetchMpack"
import { orderPlan, placedOf } from "@musehub/domain/usecase/fetch/orderPlan"
import type { PackBounds } from "@musehub/domain/usecase/packs/bounds"
import { packHistory } from "@musehub/domain/usecase/packs/packHistory"
import { contentBytesOf } from "@musehub/domain/usecase/packs/PackLocations"
import { layer as packing, Packing } from "@musehub/domain/usecase/packs/Packing"
import { packedReads } from "@musehub/domain/usecase/fetch/packedReads"
import { planFetch } from "@musehub/domain/usecase/fetch/planFetch"
import { holdsNothing, type MpackHolds } from "@musehub/domain/wire/mpack/History"
import { readMpack } from "@musehub/domain/wire/mpack/readMpack"
import { Deferred, Effect, Layer, Stream } from "effect"
import { TestClock } from "effect/testing"
import { type CallCount, callCount } from "../../support/countingStore.ts"
import { type Interpose, interposed, type Store } from "../../support/interposedStore.ts"
import { forSeeds, type Seeded } from "../../support/seeded.ts"
import {
  at,
  newRepository,
  objectTypes,
  opened,
  pushSteps,
  startHub,
  type Step,
  step,
  type TestHub
} from "../support/hubSamples.ts"
import { lacking, pushAtRandom, reached, type Steps } from "../support/RandomHistory.ts"
import { memoryStore } from "../support/rootSamples.ts"

/** A hub whose store calls are counted. */
const counted = Effect.gen(function* () {
  const count = callCount()
  const hub = yield* startHub({ store: interposed(yield* memoryStore, count.interpose) })
  return { hub, count, repository: yield* newRepository(hub) }
})

const objectPath = /^repositories\/[^/]+\/(blobs|snapshots|commits)\//
const objectReads = (count: CallCount) => [...count.of("get", objectPath), ...count.of("stream", objectPath)].length
const packPath = /^repositories\/[^/]+\/packs\/[0-9a-f]{64}$/

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

/** The bytes of a fetch answer. */
const fetched = Effect.fnUntraced(function* (
  hub: TestHub,
  repository: Repository,
  want: ReadonlyArray<CommitId>,
  have: ReadonlyArray<CommitId> = []
) {
  const open = yield* opened(hub, repository)
  const stream = yield* at(hub)(fetchMpack(open, { want, have, haveBlobs: [] }))
  return Buffer.concat(yield* at(hub)(Stream.runCollect(stream)))
})

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

const small: PackBounds = { contentBytesMax: 3000, objectsMin: 1 }

/** A hub that packs now and then between the pushes of a random history. */
const randomWorld = Effect.fnUntraced(function* (random: Seeded) {
  const hub = yield* startHub()
  const repository = yield* newRepository(hub)
  let packs = 0
  const request = () =>
    Effect.gen(function* () {
      if (random.chance(0.5)) return
      packs += (yield* at(hub)(packHistory(repository.id, { ...small, objectsMin: random.pick([1, 20]) }))).packs
    }).pipe(Effect.orDie)
  const history = yield* pushAtRandom(random, 2 + random.below(8), repository, () => hub, { force: true }).pipe(
    Effect.provideService(Packing, { request })
  )
  return { hub, repository, packs, ...history }
})

describe("a clone from packs", () => {
  it.effect("sends the objects of the plan, each once and in order, for any history, want and have", () =>
    Effect.gen(function* () {
      let packs = 0
      yield* forSeeds(60, (random) =>
        Effect.gen(function* () {
          const { hub, packs: made, repository, steps } = yield* randomWorld(random)
          packs += made
          for (let question = 0; question < 5; question += 1) {
            const want = random.some([...steps.keys()], random.pick([0.05, 0.3, 1]))
            const have = random.chance(0.4) ? [] : random.some([...steps.keys()], 0.1)
            const bytes = yield* fetched(hub, repository, want, have)
            assert.deepStrictEqual<object>(yield* idsIn(bytes, holding(steps, have)), lacking(steps, want, have))
          }
        })
      )
      assert.isAbove(packs, 50, "packs were made")
    })
  )

  it.effect("reads packs where it would read every object, and gives the same stream", () =>
    Effect.gen(function* () {
      const { count, hub, repository } = yield* counted
      const steps = line(60)
      yield* pushSteps(hub, repository, "main", steps)
      const tips = [steps[59]?.commit.id ?? assert.fail()]
      count.reset()
      const loose = yield* fetched(hub, repository, tips)
      const objects = 60 * 4 + 1
      assert.strictEqual(objectReads(count), objects)
      assert.deepStrictEqual(yield* at(hub)(packHistory(repository.id)), { packs: 1, objects, commits: 60 })
      count.reset()
      const packed = yield* fetched(hub, repository, tips)
      assert.isTrue(packed.equals(loose))
      assert.strictEqual(objectReads(count), 0)
      assert.lengthOf(count.of("get", packPath), 1)
    })
  )

  it.effect("reads newer objects one by one, and leaves the last few unpacked", () =>
    Effect.gen(function* () {
      const { count, hub, repository } = yield* counted
      const steps = line(40)
      yield* pushSteps(hub, repository, "main", steps)
      yield* at(hub)(packHistory(repository.id))
      const more = line(3, steps.at(-1))
      yield* pushSteps(hub, repository, "main", more)
      assert.deepStrictEqual(yield* at(hub)(packHistory(repository.id)), { packs: 0, objects: 0, commits: 0 })
      const tip = more.at(-1)?.commit.id ?? assert.fail()
      count.reset()
      const all = new Map([...steps, ...more].map((each) => [each.commit.id, each]))
      assert.deepStrictEqual<object>(yield* idsIn(yield* fetched(hub, repository, [tip])), lacking(all, [tip], []))
      assert.strictEqual(objectReads(count), 3 * 4)
      count.reset()
      const have = [steps.at(-1)?.commit.id ?? assert.fail()]
      const bytes = yield* fetched(hub, repository, [tip], have)
      assert.deepStrictEqual<object>(yield* idsIn(bytes, holding(all, have)), lacking(all, [tip], have))
      assert.lengthOf(count.of("get", packPath), 0, "a fetch of little does not look for packs")
    })
  )

  it.effect("reads a pack when a quarter of it is wanted, and single objects for less", () =>
    Effect.gen(function* () {
      const { count, hub, repository } = yield* counted
      const steps = line(100)
      yield* pushSteps(hub, repository, "main", steps)
      yield* at(hub)(packHistory(repository.id))
      const all = new Map(steps.map((each) => [each.commit.id, each]))
      const tip = steps.at(-1)?.commit.id ?? assert.fail()
      for (const [lacked, reads, packs] of [
        [40, 0, 1],
        [10, 40, 0]
      ] as const) {
        const have = [steps.at(-1 - lacked)?.commit.id ?? assert.fail()]
        count.reset()
        const bytes = yield* fetched(hub, repository, [tip], have)
        assert.deepStrictEqual<object>(yield* idsIn(bytes, holding(all, have)), lacking(all, [tip], have))
        assert.deepStrictEqual([objectReads(count), count.of("get", packPath).length], [reads, packs])
      }
    })
  )

  it.effect("reads a pack once, also where large objects come between its own", () =>
    Effect.gen(function* () {
      const { count, hub, repository } = yield* counted
      const large = (number: number) => `${number}`.repeat(300 * 1024).slice(0, 300 * 1024)
      const steps: Array<Step> = []
      for (let number = 0; number < 30; number += 1) {
        const files = { small: `small ${number}`, large: number % 5 === 0 ? large(number) : "none" }
        steps.push(step(String(number), files, steps.slice(-1)))
      }
      yield* pushSteps(hub, repository, "main", steps)
      yield* at(hub)(packHistory(repository.id))
      const tip = steps.at(-1)?.commit.id ?? assert.fail()
      count.reset()
      const bytes = yield* fetched(hub, repository, [tip])
      const all = new Map(steps.map((each) => [each.commit.id, each]))
      assert.deepStrictEqual<object>(yield* idsIn(bytes), lacking(all, [tip], []))
      assert.lengthOf(count.of("get", packPath), 1)
      assert.strictEqual(objectReads(count), 6, "the large ones")
    })
  )
})

describe("packing", () => {
  it.effect("is safe in two processes at once, and is repeated for what one of them could not record", () =>
    Effect.gen(function* () {
      const store = yield* memoryStore
      const one = yield* startHub({ store })
      const two = yield* startHub({ store, index: one.index })
      const repository = yield* newRepository(one)
      const steps = line(60)
      yield* pushSteps(one, repository, "main", steps)
      const away: WholeIndex = {
        ...one.index,
        recordPacks: () =>
          Effect.fail(new IndexUnavailable({ operation: "recordPacks", reason: new Fault({ cause: "injected" }) }))
      }
      const stranded = yield* startHub({ store, index: away })
      const bounds = { contentBytesMax: 10_000, objectsMin: 1 }
      assert.instanceOf(yield* Effect.flip(at(stranded)(packHistory(repository.id, bounds))), IndexUnavailable)
      assert.lengthOf(yield* one.index.unpacked(repository.id, 100), 60, "nothing half")
      yield* Effect.all(
        [one, two, one].map((hub) => at(hub)(packHistory(repository.id, bounds))),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(yield* one.index.unpacked(repository.id, 1), [])
      const tip = [steps.at(-1)?.commit.id ?? assert.fail()]
      const all = new Map(steps.map((each) => [each.commit.id, each]))
      assert.deepStrictEqual<object>(yield* idsIn(yield* fetched(two, repository, tip)), lacking(all, tip, []))
      const packs = yield* one.index.packsOf(
        repository.id,
        steps.map(({ commit }) => commit.id)
      )
      const inStore = yield* store.list(repository.id, "pack", { limit: 1000 })
      const made = packs.map(({ sha256 }) => sha256).toSorted()
      assert.deepStrictEqual<ReadonlyArray<string>>(
        made,
        inStore.items.map(({ id }) => id),
        "all of them made the same ones"
      )
    })
  )
})

/** Puts bytes under the name of a pack that has others, as damage would. */
const replace = Effect.fnUntraced(function* (store: Store, key: ImmutableKey<"pack">, content: Uint8Array) {
  const damaged = { type: key.type, id: key.id, sha256: key.id, size: content.byteLength, content }
  yield* store.delete(key)
  yield* store.put(key.repository, damaged as unknown as PackFile)
})

describe("a pack", () => {
  const packedLine = Effect.gen(function* () {
    const { count, hub, repository } = yield* counted
    const steps = line(30)
    yield* pushSteps(hub, repository, "main", steps)
    yield* at(hub)(packHistory(repository.id))
    const tip = steps.at(-1)?.commit.id ?? assert.fail()
    const [pack] = yield* hub.index.packsOf(repository.id, [tip])
    if (pack === undefined) return assert.fail("nothing was packed")
    const key = { repository: repository.id, type: "pack", id: pack.sha256 } as const
    const whole = yield* fetched(hub, repository, [tip])
    return { count, hub, repository, tip, key, bytes: yield* hub.store.get(key), whole }
  })

  const damages = {
    "with a flipped byte": (bytes: Uint8Array) =>
      bytes.with(bytes.byteLength >> 1, (bytes.at(bytes.byteLength >> 1) ?? 0) ^ 1),
    "that was cut": (bytes: Uint8Array) => bytes.subarray(0, bytes.byteLength - 1),
    "that is empty": () => new Uint8Array(),
    "that is gone": () => undefined
  } as const

  for (const [name, damage] of Object.entries(damages)) {
    it.effect(`${name} is skipped, forgotten and made again`, () =>
      Effect.gen(function* () {
        const { bytes, count, hub, key, repository, tip, whole } = yield* packedLine
        const damaged = damage(bytes)
        yield* damaged === undefined ? hub.store.delete(key) : replace(hub.store, key, damaged)
        const asked: Array<string> = []
        const recording = { request: (id: string) => Effect.sync(() => void asked.push(id)) }
        const again = yield* fetched(hub, repository, [tip]).pipe(Effect.provideService(Packing, recording))
        assert.isTrue(again.equals(whole), "the answer is the same")
        assert.deepStrictEqual(asked, [repository.id])
        assert.deepStrictEqual(yield* hub.index.packsOf(repository.id, [tip]), [])
        assert.strictEqual((yield* at(hub)(packHistory(repository.id))).packs, 1)
        count.reset()
        assert.isTrue((yield* fetched(hub, repository, [tip])).equals(whole))
        assert.strictEqual(objectReads(count), 0)
      })
    )
  }

  it.effect("is skipped and forgotten when its directory does not match its content", () =>
    Effect.gen(function* () {
      const { hub, repository, tip, whole } = yield* packedLine
      const commits = [...new Set(line(30).map(({ commit }) => commit.id))]
      const [pack] = yield* hub.index.packsOf(repository.id, [tip])
      if (pack === undefined) return assert.fail("nothing was packed")
      const content = yield* at(hub)(
        Effect.flatMap(readPack(repository.id, pack.sha256), (bytes) =>
          openPack(repository.id, pack.sha256, bytes, contentBytesOf(pack.entries))
        )
      )
      // The same number of bytes as before, in another order.
      yield* hub.index.forgetPack(repository.id, pack.sha256)
      const wrong = yield* at(hub)(putPack(repository.id, content, pack.entries.toReversed()))
      yield* hub.index.recordPacks({
        repository: repository.id,
        packs: [wrong],
        commits: new Map(commits.map((id) => [id, [wrong.sha256]]))
      })
      assert.isTrue((yield* fetched(hub, repository, [tip])).equals(whole))
      assert.deepStrictEqual(yield* hub.index.packsOf(repository.id, [tip]), [])
    })
  )

  it.effect("is the same when it is made again, and is not written twice", () =>
    Effect.gen(function* () {
      const { count, hub, key, repository, tip } = yield* packedLine
      yield* hub.index.forgetPack(repository.id, key.id)
      count.reset()
      yield* at(hub)(packHistory(repository.id))
      const [again] = yield* hub.index.packsOf(repository.id, [tip])
      assert.strictEqual(again?.sha256, key.id)
      assert.lengthOf(count.of("put", packPath), 1, "the put finds the pack in the store")
    })
  )

  it.effect("is replaced when its bytes are damaged, also in a store that compares only what it noted of them", () =>
    Effect.gen(function* () {
      const { bytes, hub, key, repository } = yield* packedLine
      const noted: Store = {
        ...hub.store,
        put: (into, sealed) =>
          Effect.map(hub.store.put(into, sealed), (receipt) =>
            receipt.outcome === "different" ? { ...receipt, outcome: "identical" } : receipt
          )
      }
      for (const store of [hub.store, noted]) {
        yield* replace(hub.store, key, bytes.with(100, (bytes.at(100) ?? 0) ^ 1))
        yield* hub.index.forgetPack(repository.id, key.id)
        const other = yield* startHub({ store, index: hub.index })
        assert.strictEqual((yield* at(other)(packHistory(repository.id))).packs, 1)
        assert.deepStrictEqual(yield* hub.store.get(key), bytes)
      }
    })
  )

  it.effect("omits objects that are damaged or missing in the store, and does not list them", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const repository = yield* newRepository(hub)
      const steps = line(30)
      yield* pushSteps(hub, repository, "main", steps)
      const lost = steps[10]?.blobs[0]?.id ?? assert.fail()
      const key = { repository: repository.id, type: "blob", id: lost } as const
      yield* hub.store.delete(key)
      const { objects, packs } = yield* at(hub)(packHistory(repository.id))
      assert.deepStrictEqual([packs, objects], [1, 30 * 4 + 1 - 1])
      const failed = yield* Effect.flip(fetched(hub, repository, [steps.at(-1)?.commit.id ?? assert.fail()]))
      assert.instanceOf(failed, ObjectUnread)
      assert.instanceOf(failed.cause, ObjectMissing)
      assert.include(failed.message, lost, immutablePath(key))
    })
  )
})

describe("reading objects through packs", () => {
  it.effect("gives the stored bytes of each object, also when the packs are damaged meanwhile", () =>
    Effect.gen(function* () {
      const { count, hub, repository } = yield* counted
      const steps = line(40)
      yield* pushSteps(hub, repository, "main", steps)
      yield* at(hub)(packHistory(repository.id, { contentBytesMax: 20_000, objectsMin: 1 }))
      const want = [steps.at(-1)?.commit.id ?? assert.fail()]
      const open = yield* opened(hub, repository)
      const plan = yield* at(hub)(admitted("plan", planFetch(open, want, [])))
      const placed = yield* at(hub)(orderPlan(open, plan, { packs: true }))
      const packs = yield* hub.index.packsOf(repository.id, want)
      const all = yield* hub.index.packsOf(
        repository.id,
        steps.map(({ commit }) => commit.id)
      )
      assert.isAbove(all.length, 2)
      const check = Effect.fnUntraced(function* () {
        const read = packedReads(repository.id)
        for (const type of objectTypes) {
          for (const entry of placedOf(placed, type)) {
            const bytes = yield* at(hub)(read(entry))
            const key = { repository: repository.id, type, id: entry.id } as ObjectKey
            assert.deepStrictEqual(new Uint8Array(bytes), new Uint8Array(yield* hub.store.get(key)))
          }
        }
      })
      count.reset()
      yield* check()
      assert.lengthOf(count.of("get", packPath), 3 * all.length, "once for each type")
      for (const { sha256 } of packs) {
        yield* replace(hub.store, { repository: repository.id, type: "pack", id: sha256 }, new Uint8Array(8))
      }
      yield* check()
      assert.deepStrictEqual(yield* hub.index.packsOf(repository.id, want), [], "forgotten")
    })
  )
})

/** Compression runs on another thread, in real time. */
const turn = Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
/** Waits until everything is packed. */
const packedWhole = (hub: TestHub, repository: Repository) =>
  Effect.repeat(Effect.andThen(turn, hub.index.unpacked(repository.id, 1)), {
    until: (commits) => commits.length === 0
  })

describe("packing beside the requests", () => {
  it.effect("packs a repository once for pushes in quick succession, and again for later ones", () =>
    Effect.gen(function* () {
      const { count, hub, repository } = yield* counted
      const written = () => count.of("put", packPath).length
      const services = yield* Layer.build(Layer.provide(packing("5 seconds"), Layer.succeedContext(hub.services)))
      const packs = Effect.provideContext(Packing, services)
      const steps = line(90)
      yield* pushSteps(hub, repository, "main", steps.slice(0, 30))
      yield* (yield* packs).request(repository.id)
      yield* TestClock.adjust("4 seconds")
      yield* pushSteps(hub, repository, "main", steps.slice(30, 60))
      yield* (yield* packs).request(repository.id)
      assert.strictEqual(written(), 0)
      yield* TestClock.adjust("1 second")
      yield* packedWhole(hub, repository)
      assert.strictEqual(written(), 1, "both pushes in one pack")
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(written(), 1)
      yield* pushSteps(hub, repository, "main", steps.slice(60))
      yield* (yield* packs).request(repository.id)
      yield* TestClock.adjust("5 seconds")
      yield* packedWhole(hub, repository)
      const all = new Map(steps.map((each) => [each.commit.id, each]))
      count.reset()
      const tip = [steps.at(-1)?.commit.id ?? assert.fail()]
      assert.deepStrictEqual<object>(yield* idsIn(yield* fetched(hub, repository, tip)), lacking(all, tip, []))
      assert.deepStrictEqual([objectReads(count), count.of("get", packPath).length], [0, 2], "one pack for two pushes")
    }).pipe(Effect.scoped)
  )

  it.effect("packs again when it is requested while the repository is being packed", () =>
    Effect.gen(function* () {
      const count = callCount()
      const released = yield* Deferred.make<void>()
      const slow: Interpose = (call, effect) =>
        call.operation === "put" && packPath.test(call.path)
          ? Effect.andThen(Deferred.await(released), count.interpose(call, effect))
          : effect
      const hub = yield* startHub({ store: interposed(yield* memoryStore, slow) })
      const repository = yield* newRepository(hub)
      const services = yield* Layer.build(Layer.provide(packing("1 second"), Layer.succeedContext(hub.services)))
      const { request } = yield* Effect.provideContext(Packing, services)
      const steps = line(60)
      for (const part of [steps.slice(0, 30), steps.slice(30)]) {
        yield* pushSteps(hub, repository, "main", part)
        yield* request(repository.id)
        yield* TestClock.adjust("1 second")
      }
      yield* Deferred.succeed(released, undefined)
      yield* packedWhole(hub, repository)
      assert.lengthOf(count.calls, 2)
    }).pipe(Effect.scoped)
  )

  it.effect("is requested by every root move, and by a clone that reads many loose objects", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* counted
      const asked: Array<string> = []
      const recording = { request: (id: string) => Effect.sync(() => void asked.push(id)) }
      const steps = line(30)
      yield* pushSteps(hub, repository, "main", steps).pipe(Effect.provideService(Packing, recording))
      assert.deepStrictEqual(asked, [repository.id])
      const tip = [steps.at(-1)?.commit.id ?? assert.fail()]
      yield* fetched(hub, repository, tip).pipe(Effect.provideService(Packing, recording))
      assert.lengthOf(asked, 2)
      yield* at(hub)(packHistory(repository.id))
      yield* fetched(hub, repository, tip).pipe(Effect.provideService(Packing, recording))
      assert.lengthOf(asked, 2, "nothing is loose any more")
    })
  )
})
