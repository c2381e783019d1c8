/**
 * Objects in memory, the least recently used dropped first, within a limit that counts what an entry costs besides.
 * What is read makes others go only when it is asked for a second time, so that one pass through more than fits, such
 * as a clone of a long history, costs little and leaves what is read often.
 */
import { BoundedMap } from "@musehub/domain/base/BoundedMap"
import { Effect } from "effect"
import { countHeld } from "./metrics.ts"

export interface MemoryCache {
  /** The bytes that are held. They are shared, so they must never be written to, nor handed to who might. */
  readonly get: (name: string) => Uint8Array | undefined
  /**
   * Whether an object of so many bytes that was just read is worth keeping: there is room, or it was asked for not long
   * ago. Asking this counts.
   */
  readonly admits: (name: string, bytes: number) => boolean
  /**
   * Keeps these very bytes, unless they are too many or were dropped meanwhile; says whether it did. From then on they
   * must not be written to.
   */
  readonly keep: (name: string, bytes: Uint8Array, isCurrent: () => boolean) => Effect.Effect<boolean>
  readonly drop: (name: string) => Effect.Effect<void>
  /** The largest object that is kept. Negative when nothing is. */
  readonly objectBytesMax: number
}

/** The name, the map's slot, the array and its buffer: what a small entry costs besides its bytes, rounded up. */
const entryOverheadBytes = 512

/** One object may take this part of the limit: a larger one would push out too much of what is read often. */
const objectShare = 1 / 8

/**
 * Names of objects that were not kept, which make the next question about them the second: one for so many bytes of the
 * limit, so that they take a twentieth of it besides.
 */
const bytesForName = 4096

/** An empty cache of so many bytes; of 0 bytes, it keeps nothing. */
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
        // A view into a larger buffer would keep all of that alive, uncounted.
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
