/** Stored bytes of single objects, out of packs where those have them. */
import { Effect, Option } from "effect"
import { readBlob } from "../../invariant/ObjectReader.ts"
import type { RepositoryId } from "../../object/Id.ts"
import { ObjectStore } from "../../port/ObjectStore.ts"
import type { ObjectKey } from "../../port/StoreKey.ts"
import type { MpackEntry } from "../../wire/mpack/Format.ts"
import type { Placed } from "../orderedPlan.ts"
import { packReader } from "./packReader.ts"

const readLoose = Effect.fnUntraced(function* (repository: RepositoryId, { id, type }: MpackEntry) {
  if (type === "blob") return yield* readBlob(repository, id)
  const store = yield* ObjectStore
  return yield* store.get({ repository, type, id } as ObjectKey)
})

/**
 * A reader of the objects of a plan, for callers that go through them about in its order. The bytes of a blob are checked;
 * those of a snapshot or commit are checked by decoding them. They may be a part of larger ones, which are held as long.
 */
export const throughPacks = (repository: RepositoryId) => {
  const { content: contentOf } = packReader(repository)
  return Effect.fnUntraced(function* ({ slot, ...entry }: Placed) {
    if (slot === undefined) return yield* readLoose(repository, entry)
    const content = yield* contentOf(slot.pack)
    return Option.isSome(content)
      ? content.value.subarray(slot.end - slot.entry.size, slot.end)
      : yield* readLoose(repository, entry)
  })
}
