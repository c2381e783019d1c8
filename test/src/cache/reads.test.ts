/** What the cache saves the store, and what it must not do: serve deleted objects, keep a failure, exceed its limit. */
import { cached, makeCache } from "@musehub/adapter-cache/CachedObjectStore"
import { assert, it } from "@effect/vitest"
import { blobOf } from "@musehub/domain/object/Blob"
import { PackFile } from "@musehub/domain/pack/PackFile"
import { StoreUnavailable } from "@musehub/domain/port/ObjectStore"
import { Deferred, Effect, Exit, Fiber, Stream } from "effect"
import { arriving, blob, bytesOf, keyOf, mislabeled, newRepository } from "@musehub/contract/StoreSamples"
import { injecting, scripted } from "../support/faultyStore.ts"
import type { Interpose, Store } from "../support/interposedStore.ts"
import { cachedStore, mebibyte, metric, packOf, withOwnMetrics } from "./support.ts"

const memoryOnly = { memoryBytesMax: 64 * mebibyte }

const repository = newRepository()

/** Holds the first call of an operation until it is released, and signals when it has arrived. */
const gate = Effect.fnUntraced(function* (operation: "get" | "delete", when: "before" | "after") {
  const arrived = yield* Deferred.make<void>()
  const go = yield* Deferred.make<void>()
  const wait = Effect.andThen(Deferred.succeed(arrived, undefined), Deferred.await(go))
  const interpose: Interpose = injecting(
    scripted([{ operation, nth: 1, fault: when === "before" ? { meanwhile: wait } : { afterwards: wait } }])
  )
  return {
    interpose,
    arrived: Deferred.await(arrived),
    go: Deferred.succeed(go, undefined)
  }
})

it.effect("answers a second read from memory, whole and as a stream, and counts it", () =>
  withOwnMetrics(
    Effect.gen(function* () {
      const { bare, count, store } = yield* cachedStore(memoryOnly)
      const objects = [blob("hello"), blob("ada"), blobOf(bytesOf(300_000))]
      for (const object of objects) {
        yield* bare.put(repository, object)
        const key = keyOf(repository, object)
        const first = yield* store.get(key)
        assert.deepStrictEqual(yield* store.get(key), first)
        assert.deepStrictEqual(yield* Stream.mkUint8Array(store.stream(key)), first)
      }
      assert.strictEqual(count.of("get").length, 3)
      assert.strictEqual(count.calls.length, 3)
      const bytes = objects.reduce((sum, { size }) => sum + size, 0)
      assert.strictEqual(yield* metric("musehub_cache_misses_total"), 3)
      assert.strictEqual(yield* metric("musehub_cache_hits_total", "memory"), 6)
      assert.strictEqual(yield* metric("musehub_cache_hit_bytes_total", "memory"), 2 * bytes)
      assert.isAbove(yield* metric("musehub_cache_bytes", "memory"), bytes)
      assert.strictEqual(yield* metric("musehub_cache_evictions_total", "memory"), 0)
    })
  )
)

it.effect("need not read a blob that was put whole, and keeps types and repositories apart", () =>
  Effect.gen(function* () {
    const { count, store } = yield* cachedStore(memoryOnly)
    const bytes = bytesOf(1000, 2)
    yield* store.put(repository, blobOf(bytes))
    assert.deepStrictEqual(yield* store.get(keyOf(repository, blobOf(bytes))), bytes)
    assert.strictEqual(count.of("get").length, 0)
    const elsewhere = [keyOf(newRepository(), blobOf(bytes)), keyOf(repository, yield* PackFile.of(bytes))]
    for (const key of elsewhere) assert.strictEqual((yield* Effect.flip(store.get(key)))._tag, "ObjectMissing")
    // A put in pieces is not collected on its way.
    yield* store.put(repository, arriving(bytesOf(1000)))
    yield* store.get(keyOf(repository, blobOf(bytesOf(1000))))
    assert.strictEqual(count.of("get", new RegExp(blobOf(bytesOf(1000)).id)).length, 1)
  })
)

it.effect("answers a second read of a block or directory of a pack from memory", () =>
  withOwnMetrics(
    Effect.gen(function* () {
      const { bare, count, store } = yield* cachedStore(memoryOnly)
      const { file, ranges } = yield* packOf([bytesOf(700_000), bytesOf(700_000, 2)])
      const key = keyOf(repository, file)
      yield* bare.put(repository, file)
      assert.lengthOf(ranges, 3)
      for (let round = 0; round < 3; round += 1) {
        for (const range of ranges) {
          const read = yield* Stream.mkUint8Array(store.stream(key, range))
          assert.deepStrictEqual(read, file.content.slice(range.start, range.end))
          // Each reader has bytes of its own.
          read.fill(0)
        }
      }
      assert.lengthOf(count.of("stream", /packs/), 3)
      assert.lengthOf(count.calls, 3)
      assert.strictEqual(yield* metric("musehub_cache_misses_total"), 3)
      assert.strictEqual(yield* metric("musehub_cache_hits_total", "memory"), 6)
    })
  )
)

it.effect("lets whole packs pass, and ranges that it cannot check, so that they displace nothing", () =>
  withOwnMetrics(
    Effect.gen(function* () {
      const { bare, count, store } = yield* cachedStore(memoryOnly)
      const { file, ranges } = yield* packOf([bytesOf(1000)])
      const key = keyOf(repository, file)
      const [block, directory] = ranges
      assert.isDefined(block)
      assert.isDefined(directory)
      // No hash, another range's hash, and more or less than the directory.
      const unknown = [
        { start: block.start, end: block.end },
        { ...directory, parts: block.parts },
        { ...directory, start: directory.start + 1 },
        { ...directory, end: directory.end - 1 }
      ]
      for (let round = 0; round < 2; round += 1) {
        yield* store.put(repository, file)
        assert.deepStrictEqual(yield* store.get(key), file.content)
        assert.deepStrictEqual(yield* Stream.mkUint8Array(store.stream(key)), file.content)
        for (const range of unknown) {
          const read = yield* Stream.mkUint8Array(store.stream(key, range))
          assert.deepStrictEqual(read, file.content.slice(range.start, range.end))
        }
        assert.strictEqual((yield* store.head(key)).size, file.size)
      }
      for (const [operation, calls] of [
        ["put", 2],
        ["get", 2],
        ["stream", 10],
        ["head", 2]
      ] as const)
        assert.lengthOf(count.of(operation, /packs/), calls, operation)
      assert.strictEqual(yield* metric("musehub_cache_bytes", "memory"), 0)
      yield* bare.delete(key)
      assert.strictEqual((yield* Effect.flip(store.get(key)))._tag, "ObjectMissing")
      yield* store.delete(key)
      assert.lengthOf(count.of("delete", /packs/), 1)
    })
  )
)

it.effect("asks for the size of a small object once before streaming it, and not at all when it is known", () =>
  Effect.gen(function* () {
    const { bare, count, store } = yield* cachedStore(memoryOnly)
    const [first, second] = [keyOf(repository, blob("first")), keyOf(repository, blob("second"))]
    yield* bare.put(repository, blob("first"))
    yield* bare.put(repository, blob("second"))
    yield* Stream.runDrain(store.stream(first))
    yield* Stream.runDrain(store.stream(first))
    assert.deepStrictEqual([count.of("head").length, count.of("get").length], [1, 1])
    assert.strictEqual((yield* store.head(second)).size, 6)
    yield* Stream.runDrain(store.stream(second))
    assert.deepStrictEqual([count.of("head").length, count.of("get").length, count.of("stream").length], [2, 2, 0])
  })
)

it.effect("cuts a part from what is held; otherwise reads the part from the store and does not keep it", () =>
  withOwnMetrics(
    Effect.gen(function* () {
      const { bare, count, store } = yield* cachedStore(memoryOnly)
      const bytes = bytesOf(500_000)
      const key = keyOf(repository, blobOf(bytes))
      yield* bare.put(repository, blobOf(bytes))
      const part = Stream.mkUint8Array(store.stream(key, { start: 250_000, end: 300_000 }))
      for (let round = 0; round < 2; round += 1) assert.deepStrictEqual(yield* part, bytes.slice(250_000, 300_000))
      assert.deepStrictEqual(
        count.calls.map(({ operation }) => operation),
        ["stream", "stream"]
      )
      yield* store.get(key)
      assert.deepStrictEqual(yield* part, bytes.slice(250_000, 300_000))
      assert.lengthOf(count.calls, 3)
      assert.strictEqual(yield* metric("musehub_cache_misses_total"), 3)
      assert.strictEqual(yield* metric("musehub_cache_hit_bytes_total", "memory"), 50_000)
    })
  )
)

it.effect("evicts the least recently used by bytes, and does not keep an object beyond its share", () =>
  withOwnMetrics(
    Effect.gen(function* () {
      const memoryBytesMax = 100_000
      const { count, store } = yield* cachedStore({ memoryBytesMax })
      const objects = Array.from({ length: 12 }, (_, seed) => blobOf(bytesOf(9000, seed + 1)))
      const keys = objects.map((object) => keyOf(repository, object))
      const [oldest, next] = keys
      assert.isDefined(oldest)
      assert.isDefined(next)
      for (const [position, object] of objects.entries()) {
        yield* store.put(repository, object)
        // Used again and again, so it stays.
        if (position > 0) yield* store.get(oldest)
        assert.isAtMost(yield* metric("musehub_cache_bytes", "memory"), memoryBytesMax)
      }
      // Ten entries of 9512 bytes fit.
      assert.strictEqual(yield* metric("musehub_cache_evictions_total", "memory"), 2)
      assert.strictEqual(count.of("get").length, 0)
      yield* store.get(next)
      assert.strictEqual(count.of("get").length, 1)
      yield* store.get(oldest)
      assert.strictEqual(count.of("get").length, 1)

      const large = blobOf(bytesOf(13_000))
      yield* store.put(repository, large)
      yield* store.get(keyOf(repository, large))
      yield* store.get(keyOf(repository, large))
      assert.strictEqual(count.of("get").length, 3)
    })
  )
)

it.effect("keeps what is read often during one pass through more than fits, and keeps what a second pass reads", () =>
  Effect.gen(function* () {
    const { bare, count, store } = yield* cachedStore({ memoryBytesMax: 100_000 })
    const objects = Array.from({ length: 30 }, (_, seed) => blobOf(bytesOf(9000, seed + 1)))
    for (const object of objects) yield* bare.put(repository, object)
    const [often, ...others] = objects.map((object) => keyOf(repository, object))
    if (often === undefined) return assert.fail()
    yield* store.get(often)
    // Ten entries of 9512 bytes fit.
    for (const key of others) yield* store.get(key)
    assert.lengthOf(count.of("get"), 30)
    yield* store.get(often)
    const last = others.slice(-5)
    for (const key of [...last, ...last]) yield* store.get(key)
    assert.lengthOf(count.of("get"), 35, "the second time they are kept")
    yield* store.get(often)
    assert.lengthOf(count.of("get"), 35)
  })
)

it.effect("shares reads but keeps nothing with a limit of 0 bytes", () =>
  Effect.gen(function* () {
    const { count, store } = yield* cachedStore({ memoryBytesMax: 0 })
    const key = keyOf(repository, blob("a"))
    yield* store.put(repository, blob("a"))
    const reads = yield* Effect.all([store.get(key), store.get(key)], { concurrency: 2 })
    assert.strictEqual(count.of("get").length, 1)
    reads[0].fill(0)
    assert.deepStrictEqual(reads[1], new TextEncoder().encode("a"))
    yield* store.get(key)
    assert.strictEqual(count.of("get").length, 2)
  })
)

it.effect("makes one read for a hundred readers at once, whole and streaming", () =>
  withOwnMetrics(
    Effect.gen(function* () {
      const held = yield* gate("get", "before")
      const { bare, count, store } = yield* cachedStore(memoryOnly, held.interpose)
      const bytes = bytesOf(200_000)
      const key = keyOf(repository, blobOf(bytes))
      yield* bare.put(repository, blobOf(bytes))
      yield* store.head(key)
      const reading = yield* Effect.forkChild(
        Effect.forEach(
          Array.from({ length: 100 }, (_, position) => position),
          (position) => (position % 2 === 0 ? store.get(key) : Stream.mkUint8Array(store.stream(key))),
          { concurrency: "unbounded" }
        )
      )
      yield* held.arrived
      yield* held.go
      const answers = yield* Fiber.join(reading)
      assert.strictEqual(count.of("get").length, 1)
      assert.strictEqual(count.of("stream").length, 0)
      for (const answer of answers) {
        assert.deepStrictEqual(answer, bytes)
        // Each reader has bytes of its own.
        answer.fill(0)
      }
      assert.deepStrictEqual(yield* store.get(key), bytes)
      assert.strictEqual(yield* metric("musehub_cache_misses_total"), 1)
      assert.strictEqual(yield* metric("musehub_cache_hits_total", "flight"), 99)
    })
  )
)

it.effect("lets the first reader leave without failing the others, and ends the read with the last", () =>
  Effect.gen(function* () {
    const held = yield* gate("get", "before")
    const { bare, count, store } = yield* cachedStore(memoryOnly, held.interpose)
    const key = keyOf(repository, blob("a"))
    yield* bare.put(repository, blob("a"))
    const first = yield* Effect.forkChild(store.get(key))
    yield* held.arrived
    const second = yield* Effect.forkChild(store.get(key), { startImmediately: true })
    yield* Fiber.interrupt(first)
    yield* held.go
    assert.deepStrictEqual(yield* Fiber.join(second), new TextEncoder().encode("a"))
    assert.strictEqual(count.of("get").length, 1)

    const begun = yield* Deferred.make<void>()
    const unwound = yield* Deferred.make<void>()
    // The first read never ends, and takes its time when it is interrupted.
    const stuckOnce: Interpose = (call, effect) =>
      Effect.suspend(() =>
        call.operation !== "get" || Deferred.isDoneUnsafe(begun)
          ? effect
          : Effect.andThen(Deferred.succeed(begun, undefined), Effect.never).pipe(
              Effect.onInterrupt(() => Deferred.await(unwound))
            )
      )
    const other = yield* cachedStore(memoryOnly, stuckOnce)
    yield* other.bare.put(repository, blob("a"))
    const readers = [
      yield* Effect.forkChild(other.store.get(key), { startImmediately: true }),
      yield* Effect.forkChild(other.store.get(key), { startImmediately: true })
    ]
    yield* Deferred.await(begun)
    const leaving = yield* Effect.forkChild(Fiber.interruptAll(readers), { startImmediately: true })
    // A new reader does not join a read that is being cancelled.
    assert.deepStrictEqual(yield* other.store.get(key), new TextEncoder().encode("a"))
    assert.strictEqual(other.count.of("get").length, 2)
    yield* Deferred.succeed(unwound, undefined)
    yield* Fiber.join(leaving)
  })
)

it.effect("fails all readers that wait for a failed read, and the next one asks again", () =>
  Effect.gen(function* () {
    const { bare, count, store } = yield* cachedStore(
      memoryOnly,
      injecting(scripted([{ operation: "get", nth: 1, fault: { turnsBefore: 5, failBefore: true } }]))
    )
    const key = keyOf(repository, blob("a"))
    yield* bare.put(repository, blob("a"))
    const errors = yield* Effect.forEach([1, 2, 3], () => Effect.flip(store.get(key)), { concurrency: "unbounded" })
    for (const error of errors) assert.instanceOf(error, StoreUnavailable)
    assert.strictEqual(count.of("get").length, 1)
    assert.deepStrictEqual(yield* store.get(key), new TextEncoder().encode("a"))
    assert.strictEqual(count.of("get").length, 2)
  })
)

it.effect("does not remember that an object is missing, and joins no read from before the put", () =>
  Effect.gen(function* () {
    const asked = yield* Deferred.make<void>()
    const go = yield* Deferred.make<void>()
    // The first read holds its answer back for a while.
    const slowlyOnce: Interpose = (call, effect) =>
      Effect.suspend(() =>
        call.operation === "get" && !Deferred.isDoneUnsafe(asked)
          ? Effect.onExit(effect, () => Effect.andThen(Deferred.succeed(asked, undefined), Deferred.await(go)))
          : effect
      )
    const { count, store } = yield* cachedStore({ memoryBytesMax: 0 }, slowlyOnce)
    const bytes = bytesOf(1000)
    const key = keyOf(repository, blobOf(bytes))
    const early = yield* Effect.forkChild(Effect.flip(store.get(key)))
    yield* Deferred.await(asked)
    yield* store.put(repository, blobOf(bytes))
    assert.deepStrictEqual(yield* store.get(key), bytes)
    yield* Deferred.succeed(go, undefined)
    assert.strictEqual((yield* Fiber.join(early))._tag, "ObjectMissing")
    assert.deepStrictEqual(yield* store.get(key), bytes)
    assert.strictEqual(count.of("get").length, 3)
  })
)

it.effect("forgets a deleted object, and a read under way does not bring it back", () =>
  Effect.gen(function* () {
    const held = yield* gate("get", "after")
    const { bare, count, store } = yield* cachedStore(memoryOnly, held.interpose)
    const key = keyOf(repository, blobOf(bytesOf(1000)))
    yield* bare.put(repository, blobOf(bytesOf(1000)))
    const reading = yield* Effect.forkChild(store.get(key))
    yield* held.arrived
    yield* store.delete(key)
    assert.strictEqual((yield* Effect.flip(store.get(key)))._tag, "ObjectMissing")
    yield* held.go
    assert.deepStrictEqual(yield* Fiber.join(reading), bytesOf(1000))
    assert.strictEqual((yield* Effect.flip(store.get(key)))._tag, "ObjectMissing")
    assert.strictEqual((yield* Effect.flip(Stream.runDrain(store.stream(key))))._tag, "ObjectMissing")
    yield* store.put(repository, blobOf(bytesOf(1000)))
    assert.deepStrictEqual(yield* store.get(key), bytesOf(1000))
    assert.strictEqual(count.of("get").length, 3)
  })
)

it.effect("forgets what is read during its deletion, also when the deletion is interrupted", () =>
  Effect.gen(function* () {
    for (const interrupts of [false, true]) {
      const held = yield* gate("delete", "before")
      const { bare, count, store } = yield* cachedStore(memoryOnly, held.interpose)
      const key = keyOf(repository, blob("a"))
      yield* store.put(repository, blob("a"))
      const deleting = yield* Effect.forkChild(store.delete(key))
      yield* held.arrived
      yield* store.get(key)
      yield* store.get(key)
      assert.strictEqual(count.of("get").length, 1)
      if (interrupts) {
        yield* Fiber.interrupt(deleting)
        yield* bare.delete(key)
      } else {
        yield* held.go
        yield* Fiber.join(deleting)
      }
      assert.strictEqual((yield* Effect.flip(store.get(key)))._tag, "ObjectMissing")
    }
  })
)

it.effect("has the right bytes after a put that replaced damaged ones", () =>
  Effect.gen(function* () {
    const { bare, store } = yield* cachedStore(memoryOnly)
    const bytes = bytesOf(1000)
    const key = keyOf(repository, blobOf(bytes))
    for (const right of [blobOf(bytes), arriving(bytes)]) {
      yield* bare.delete(key)
      yield* bare.put(repository, mislabeled(blobOf(bytes), bytesOf(1000, 2)))
      assert.deepStrictEqual(yield* store.get(key), bytesOf(1000, 2))
      assert.strictEqual((yield* store.put(repository, right)).outcome, "replaced")
      assert.deepStrictEqual(yield* store.get(key), bytes)
      yield* store.delete(key)
    }
  })
)

it.effect("keeps nothing after a put that fails", () =>
  Effect.gen(function* () {
    const { bare, count, store } = yield* cachedStore(
      memoryOnly,
      injecting(scripted([{ operation: "put", fault: { failBefore: true } }]))
    )
    const key = keyOf(repository, blob("ada"))
    assert.isTrue(Exit.isFailure(yield* Effect.exit(store.put(repository, blob("ada")))))
    assert.strictEqual((yield* Effect.flip(store.get(key)))._tag, "ObjectMissing")
    yield* bare.put(repository, blob("ada"))
    assert.deepStrictEqual(yield* store.get(key), new TextEncoder().encode("ada"))
    assert.strictEqual(count.of("get").length, 2)
  })
)

it.effect("passes on bytes that do not give their hash, for the reader to refuse, and does not keep them", () =>
  Effect.gen(function* () {
    const { bare } = yield* cachedStore(memoryOnly)
    const hello = blob("hello")
    const { file, ranges } = yield* packOf([bytesOf(1000)])
    const wholeBlob = (store: Store) => store.get(keyOf(repository, hello))
    const ofPack = ranges.map(
      (range) => (store: Store) => Stream.mkUint8Array(store.stream(keyOf(repository, file), range))
    )
    yield* bare.put(repository, hello)
    yield* bare.put(repository, file)
    for (const read of [wholeBlob, ...ofPack]) {
      const right = yield* read(bare)
      const damaged = right.map((byte, position) => (position === 2 ? byte ^ 1 : byte))
      let reads = 0
      const once = Effect.sync(() => {
        reads += 1
        return reads === 1 ? damaged.slice() : right.slice()
      })
      const store = cached(
        { ...bare, get: () => once, stream: () => Stream.fromEffect(once) },
        yield* makeCache(memoryOnly)
      )
      assert.deepStrictEqual(yield* read(store), damaged)
      assert.deepStrictEqual(yield* read(store), right)
      assert.deepStrictEqual(yield* read(store), right)
      assert.strictEqual(reads, 2)
    }
  })
)
