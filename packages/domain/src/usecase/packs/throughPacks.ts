/** Stored bytes of single objects, out of packs where those have them. */
import { Effect, Option } from "effect"
import { readBlob } from "../../invariant/ObjectReader.ts"
import { sha256 } from "../../object/Digest.ts"
import type { RepositoryId } from "../../object/Id.ts"
import { ObjectStore } from "../../port/ObjectStore.ts"
import type { ObjectKey } from "../../port/StoreKey.ts"
import type { Placed } from "../orderedPlan.ts"
import { packReader } from "./packReader.ts"
import type { Slot } from "./PackLocations.ts"

/** The stored bytes that end a frame, unless they are another blob's. */
const bytesIn = (content: Uint8Array, { end, entry }: Slot): Option.Option<Uint8Array> => {
  const bytes = content.subarray(end - entry.size, end)
  return entry.type === "blob" && sha256(bytes) !== (entry.id as string) ? Option.none() : Option.some(bytes)
}

/**
 * A reader of the objects of a plan, for callers that go through them about in its order. The bytes of a blob are checked;
 * those of a snapshot or commit are checked by decoding them. They may be a part of larger ones, which are held as long.
 */
export const throughPacks = (repository: RepositoryId) => {
  const { content: contentOf } = packReader(repository)
  return Effect.fnUntraced(function* ({ id, slot, type }: Placed) {
    const content = slot === undefined ? Option.none() : yield* contentOf(slot.pack)
    const packed = slot === undefined ? Option.none() : Option.flatMap(content, (bytes) => bytesIn(bytes, slot))
    if (Option.isSome(packed)) return packed.value
    if (type === "blob") return yield* readBlob(repository, id)
    const store = yield* ObjectStore
    return yield* store.get({ repository, type, id } as ObjectKey)
  })
}
