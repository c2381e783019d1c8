/**
 * Writes packs again without some of their objects. The new packs take the places of the old ones, so the order stays;
 * the root takes all of them at once, or none if anything that was named meanwhile needs one of the dropped objects.
 * The old packs stay in the store, for readers at work.
 */
import { Effect, Option, Result } from "effect"
import { Packs } from "../../invariant/packs/Packs.ts"
import { type MoveError, Roots } from "../../invariant/Roots.ts"
import type { ObjectReadError, ObjectName } from "../../invariant/packs/Packs.ts"
import type { Sha256 } from "../../object/Id.ts"
import { openingCommit } from "../../object/Commit.ts"
import { openingSnapshot } from "../../object/Snapshot.ts"
import { inSlices } from "../../base/Slices.ts"
import { elementAt } from "../../base/expected.ts"
import type { PackedObject } from "../../pack/PackedObject.ts"
import { PackWriter } from "../../pack/PackWriter.ts"
import type { ObjectStore } from "../../port/ObjectStore.ts"
import type { StoredDocument, StoredPack } from "../../port/Stored.ts"
import type { PackRef } from "../../repository/PackRef.ts"
import type { Root } from "../../repository/Root.ts"
import { catchUp, type CatchUpServices } from "../recovery/catchUp.ts"
import { copyPack, isUndisturbed } from "./mergePacks.ts"

/** Which objects to drop. Nothing else in the packs of the root that they were found by needs one of them. */
export type IsDropped = (name: ObjectName) => boolean

/** Writes a pack again without the dropped objects; undefined if nothing is left, and the pack itself if all is. */
const rewritten = Effect.fnUntraced(function* (pack: StoredPack, isDropped: IsDropped) {
  const isKept = (object: PackedObject) => !isDropped(object)
  if (pack.directory[Symbol.iterator]().every(isKept)) return pack.ref
  const writer = new PackWriter()
  yield* copyPack(pack, writer, isKept)
  const written = yield* writer.finish()
  if (Option.isNone(written)) return undefined
  return (yield* (yield* Packs).put(pack.repository, written.value)).ref
})

/** Lists what an object names. */
const namesIn = Effect.fnUntraced(function* (object: PackedObject, bytes: Uint8Array) {
  if (object.type === "commit") {
    const commit = yield* inSlices(() => openingCommit(bytes))
    if (Result.isFailure(commit)) return []
    const { parents, snapshotId } = commit.success
    return [{ type: "snapshot", id: snapshotId } as const, ...parents.map((id): ObjectName => ({ type: "commit", id }))]
  }
  const snapshot = yield* inSlices(() => openingSnapshot(bytes))
  return Result.isFailure(snapshot)
    ? []
    : [...new Set(snapshot.success.manifest.values())].map((id): ObjectName => ({ type: "blob", id }))
})

/** Says whether packs that were named meanwhile need a dropped object that they have not themselves. */
const needsDropped = Effect.fnUntraced(function* (added: ReadonlyArray<StoredPack>, isDropped: IsDropped) {
  const { read } = yield* Packs
  const isLost = (name: ObjectName) =>
    isDropped(name) && !added.some(({ directory }) => directory.find(name.type, name.id) !== undefined)
  for (const pack of added) {
    for (const object of pack.directory) {
      if (object.type === "blob") continue
      const bytes = yield* Effect.fromResult(elementAt(yield* read([{ pack, object }]), 0))
      if ((yield* namesIn(object, bytes)).some(isLost)) return true
    }
  }
  return false
})

/**
 * Drops objects from the packs of a root that was `seen`. `keptBy` lists what a root keeps, apart from its packs.
 * Returns the root then; none if something needs a dropped object again, or a collection is at work.
 */
export const dropObjects = Effect.fn("dropObjects")(function* <E>(
  seen: { readonly root: StoredDocument<Root>; readonly packs: ReadonlyArray<StoredPack> },
  isDropped: IsDropped,
  keptBy: (root: Root, keep: (name: ObjectName) => void) => Effect.Effect<void, E, ObjectStore | Roots>
): Effect.fn.Return<Option.Option<StoredDocument<Root>>, E | ObjectReadError | MoveError, CatchUpServices | Roots> {
  const { namedBy, open } = yield* Packs
  const { id } = seen.root.value.repository
  const services = yield* Effect.context<ObjectStore | Packs>()
  const replaced = new Map<Sha256, PackRef | undefined>()
  for (const pack of seen.packs) {
    const ref = yield* rewritten(pack, isDropped)
    if (ref !== pack.ref) replaced.set(pack.ref.sha256, ref)
  }
  const known = new Set(seen.packs.map(({ ref }) => ref.sha256))
  const decide = (root: Root) =>
    Effect.gen(function* () {
      if (!isUndisturbed(seen.root.value, root) || root.collectionEpoch !== seen.root.value.collectionEpoch) return null
      const named = yield* namedBy(root)
      const names = new Set(named.map(({ sha256 }) => sha256))
      if (!names.isSupersetOf(replaced)) return null
      const added = yield* Effect.forEach(
        named.filter(({ sha256 }) => !known.has(sha256)),
        (ref) => open(id, ref)
      )
      let isNeeded = yield* needsDropped(added, isDropped)
      yield* keptBy(root, (name) => {
        isNeeded ||= isDropped(name)
      })
      if (isNeeded) return null
      // Packs that differed in what is dropped are the same now.
      const packs = new Map<Sha256, PackRef>()
      for (const ref of named) {
        const instead = replaced.has(ref.sha256) ? replaced.get(ref.sha256) : ref
        if (instead !== undefined && !packs.has(instead.sha256)) packs.set(instead.sha256, instead)
      }
      return {
        root: { catalog: null, packs: [...packs.values()], collectionEpoch: root.collectionEpoch + 1 },
        change: null
      }
    }).pipe(Effect.provideContext(services))
  const before = seen.root.value.collectionEpoch
  const moved = yield* (yield* Roots).move<ObjectReadError | E>(id, decide)
  yield* Effect.catch(catchUp(moved), (error) => Effect.logWarning("the index is behind the root", error))
  return moved.value.collectionEpoch > before ? Option.some(moved) : Option.none()
})
