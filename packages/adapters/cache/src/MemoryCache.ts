/** Objects in memory, the least recently used dropped first, within a limit that counts what an entry costs besides. */
import { Effect } from "effect"
import { makeLru } from "./Lru.ts"
import { countHeld } from "./metrics.ts"

export interface MemoryCache {
  /** The bytes that are held. They are shared, so they must never be written to, nor handed to who might. */
  readonly get: (name: string) => Uint8Array | undefined
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

/** An empty cache of so many bytes; of 0 bytes, it keeps nothing. */
export const makeMemoryCache = (bytesMax: number): MemoryCache => {
  const objects = makeLru<Uint8Array>()
  const objectBytesMax = Math.floor(bytesMax * objectShare) - entryOverheadBytes

  return {
    get: objects.get,
    keep: (name, bytes, isCurrent) =>
      Effect.suspend(() => {
        if (bytes.byteLength > objectBytesMax || !isCurrent()) return Effect.succeed(false)
        // A view into a larger buffer would keep all of that alive, uncounted.
        const own = bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes)
        objects.set(name, own, own.byteLength + entryOverheadBytes)
        const evicted = objects.trim(bytesMax, Infinity)
        return Effect.as(countHeld("memory", evicted.length, objects.weight()), true)
      }),
    drop: (name) =>
      Effect.suspend(() => {
        objects.delete(name)
        return countHeld("memory", 0, objects.weight())
      }),
    objectBytesMax
  }
}
