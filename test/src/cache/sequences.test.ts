/** Random sequences: a store behind a cache of any size answers as it does without one. */
import { assert, it } from "@effect/vitest"
import { blobOf } from "@musehub/domain/object/Blob"
import { sha256 } from "@musehub/domain/object/Digest"
import { PackFile } from "@musehub/domain/pack/PackFile"
import type { Sealed, WantedRange } from "@musehub/domain/port/ObjectStore"
import { Effect, Exit, Stream } from "effect"
import { arriving, blob, bytesOf, keyOf, newRepository } from "@musehub/contract/StoreSamples"
import { injecting, random } from "../support/faultyStore.ts"
import type { Store } from "../support/interposedStore.ts"
import { forSeeds, type Seeded } from "../support/seeded.ts"
import { cachedStore, newFolder, packOf } from "./support.ts"

const repositories = [newRepository(), newRepository()]

const pack = Effect.runPromise(packOf([bytesOf(1000), bytesOf(700_000), bytesOf(700_000, 2)]))

/** One id in two types, every size class. */
const objectsWith = (pack: PackFile): ReadonlyArray<Sealed> => [
  blob(""),
  blob("a"),
  blobOf(bytesOf(2000)),
  arriving(bytesOf(3000)),
  arriving(bytesOf(1_500_000)),
  Effect.runSync(PackFile.of(bytesOf(2000))),
  pack
]

type Operation = (store: Store) => Effect.Effect<unknown, unknown>

const operation = (seed: Seeded, objects: ReadonlyArray<Sealed>, ranges: ReadonlyArray<WantedRange>): Operation => {
  const repository = seed.pick(repositories)
  const object = seed.pick(objects)
  const key = keyOf(repository, object)
  const range = seed.pick(ranges)
  return seed.pick<Operation>([
    (store) => store.put(repository, object),
    (store) => store.get(key),
    (store) => store.get(key),
    (store) => Stream.mkUint8Array(store.stream(key)),
    (store) => Stream.mkUint8Array(store.stream(key, object.type === "pack" ? range : { start: 0, end: 1 })),
    (store) => Stream.runDrain(Stream.take(store.stream(key), 1)),
    (store) => Effect.map(store.head(key), ({ size }) => size),
    // The cache may still have ranges of a pack that was deleted.
    (store) => (object.type === "pack" ? store.put(repository, object) : store.delete(key))
  ])
}

/** An outcome in a form that can be compared. Bytes are compared by their hash: one by one takes seconds. */
const outcome = (effect: Effect.Effect<unknown, unknown>) =>
  Effect.map(Effect.exit(effect), (exit) => {
    if (Exit.isFailure(exit)) return { error: String(exit) }
    return { value: exit.value instanceof Uint8Array ? sha256(exit.value) : exit.value }
  })

const limits = [
  { memory: 0, disk: 0 },
  { memory: 6000, disk: 0 },
  { memory: 6000, disk: 20_000 },
  { memory: 0, disk: 20_000_000 },
  { memory: 10_000_000, disk: 20_000_000 }
]

const store = Effect.fnUntraced(function* (seed: Seeded, rates: Parameters<typeof random>[1]) {
  const { disk, memory } = seed.pick(limits)
  const directory = yield* newFolder
  return yield* cachedStore(
    { memoryBytesMax: memory, ...(disk === 0 ? {} : { disk: { directory, bytesMax: disk } }) },
    injecting(random(seed, rates))
  )
})

it.live("gives each answer of the bare store, one call after another", () =>
  forSeeds(60, (seed) =>
    Effect.scoped(
      Effect.gen(function* () {
        const { file, ranges } = yield* Effect.promise(() => pack)
        const objects = objectsWith(file)
        const behind = yield* store(seed, {})
        const { bare } = yield* cachedStore({ memoryBytesMax: 0 })
        for (let step = 0; step < 60; step += 1) {
          const run = operation(seed, objects, ranges)
          assert.deepStrictEqual(yield* outcome(run(behind.store)), yield* outcome(run(bare)), `step ${step}`)
        }
      })
    )
  )
)

it.live("holds what the store holds after concurrent calls with faults", () =>
  forSeeds(80, (seed) =>
    Effect.scoped(
      Effect.gen(function* () {
        const { file, ranges } = yield* Effect.promise(() => pack)
        const objects = objectsWith(file)
        // Deletions and puts succeed or never arrive: after a lost answer the store's content would be unknown.
        const faults = { turnsMax: 6, failBefore: 0.1 }
        const behind = yield* store(seed, { other: faults, get: { ...faults, failAfter: 0.1 } })
        const operations = Array.from({ length: 40 }, () => ({
          run: operation(seed, objects, ranges),
          turns: seed.below(20)
        }))
        yield* Effect.forEach(
          operations,
          ({ run, turns }) =>
            Effect.andThen(Effect.repeat(Effect.yieldNow, { times: turns }), Effect.exit(run(behind.store))),
          { concurrency: "unbounded" }
        )
        for (const repository of repositories) {
          for (const object of objects) {
            const key = keyOf(repository, object)
            const found = yield* outcome(behind.bare.get(key))
            // A read may still meet an injected fault.
            const read = yield* outcome(Effect.retry(behind.store.get(key), { while: isInjected, times: 50 }))
            const streamed = Stream.mkUint8Array(behind.store.stream(key))
            assert.deepStrictEqual(read, found, `${object.type} ${object.id}`)
            assert.deepStrictEqual(yield* outcome(Effect.retry(streamed, { while: isInjected, times: 50 })), found)
            for (const range of object === file ? ranges : []) {
              const part = (from: Store) => Stream.mkUint8Array(from.stream(key, range))
              assert.deepStrictEqual(
                yield* outcome(Effect.retry(part(behind.store), { while: isInjected, times: 50 })),
                yield* outcome(part(behind.bare))
              )
            }
          }
        }
      })
    )
  )
)

const isInjected = (error: { readonly _tag: string }) => error._tag === "StoreUnavailable"
