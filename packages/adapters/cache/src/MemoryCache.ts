/**
 * Objects cached in memory, up to a limit that includes an entry's overhead; the least recently used is evicted first.
 * Once the cache is full, an object is admitted only at its second recent read. So a single pass over more than fits,
 * such as a clone of a long history, costs little and keeps what is read often.
 */
import { BoundedMap } from "@musehub/domain/base/BoundedMap"
import { Effect } from "effect"
import { countHeld } from "./metrics.ts"

export interface MemoryCache {
  /** Returns the cached bytes. They are shared: nothing may write to them. */
  readonly get: (name: string) => Uint8Array | undefined
  /**
   * Says whether an object of `bytes` bytes that was just read should be kept: there is room, or it was asked for
   * recently. The call itself counts as asking.
   */
  readonly admits: (name: string, bytes: number) => boolean
  /**
   * Keeps these bytes without a copy, unless they are too many or the object was dropped meanwhile; says whether it
   * did. From then on nothing may write to them.
   */
  readonly keep: (name: string, bytes: Uint8Array, isCurrent: () => boolean) => Effect.Effect<boolean>
  readonly drop: (name: string) => Effect.Effect<void>
  /** The largest object that is kept. Negative if nothing is. */
  readonly objectBytesMax: number
}

/** The overhead of a small entry, rounded up: its name, the map's slot, the array and its buffer. */
const entryOverheadBytes = 512

/** The part of the limit that one object may take: a larger one would evict too much of what is read often. */
const objectShare = 1 / 8

/**
 * The bytes of the limit for each remembered name of an object that was not kept; the names take about a twentieth of
 * the limit in addition.
 */
const bytesForName = 4096

/** Creates an empty cache that holds up to `bytesMax` bytes; with 0 it keeps nothing. */
export const makeMemoryCache = (bytesMax: number): MemoryCache => {
  const objects = new BoundedMap<string, Uint8Array>()
  const asked = new BoundedMap<string, true>()
  const askedMax = Math.ceil(bytesMax / bytesForName)
  const objectBytesMax = Math.floor(bytesMax * objectShare) - entryOverheadBytes

  return {
    get: (name) => objects.touch(name),
    admits: (name, bytes) => {
      if (bytes > objectBytesMax) return false
      if (objects.weight + bytes + entryOverheadBytes <= bytesMax) return true
      if (asked.get(name) === true) {
        asked.delete(name)
        return true
      }
      asked.set(name, true)
      asked.trim({ sizeMax: askedMax })
      return false
    },
    keep: (name, bytes, isCurrent) =>
      Effect.suspend(() => {
        if (bytes.byteLength > objectBytesMax || !isCurrent()) return Effect.succeed(false)
        // A view would keep the whole of its larger buffer alive, uncounted.
        const own = bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes)
        objects.set(name, own, own.byteLength + entryOverheadBytes)
        const evicted = objects.trim({ weightMax: bytesMax })
        return Effect.as(countHeld("memory", evicted.length, objects.weight), true)
      }),
    drop: (name) =>
      Effect.suspend(() => {
        objects.delete(name)
        return countHeld("memory", 0, objects.weight)
      }),
    objectBytesMax
  }
}
