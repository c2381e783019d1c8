/**
 * Writes packs again without some of their objects. The new packs take the places of the old ones, so the order stays;
 * the root takes all of them at once, or none if anything that was named meanwhile needs one of the dropped objects.
 * The old packs stay in the store, for readers at work.
 */
import { Effect, Option, Result } from "effect"
import { Packs } from "../../invariant/packs/Packs.ts"
import { type MoveError, Roots } from "../../invariant/Roots.ts"
import type { ObjectReadError, ObjectName } from "../../invariant/packs/Packs.ts"
import type { RepositoryId, Sha256 } from "../../object/Id.ts"
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
import { copyPack, isUndisturbed } from "./mergePacks.ts"

/** Which objects to drop. Nothing else in the packs of the root that they were found by needs one of them. */
export type IsDropped = (name: ObjectName) => boolean

/**
 * Writes a pack again without the dropped objects; undefined if nothing is left, and the pack itself if all is. Its
 * directory is read past all memory, and stays no longer than that.
 */
const rewritten = Effect.fnUntraced(function* (repository: RepositoryId, ref: PackRef, isDropped: IsDropped) {
  const { openStored, put } = yield* Packs
  const pack = yield* openStored(repository, ref)
  const isKept = (object: PackedObject) => !isDropped(object)
  if (pack.directory[Symbol.iterator]().every(isKept)) return ref
  const writer = new PackWriter()
  yield* copyPack(pack, writer, isKept)
  const written = yield* writer.finish()
  if (Option.isNone(written)) return undefined
  return (yield* put(repository, written.value)).ref
})

/** Writes packs again, and returns what comes into the places of those that change. */
const replacements = Effect.fnUntraced(function* (
  repository: RepositoryId,
  named: ReadonlyArray<PackRef>,
  isDropped: IsDropped
) {
  const replaced = new Map<Sha256, PackRef | undefined>()
  for (const old of named) {
    const ref = yield* rewritten(repository, old, isDropped)
    if (ref !== old) replaced.set(old.sha256, ref)
  }
  return replaced
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
 * Drops objects from the packs of a root that was `seen`, which are all `named` by it. `keptBy` lists what a root
 * keeps, apart from its packs. Returns the root then, which the index has to follow, and whether they were dropped: not
 * if something needs one of them again, or a collection is at work.
 */
export const dropObjects = Effect.fn("dropObjects")(function* <E>(
  seen: { readonly root: StoredDocument<Root>; readonly named: ReadonlyArray<PackRef> },
  isDropped: IsDropped,
  keptBy: (root: Root, keep: (name: ObjectName) => void) => Effect.Effect<void, E, ObjectStore | Roots>
): Effect.fn.Return<
  { readonly root: StoredDocument<Root>; readonly isDone: boolean },
  E | ObjectReadError | MoveError,
  ObjectStore | Packs | Roots
> {
  const { namedBy, open } = yield* Packs
  const { id } = seen.root.value.repository
  const services = yield* Effect.context<ObjectStore | Packs>()
  const roots = yield* Roots
  const replacing = yield* Effect.result(replacements(id, seen.named, isDropped))
  if (Result.isFailure(replacing)) {
    const { failure } = replacing
    if (failure._tag !== "ObjectMissing") return yield* failure
    const root = yield* roots.read(id)
    // What was merged since it was seen may be deleted.
    return root.sha256 === seen.root.sha256 ? yield* failure : { root, isDone: false }
  }
  const replaced = replacing.success
  const known = new Set(seen.named.map(({ sha256 }) => sha256))
  let isDone = false
  const decide = (root: Root) =>
    Effect.gen(function* () {
      isDone = false
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
      isDone = true
      return {
        root: { catalog: null, packs: [...packs.values()], collectionEpoch: root.collectionEpoch + 1 },
        change: null
      }
    }).pipe(Effect.provideContext(services))
  const root = yield* roots.move<ObjectReadError | E>(id, decide)
  return { root, isDone }
})
