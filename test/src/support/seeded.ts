/**
 * Reproducible randomness: one seed gives one run, and a failing run names its seed. Fixed seeds keep the suite the
 * same from day to day; raise the count to search wider.
 */
import { Effect, Random } from "effect"

export interface Seeded {
  /** Returns a number from 0 up to, but not including, 1. */
  readonly next: () => number
  /** Returns an integer from 0 up to, but not including, `limit`. */
  readonly below: (limit: number) => number
  readonly chance: (probability: number) => boolean
  /** Picks one of the items; the list must not be empty. */
  readonly pick: <A>(items: ReadonlyArray<A>) => A
  /** Picks a part of the items, each with this probability, in their order. */
  readonly some: <A>(items: ReadonlyArray<A>, probability: number) => ReadonlyArray<A>
}

/** The mulberry32 generator: small, fast and good enough to choose interleavings. */
export const seeded = (seed: number): Seeded => {
  let state = (seed * 0x9e3779b1) >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number) => Math.floor(next() * limit)
  const chance = (probability: number) => next() < probability
  return {
    next,
    below,
    chance,
    pick: <A>(items: ReadonlyArray<A>) => {
      const item = items[below(items.length)]
      if (item === undefined) throw new Error("there is nothing to pick from")
      return item
    },
    some: (items, probability) => items.filter(() => chance(probability))
  }
}

/** Runs a property for the seeds 1 to `count`. A failure names its seed. */
export const forSeeds = <E, R>(
  count: number,
  property: (random: Seeded, seed: number) => Effect.Effect<void, E, R>
): Effect.Effect<void, E, R> =>
  Effect.forEach(
    Array.from({ length: count }, (_, position) => position + 1),
    (seed) =>
      Effect.onError(
        // The code under test draws its jitter from the same seed.
        Random.withSeed(
          Effect.suspend(() => property(seeded(seed), seed)),
          seed
        ),
        () => Effect.sync(() => process.stderr.write(`the property failed for seed ${seed}\n`))
      ),
    { discard: true }
  )
