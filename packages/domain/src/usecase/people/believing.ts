/**
 * Documents that decide who a caller is, as the store has them. The store decides, so what one hub takes away is gone
 * at every other one within `staleMillisMax`, whatever its index says and also without one. A document in use costs one
 * conditional read in that time.
 */
import { Cache, Clock, Effect, Exit, Option } from "effect"
import { BoundedMap } from "../../base/BoundedMap.ts"
import type { ReadDocument } from "../../invariant/Document.ts"

/** How long a document that was read from the store is believed. */
export const staleMillisMax = 5000

/** The most documents of a kind that are remembered; a miss costs one full read. */
const knownMax = 10_000

interface Reading<A> {
  readonly value: Option.Option<A>
  /** How long ago the store was asked when it had answered. */
  readonly ageMillis: number
}

/** Reads documents and believes each for a while. An absent one is asked for each time: another hub may make it. */
export const believing = Effect.fnUntraced(function* <Key extends string, A, E, R>(
  ask: (key: Key, known?: ReadDocument<A>) => Effect.Effect<Option.Option<ReadDocument<A>>, E, R>
) {
  const last = new BoundedMap<Key, ReadDocument<A>>()
  const read = Effect.fnUntraced(function* (key: Key) {
    const since = yield* Clock.currentTimeMillis
    const found = yield* ask(key, last.get(key))
    if (Option.isNone(found)) last.delete(key)
    else {
      last.set(key, found.value)
      last.trim({ sizeMax: knownMax })
    }
    const reading: Reading<A> = {
      value: Option.map(found, ({ value }) => value),
      ageMillis: (yield* Clock.currentTimeMillis) - since
    }
    return reading
  })
  const cache = yield* Cache.makeWith(read, {
    capacity: knownMax,
    timeToLive: (exit) =>
      Exit.isSuccess(exit) && Option.isSome(exit.value.value) ? Math.max(0, staleMillisMax - exit.value.ageMillis) : 0
  })
  return {
    /** Returns the document as the store had it less than `staleMillisMax` ago. */
    read: (key: Key) => Effect.map(Cache.get(cache, key), ({ value }) => value),
    /** Makes the next `read` ask the store, after this process changed the document. */
    forget: (key: Key) => Cache.invalidate(cache, key)
  }
})
