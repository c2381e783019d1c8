/**
 * Puts lost objects back: looks for each, and puts those that prove themselves into new packs, which the root names
 * last, as it does those of a push.
 */
import { Effect, Result } from "effect"
import { NewPacks } from "../../../../invariant/packs/NewPacks.ts"
import { namingPacks } from "../../../../invariant/packs/namingPacks.ts"
import type { Packs } from "../../../../invariant/packs/Packs.ts"
import { Roots } from "../../../../invariant/Roots.ts"
import { tellingUnread } from "../../../../invariant/tellingUnread.ts"
import type { CanonicalObject } from "../../../../object/CanonicalObject.ts"
import type { RepositoryId } from "../../../../object/Id.ts"
import { PackIndex } from "../../../../port/index/PackIndex.ts"
import type { ObjectStore } from "../../../../port/ObjectStore.ts"
import { catchUp } from "../../../recovery/catchUp.ts"
import { type LostObject, nameText, WantedObjects } from "./LostObject.ts"
import type { ObjectSource } from "./ObjectSource.ts"

/** Adds an object to packs. Returns whether its bytes were those of its id. */
const addTo = Effect.fnUntraced(function* (packs: NewPacks, object: CanonicalObject) {
  if (object.type !== "blob") return yield* Effect.as(packs.add(object), true)
  const added = yield* Effect.result(Effect.mapError(packs.addBlob(object as CanonicalObject<"blob">), tellingUnread))
  if (Result.isSuccess(added)) return true
  if (added.failure._tag === "StoreUnavailable") return yield* added.failure
  yield* Effect.logWarning(`a copy of ${nameText(object)} is not used: ${added.failure.message}`)
  return false
})

/** Puts back what the sources have of the lost objects, and returns the names of what was put. */
export const putBack = Effect.fnUntraced(function* (
  repository: RepositoryId,
  lost: ReadonlyArray<LostObject>,
  sources: ReadonlyArray<ObjectSource>
) {
  const put = new Set<string>()
  if (lost.length === 0) return put
  const roots = yield* Roots
  const seen = yield* roots.read(repository)
  const context = yield* Effect.context<ObjectStore | Packs>()
  const packs = new NewPacks(repository)
  const wanted = new WantedObjects(lost)
  const take = Effect.fnUntraced(function* (object: CanonicalObject) {
    if (!wanted.isProven(object) || !(yield* addTo(packs, object))) return
    wanted.delete(object)
    put.add(nameText(object))
  }, Effect.provideContext(context))
  for (const source of sources) if (wanted.size > 0) yield* source.give(wanted, take)
  const written = yield* packs.finish()
  if (written.length === 0) return put
  const unchanged = () => Effect.succeed({ root: {}, change: null })
  const moved = yield* roots.move(repository, yield* namingPacks(unchanged, seen.value, written))
  yield* catchUp(moved)
  const index = yield* PackIndex
  // Rows of what was lost say that its bytes are in the pack that was lost.
  yield* Effect.forEach(written, index.relocate, { discard: true })
  return put
})
