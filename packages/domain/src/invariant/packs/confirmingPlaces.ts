/** Asks the store whether it still has what a directory in memory says. */
import { Effect } from "effect"
import type { StoreUnavailable } from "../../port/ObjectStore.ts"
import type { StoredPack } from "../../port/Stored.ts"
import { isLoss } from "./Damage.ts"
import type { ObjectReadError, PackedPlace } from "./PackReads.ts"

/** Says whether the store has the pack and the block of a place undamaged. */
export type ConfirmPlace = (place: PackedPlace) => Effect.Effect<boolean, StoreUnavailable>

/** Remembers what the store answered, for as long as the returned function is used. */
export const confirmingPlaces = (
  readPack: (pack: StoredPack) => Effect.Effect<unknown, ObjectReadError>,
  readBlock: (place: PackedPlace) => Effect.Effect<unknown, ObjectReadError>
): ConfirmPlace => {
  const answers = new Map<string, boolean>()
  const once = Effect.fnUntraced(function* (key: string, read: Effect.Effect<unknown, ObjectReadError>) {
    const known = answers.get(key)
    if (known !== undefined) return known
    const isThere = yield* read.pipe(
      Effect.as(true),
      Effect.catchIf(isLoss, () => Effect.succeed(false))
    )
    answers.set(key, isThere)
    return isThere
  })
  return Effect.fnUntraced(function* (place) {
    const { sha256 } = place.pack.ref
    if (!(yield* once(sha256, readPack(place.pack)))) return false
    return yield* once(`${sha256}/${place.object.block}`, readBlock(place))
  })
}
