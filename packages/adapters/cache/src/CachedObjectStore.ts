/**
 * An object store behind caches, with the same interface as the store. Cached are large blobs, and of packs the ranges
 * that are read again and again: the directory at the end, and blocks. They are known by a hash of their bytes, so
 * nothing cached is ever out of date. Whole packs, documents, uploads, listings and `head` always go to the store, so
 * the cache never decides what exists.
 *
 * A blob that another process deletes may still be served from this cache, and so may a range of a deleted pack.
 */
import { BoundedMap } from "@musehub/domain/base/BoundedMap"
import type { CanonicalObject } from "@musehub/domain/object/CanonicalObject"
import { incrementalSha256 } from "@musehub/domain/object/Digest"
import type { RepositoryId } from "@musehub/domain/object/Id"
import {
  type ByteRange,
  isWithin,
  type ObjectMissing,
  ObjectStore,
  type RangeOutside,
  type StoreUnavailable,
  type WantedRange
} from "@musehub/domain/port/ObjectStore"
import type { ImmutableKey } from "@musehub/domain/port/StoreKey"
import { Effect, Layer, Stream } from "effect"
import { type DiskCache, type DiskFile, type DiskOptions, makeDiskCache } from "./DiskCache.ts"
import { pieceBytesMax } from "./DiskFormat.ts"
import { makeInvalidations } from "./Invalidations.ts"
import { type Item, nameOf } from "./Item.ts"
import { makeMemoryCache, type MemoryCache } from "./MemoryCache.ts"
import { countHit, countMiss } from "./metrics.ts"
import { verify } from "./verify.ts"
import { makeSingleFlight } from "./SingleFlight.ts"

type Store = ObjectStore["Service"]
type BlobKey = ImmutableKey<"blob">

export interface CacheOptions {
  /** The most bytes held in memory; 0 holds none. */
  readonly memoryBytesMax: number
  /** Where objects are held on disk; absent for memory only. */
  readonly disk?: DiskOptions | undefined
}

/** The tiers of the cache. */
export interface ObjectCache {
  readonly memory: MemoryCache
  readonly disk: DiskCache | undefined
}

/** Opens the caches. Never fails: a folder that cannot be used is a warning. */
export const makeCache = Effect.fnUntraced(function* ({ disk, memoryBytesMax }: CacheOptions) {
  const cache: ObjectCache = {
    memory: makeMemoryCache(memoryBytesMax),
    disk: disk === undefined ? undefined : yield* makeDiskCache(disk)
  }
  return cache
})

/** The largest blob that is read whole, once for all concurrent readers; a larger one is streamed as it arrives. */
const wholeBytesMax = 1024 * 1024

/** The largest range of a pack that is cached: the directory of some 100,000 objects. A block is mostly smaller. */
const packRangeBytesMax = 8 * 1024 * 1024

const chunkBytesMax = 256 * 1024

/** The number of sizes that are remembered, so that a stream need not ask the store for one. */
const sizesMax = 10_000

interface Read {
  readonly bytes: Uint8Array
  /** Whether other readers or the cache hold these bytes too, so that nothing may write to them. */
  readonly isShared: boolean
}

/**
 * Puts the cache in front of a store. The bytes that it returns belong to the reader, as the port promises: it copies
 * what the cache holds.
 */
export const cached = (inner: Store, { disk, memory }: ObjectCache): Store => {
  const flights = makeSingleFlight<Read, ObjectMissing | RangeOutside | StoreUnavailable>()
  const invalidations = makeInvalidations()
  const sizes = new BoundedMap<string, number>()

  const noteSize = (name: string, size: number) => {
    sizes.set(name, size)
    sizes.trim({ sizeMax: sizesMax })
  }

  const drop = (key: BlobKey) =>
    Effect.suspend(() => {
      const name = nameOf({ key })
      invalidations.note(key.id)
      flights.forget(name)
      sizes.delete(name)
      return Effect.andThen(memory.drop(name), disk === undefined ? Effect.void : disk.drop(name))
    })

  const fromStore = ({ key, range }: Item) =>
    range === undefined ? inner.get(key) : Stream.mkUint8Array(inner.stream(key, range))

  const readThrough = Effect.fnUntraced(function* (item: Item) {
    const name = nameOf(item)
    const isCurrent = invalidations.watch(item.key.id)
    const found = yield* disk?.read(name) ?? Effect.succeed(undefined)
    if (found !== undefined && (yield* verify(item, found))) {
      yield* countHit("disk", found.byteLength)
      const isShared = memory.admits(name, found.byteLength) && (yield* memory.keep(name, found, isCurrent))
      return { bytes: found, isShared }
    }
    yield* countMiss
    const bytes = yield* fromStore(item)
    const admitted = memory.admits(name, bytes.byteLength)
    if ((!admitted && disk === undefined) || !(yield* verify(item, bytes))) return { bytes, isShared: false }
    const isShared = admitted && (yield* memory.keep(name, bytes, isCurrent))
    if (disk !== undefined) yield* disk.write(name, bytes, isCurrent)
    return { bytes, isShared }
  })

  const read = Effect.fnUntraced(function* (item: Item) {
    const name = nameOf(item)
    const held = memory.get(name)
    if (held !== undefined) {
      yield* countHit("memory", held.byteLength)
      return { bytes: held, isShared: true }
    }
    const { answer, joined, shared } = yield* flights.join(name, readThrough(item))
    if (joined) yield* countHit("flight", answer.bytes.byteLength)
    return { bytes: answer.bytes, isShared: answer.isShared || shared }
  })

  const get = (key: BlobKey) =>
    Effect.map(Effect.catchTag(read({ key }), "RangeOutside", Effect.die), ({ bytes, isShared }) =>
      isShared ? new Uint8Array(bytes) : bytes
    )

  const put = Effect.fnUntraced(function* (repository: RepositoryId, blob: CanonicalObject<"blob">) {
    const key: BlobKey = { repository, type: "blob", id: blob.id }
    const name = nameOf({ key })
    const isCurrent = invalidations.watch(key.id)
    const receipt = yield* inner.put(repository, blob)
    // A read that began before the put may have found nothing.
    flights.forget(name)
    if (receipt.outcome === "replaced") {
      yield* drop(key)
      return receipt
    }
    noteSize(name, blob.size)
    const { content } = blob
    if (!(content instanceof Uint8Array)) return receipt
    // A copy: the caller may use its buffer again.
    if (content.byteLength <= memory.objectBytesMax) yield* memory.keep(name, new Uint8Array(content), isCurrent)
    if (disk !== undefined) yield* disk.write(name, content, isCurrent)
    return receipt
  })

  const head = (key: BlobKey) =>
    Effect.tap(inner.head(key), ({ size }) => Effect.sync(() => noteSize(nameOf({ key }), size)))

  const sizeOf = (key: BlobKey) =>
    Effect.suspend(() => {
      const known = sizes.touch(nameOf({ key }))
      return known === undefined ? Effect.map(head(key), ({ size }) => size) : Effect.succeed(known)
    })

  /** Streams from the disk, and from the store once a piece on disk is missing or damaged. */
  const streamFromDisk = (key: BlobKey, file: DiskFile, disk: DiskCache) => {
    let served = 0
    return Stream.unfold(0, (position) =>
      Effect.suspend(() => {
        if (position === file.pieces) return Effect.succeed(undefined)
        return Effect.map(file.piece(position), (bytes) => {
          served += bytes.byteLength
          return [bytes, position + 1] as const
        })
      })
    ).pipe(
      Stream.catch((fault) =>
        Stream.unwrap(
          Effect.as(Effect.andThen(disk.dropFaulty(fault), countMiss), withoutFirst(served, inner.stream(key)))
        )
      )
    )
  }

  /**
   * Streams from the store and writes to the disk along the way. Concurrent streams of one object each read the store,
   * since otherwise the slowest reader would set the pace; one of them writes.
   */
  const streamThrough = (key: BlobKey, size: number, disk: DiskCache) =>
    Stream.unwrap(
      Effect.gen(function* () {
        const isCurrent = invalidations.watch(key.id)
        const writer = yield* disk.begin(nameOf({ key }), size)
        if (writer === undefined) return inner.stream(key)
        const hash = incrementalSha256()
        const publish = Effect.suspend(() =>
          hash.digest() === (key.id as string) ? writer.publish(isCurrent) : Effect.void
        )
        return inner.stream(key).pipe(
          Stream.tap((chunk) => {
            hash.update(chunk)
            return writer.append(chunk)
          }),
          Stream.concat(Stream.fromEffectDrain(publish))
        )
      })
    )

  const streamWhole = (key: BlobKey): ReturnType<Store["stream"]> =>
    Stream.unwrap(
      Effect.gen(function* () {
        const name = nameOf({ key })
        if (memory.get(name) === undefined) {
          const file = yield* disk?.open(name) ?? Effect.succeed(undefined)
          if (file !== undefined && disk !== undefined) {
            yield* countHit("disk", file.size)
            return streamFromDisk(key, file, disk)
          }
          const size = yield* sizeOf(key)
          if (size > wholeBytesMax) {
            yield* countMiss
            return disk === undefined ? inner.stream(key) : streamThrough(key, size, disk)
          }
        }
        return inChunks(yield* read({ key }))
      })
    )

  /** Streams a range from the pieces on disk, and from the store once a piece is missing or damaged. */
  const partFromDisk = (key: BlobKey, range: ByteRange, file: DiskFile, disk: DiskCache) => {
    let served = range.start
    return Stream.unfold(Math.floor(range.start / pieceBytesMax), (position) =>
      Effect.suspend(() => {
        if (served === range.end) return Effect.succeed(undefined)
        return Effect.map(file.piece(position), (piece) => {
          const before = position * pieceBytesMax
          const bytes = piece.subarray(served - before, range.end - before)
          served += bytes.byteLength
          return [bytes, position + 1] as const
        })
      })
    ).pipe(
      Stream.catch((fault) =>
        Stream.unwrap(
          Effect.as(
            Effect.andThen(disk.dropFaulty(fault), countMiss),
            Stream.suspend(() => inner.stream(key, { start: served, end: range.end }))
          )
        )
      )
    )
  }

  /**
   * Serves a range of a blob from the cache, or else from the store. It cannot be checked against the id, so it is not
   * cached.
   */
  const streamPart = (key: BlobKey, range: ByteRange) =>
    Stream.unwrap(
      Effect.gen(function* () {
        const name = nameOf({ key })
        const held = memory.get(name)
        if (held !== undefined && isWithin(range, held.byteLength)) {
          yield* countHit("memory", range.end - range.start)
          return inChunks({ bytes: held.subarray(range.start, range.end), isShared: true })
        }
        const file = yield* disk?.open(name) ?? Effect.succeed(undefined)
        if (file !== undefined && disk !== undefined && isWithin(range, file.size)) {
          yield* countHit("disk", range.end - range.start)
          return partFromDisk(key, range, file, disk)
        }
        yield* countMiss
        return inner.stream(key, range)
      })
    )

  const streamOfPack = (key: ImmutableKey<"pack">, range: WantedRange | undefined) =>
    range === undefined || !isWithin(range, Number.MAX_SAFE_INTEGER) || range.end - range.start > packRangeBytesMax
      ? inner.stream(key, range)
      : Stream.unwrap(Effect.map(read({ key, range }), inChunks))

  return ObjectStore.of({
    ...inner,
    put: (repository, sealed) => (sealed.type === "blob" ? put(repository, sealed) : inner.put(repository, sealed)),
    get: (key) => (key.type === "blob" ? get(key) : inner.get(key)),
    stream: (key, range) => {
      if (key.type === "pack") return streamOfPack(key, range)
      return range === undefined ? streamWhole(key) : streamPart(key, range)
    },
    head: (key) => (key.type === "blob" ? head(key) : inner.head(key)),
    // Dropped again afterwards: a read in between may have cached it.
    delete: (key) =>
      key.type === "blob" ? Effect.andThen(drop(key), Effect.ensuring(inner.delete(key), drop(key))) : inner.delete(key)
  })
}

/** Puts new caches in front of the object store. */
export const layer = (options: CacheOptions): Layer.Layer<ObjectStore, never, ObjectStore> =>
  Layer.effect(
    ObjectStore,
    Effect.gen(function* () {
      return cached(yield* ObjectStore, yield* makeCache(options))
    })
  )

const inChunks = ({ bytes, isShared }: Read): Stream.Stream<Uint8Array> =>
  Stream.unfold(0, (start) =>
    Effect.sync(() => {
      if (start >= bytes.byteLength) return undefined
      const chunk = bytes.subarray(start, start + chunkBytesMax)
      return [isShared ? new Uint8Array(chunk) : chunk, start + chunkBytesMax] as const
    })
  )

const withoutFirst = <E>(count: number, stream: Stream.Stream<Uint8Array, E>): Stream.Stream<Uint8Array, E> =>
  Stream.suspend(() => {
    let left = count
    return stream.pipe(
      Stream.map((chunk) => {
        const cut = Math.min(left, chunk.byteLength)
        left -= cut
        return chunk.subarray(cut)
      }),
      Stream.filter((chunk) => chunk.byteLength > 0)
    )
  })
