/**
 * Finds what a write relies on. A directory in memory says where an object was; the store says whether it is there.
 */
import { Effect } from "effect"
import type { StoredPack } from "../../port/Stored.ts"
import { isLoss } from "./Damage.ts"
import { type PackedPlace, Packs } from "./Packs.ts"

/** Packs that are asked for at the same time. */
const packsAtOnce = 16

/** Returns those of the packs that the store has. */
export const packsThere = Effect.fnUntraced(function* (packs: ReadonlyArray<StoredPack>) {
  const { confirm } = yield* Packs
  const there = yield* Effect.forEach(
    packs,
    (pack) =>
      Effect.as(confirm(pack), [pack]).pipe(Effect.catchIf(isLoss, () => Effect.succeed<Array<StoredPack>>([]))),
    { concurrency: packsAtOnce }
  )
  return there.flat()
})

/** Finds places in packs that the store has. `find` runs again where it has lost one, and passes that one over. */
export const storedPlaces = Effect.fnUntraced(function* <E, R>(
  find: Effect.Effect<ReadonlyArray<PackedPlace | undefined>, E, R>
) {
  while (true) {
    const places = yield* find
    const packs = [...new Set(places.flatMap((place) => (place === undefined ? [] : [place.pack])))]
    if ((yield* packsThere(packs)).length === packs.length) return places
  }
})
