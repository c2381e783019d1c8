/** Stored bytes of single objects, out of packs where those have them. */
import { Effect, Option } from "effect"
import { readBlob } from "../../invariant/ObjectReader.ts"
import type { RepositoryId } from "../../object/Id.ts"
import { ObjectStore } from "../../port/ObjectStore.ts"
import type { ObjectKey } from "../../port/StoreKey.ts"
import type { Placed } from "./orderPlan.ts"
import { packReader } from "../packs/packReader.ts"

/**
 * A reader of the objects of a plan, for callers that go through them about in its order. What comes out of a pack is
 * as it was checked when it was packed; else the bytes of a blob are checked, and those of a snapshot or commit are
 * checked by decoding them. They may be a part of larger ones, which are held as long.
 */
export const throughPacks = (repository: RepositoryId) => {
  const { content: contentOf } = packReader(repository)
  return Effect.fnUntraced(function* ({ id, slot, type }: Placed) {
    const content = slot === undefined ? Option.none() : yield* contentOf(slot.pack)
    if (slot !== undefined && Option.isSome(content)) {
      return content.value.subarray(slot.end - slot.entry.size, slot.end)
    }
    if (type === "blob") return yield* readBlob(repository, id)
    const store = yield* ObjectStore
    return yield* store.get({ repository, type, id } as ObjectKey)
  })
}
