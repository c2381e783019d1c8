/** A cached store for tests, with everything that a test inspects: calls, counters, files. */
import { cached, type CacheOptions, makeCache } from "@musehub/adapter-cache/CachedObjectStore"
import * as MemoryObjectStore from "@musehub/adapter-memory/MemoryObjectStore"
import { blobOf } from "@musehub/domain/object/Blob"
import { PackDirectory } from "@musehub/domain/pack/PackDirectory"
import type { PackableObject } from "@musehub/domain/pack/PackedObject"
import { PackWriter } from "@musehub/domain/pack/PackWriter"
import { ObjectStore, type WantedRange } from "@musehub/domain/port/ObjectStore"
import { Context, Effect, Layer, Metric, Option, Result, type Scope } from "effect"
import { mkdtemp, readdir, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { callCount, type CallCount } from "../support/countingStore.ts"
import { type Interpose, interposed, type Store } from "../support/interposedStore.ts"

export const mebibyte = 1024 * 1024

export const newFolder: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "musehub-cache-"))),
  (folder) => Effect.promise(() => rm(folder, { recursive: true, force: true }))
)

export interface Cached {
  /** The store behind the cache. */
  readonly store: Store
  /** The store without the cache. */
  readonly bare: Store
  /** The calls that reached the bare store through the cache. */
  readonly count: CallCount
}

/** A store in memory behind a cache; `interpose` is put between the two. */
export const cachedStore = Effect.fnUntraced(function* (
  options: CacheOptions,
  interpose: Interpose = (_, effect) => effect
) {
  const bare = Context.get(yield* Layer.build(MemoryObjectStore.layer()), ObjectStore)
  return yield* cachedOver(bare, options, interpose)
})

/** Opens another cache over the same store, as after a restart. */
export const cachedOver = Effect.fnUntraced(function* (
  bare: Store,
  options: CacheOptions,
  interpose: Interpose = (_, effect) => effect
) {
  const count = callCount()
  const counted = interposed(interposed(bare, interpose), count.interpose)
  const made: Cached = { store: cached(counted, yield* makeCache(options)), bare, count }
  return made
})

/**
 * Writes a pack of blobs. Returns it with its ranges that a cache can check: those of its blocks, one for each blob of
 * more than half a mebibyte, and last that of its directory.
 */
export const packOf = Effect.fnUntraced(function* (contents: ReadonlyArray<Uint8Array>) {
  const writer = new PackWriter()
  for (const content of contents) yield* writer.add(blobOf(content) as PackableObject)
  const written = Option.getOrThrow(yield* writer.finish())
  const { blocks } = Result.getOrThrow(PackDirectory.decode(written.directory))
  const ofBlocks = blocks.map(({ length, sha256, start }) => ({
    start,
    end: start + length,
    parts: [{ length, sha256 }]
  }))
  const ofDirectory = { start: Math.max(...ofBlocks.map(({ end }) => end)), end: written.file.size }
  const ranges: ReadonlyArray<WantedRange> = [...ofBlocks, ofDirectory]
  return { file: written.file, ranges }
})

/** Runs a test with counters of its own. */
export const withOwnMetrics = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.suspend(() => Effect.provideService(effect, Metric.MetricRegistry, new Map()))

/** Reads a counter or gauge, by name and tier; 0 when nothing was counted yet. */
export const metric = (name: string, tier?: string): Effect.Effect<number> =>
  Effect.map(Metric.snapshot, (all) => {
    const found = all.find((one) => one.id === name && one.attributes?.["tier"] === tier)
    if (found?.type === "Counter") return Number(found.state.count)
    return found?.type === "Gauge" ? Number(found.state.value) : 0
  })

/** Lists the files that hold objects, relative to the folder. */
export const filesIn = (folder: string): Effect.Effect<ReadonlyArray<string>> =>
  Effect.promise(async () =>
    (await readdir(folder, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .toSorted()
  )
