/** Reads packs for one stream. */
import { Effect, Option } from "effect"
import { readPack } from "../../invariant/packs.ts"
import type { RepositoryId } from "../../object/Id.ts"
import { IndexStore } from "../../port/IndexStore.ts"
import type { ReadablePack } from "./PackLocations.ts"

/**
 * The content of a pack; none where the pack is damaged or gone, in which case it is forgotten, and made again with the
 * next ones.
 */
const contentOf = Effect.fnUntraced(function* (repository: RepositoryId, { contentBytes, sha256 }: ReadablePack) {
  const index = yield* IndexStore
  return yield* readPack(repository, sha256, contentBytes).pipe(
    Effect.map(Option.some),
    Effect.catchTag("ObjectCorrupt", (error) =>
      Effect.logWarning("its objects are read one by one", error).pipe(
        Effect.andThen(index.forgetPack(repository, sha256)),
        Effect.catchTag("IndexUnavailable", (away) => Effect.logWarning("the pack is not forgotten", away)),
        Effect.as(Option.none<Uint8Array>())
      )
    )
  )
})

/** Packs that a reader has at hand. */
const packsHeld = 2

/** A reader that has the last packs at hand, so that one which is used several times in a row is read once. */
export const packReader = (repository: RepositoryId) => {
  type Content = ReturnType<typeof contentOf>
  const held = new Map<ReadablePack, Content>()
  return (pack: ReadablePack): Content =>
    Effect.suspend(() => {
      const present = held.get(pack)
      if (present !== undefined) return present
      return Effect.flatMap(Effect.cached(contentOf(repository, pack)), (content) => {
        held.set(pack, content)
        for (const oldest of held.keys()) if (held.size > packsHeld) held.delete(oldest)
        return content
      })
    })
}
