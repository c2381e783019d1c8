/** Reads the stored bytes of single objects, from packs that contain them. */
import { Effect, Option } from "effect"
import { readBlob } from "../../invariant/ObjectReader.ts"
import { servedBytes } from "../../invariant/servedObjects.ts"
import type { RepositoryId } from "../../object/Id.ts"
import type { ObjectKey } from "../../port/StoreKey.ts"
import type { Placed } from "./orderPlan.ts"
import { packReader } from "../packs/packReader.ts"

/**
 * Creates a reader for the objects of a plan, which the caller takes roughly in order. Bytes from a pack were checked
 * when it was made. Those of a blob are checked here; those of a snapshot or commit are checked by decoding them. Bytes
 * may be a view of a pack's content, which stays in memory as long as they do.
 */
export const packedReads = (repository: RepositoryId) => {
  const { content: contentOf } = packReader(repository)
  return Effect.fnUntraced(function* ({ id, slot, type }: Placed) {
    const content = slot === undefined ? Option.none() : yield* contentOf(slot.pack)
    if (slot !== undefined && Option.isSome(content)) {
      return content.value.subarray(slot.end - slot.entry.size, slot.end)
    }
    if (type === "blob") return yield* readBlob(repository, id)
    return yield* servedBytes({ repository, type, id } as ObjectKey)
  })
}
