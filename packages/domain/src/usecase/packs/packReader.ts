/** Reads packs for one answer. A pack that is used several times in a row is read once. */
import { Effect, Option } from "effect"
import { BoundedMap } from "../../base/BoundedMap.ts"
import { corruptPack, openPack, readPack } from "../../invariant/Packs.ts"
import type { RepositoryId } from "../../object/Id.ts"
import { ObjectCorrupt } from "../../object/Refused.ts"
import { PackIndex } from "../../port/index/PackIndex.ts"
import { isLaidOutAs, type ReadablePack } from "./PackLocations.ts"
import { Packing } from "./Packing.ts"

/** The number of packs whose content is kept in memory. */
const contentsHeld = 2

/** Caches the results of `make` for the last `heldMax` packs. */
const lastOnes = <A, E, R>(heldMax: number, make: (pack: ReadablePack) => Effect.Effect<A, E, R>) => {
  const held = new BoundedMap<ReadablePack, Effect.Effect<A, E, R>>()
  return (pack: ReadablePack): Effect.Effect<A, E, R> =>
    Effect.suspend(() => {
      const present = held.get(pack)
      if (present !== undefined) return present
      return Effect.flatMap(Effect.cached(make(pack)), (made) => {
        held.set(pack, made)
        held.trim({ sizeMax: heldMax })
        return made
      })
    })
}

/** Returns the content of a pack. Fails with `ObjectCorrupt` if it differs from its directory. */
const opened = Effect.fnUntraced(function* (
  repository: RepositoryId,
  { contentBytes, entries, sha256 }: ReadablePack,
  bytes: Uint8Array
) {
  const content = yield* openPack(repository, sha256, bytes, contentBytes)
  if (isLaidOutAs(entries, content)) return content
  return yield* corruptPack(repository, sha256, "the index has another directory for them")
})

/**
 * Creates a reader of the stored bytes of packs, up to `ahead` of them, and of their decompressed content, which is
 * larger. Returns none for a pack that is damaged or missing; the pack is forgotten, and packing is requested again.
 */
export const packReader = (repository: RepositoryId, ahead = contentsHeld) => {
  const unlessDamaged = <A, E, R>({ sha256 }: ReadablePack, read: Effect.Effect<A, E | ObjectCorrupt, R>) =>
    Effect.map(read, Option.some).pipe(
      Effect.catchIf(
        (error): error is ObjectCorrupt => error instanceof ObjectCorrupt,
        Effect.fnUntraced(function* (error) {
          const index = yield* PackIndex
          yield* Effect.logWarning("its objects are read one by one", error)
          yield* index.forgetPack(repository, sha256).pipe(
            Effect.andThen((yield* Packing).request(repository)),
            Effect.catch((away) => Effect.logWarning("the pack is not forgotten", away))
          )
          return Option.none<A>()
        })
      )
    )
  const bytes = lastOnes(ahead, (pack) => unlessDamaged(pack, readPack(repository, pack.sha256)))
  const content = lastOnes(contentsHeld, (pack) =>
    Effect.flatMap(bytes(pack), (read) =>
      Option.isNone(read) ? Effect.succeed(read) : unlessDamaged(pack, opened(repository, pack, read.value))
    )
  )
  return { bytes, content }
}
