/**
 * The packs of the store: puts them, finds objects in those that a root names, and reads them. The only maker of their
 * evidence. Directories and blocks that were read lately stay in memory; every object is checked against the hash in
 * its directory whenever it is read.
 */
import { Context, Effect, Layer, type Result } from "effect"
import { SharedReads } from "../../base/sharing/SharedReads.ts"
import type { RepositoryId, Sha256 } from "../../object/Id.ts"
import type { ObjectCorrupt } from "../../object/Refused.ts"
import type { WrittenPack } from "../../pack/PackWriter.ts"
import { ObjectStore, type StoreUnavailable } from "../../port/ObjectStore.ts"
import type { StoredPack } from "../../port/Stored.ts"
import type { PackRef } from "../../repository/PackRef.ts"
import type { Root } from "../../repository/Root.ts"
import { readCatalog } from "../RepositoryDocuments.ts"
import { Roots } from "../Roots.ts"
import type { ConfirmPlace } from "./confirmingPlaces.ts"
import type { Damage } from "./Damage.ts"
import { findingPlaces, type LostPlace, type ObjectName } from "./findingPlaces.ts"
import { openPacks } from "./openPacks.ts"
import { type PackMemory, servingMemory } from "./PackMemory.ts"
import { type ObjectReadError, type PackedPlace, packName } from "./PackReads.ts"
import { type ReadOptions, readingPlaces } from "./readingPlaces.ts"
import { RecentSnapshots } from "./RecentSnapshots.ts"
import { StagedPacks } from "./StagedPacks.ts"

export type { LostPlace, ObjectName, ObjectReadError, PackedPlace, ReadOptions }

export class Packs extends Context.Service<
  Packs,
  {
    /** What reads found damaged or gone. */
    readonly damage: Damage
    /** Puts a pack. */
    readonly put: (repository: RepositoryId, written: WrittenPack) => Effect.Effect<StoredPack, StoreUnavailable>
    /** Lists the packs that a root names, the one that was named first at the head. */
    readonly namedBy: (root: Root) => Effect.Effect<ReadonlyArray<PackRef>, ObjectCorrupt | StoreUnavailable>
    /** Lists the packs that a root names, without those of a catalog that cannot be read. */
    readonly readableOf: (root: Root) => Effect.Effect<ReadonlyArray<PackRef>, StoreUnavailable>
    /** Reads the evidence of a pack: that it is there, and its directory. */
    readonly open: (repository: RepositoryId, pack: PackRef) => Effect.Effect<StoredPack, ObjectReadError>
    /** Reads the same from the store, past all memory. Where memory has the same, returns that: one of them will do. */
    readonly openStored: (repository: RepositoryId, pack: PackRef) => Effect.Effect<StoredPack, ObjectReadError>
    /**
     * Finds objects in the packs that the root names, in the order of `names`. An object that is not in the packs of
     * the root as it was last read is looked for in those of the present one. A pack that cannot be read is logged, and
     * passed over, and so is a block that a read found damaged.
     */
    readonly find: (
      repository: RepositoryId,
      names: ReadonlyArray<ObjectName>
    ) => Effect.Effect<ReadonlyArray<PackedPlace | undefined>, ObjectCorrupt | StoreUnavailable>
    /** Says where an object may be that `find` did not find: in a damaged block, or in a pack that cannot be read. */
    readonly lossOf: (
      repository: RepositoryId,
      name: ObjectName
    ) => Effect.Effect<LostPlace | undefined, ObjectCorrupt | StoreUnavailable>
    /**
     * Asks the store whether it still has a pack whose directory is in memory, unless it was put or seen there within
     * the last minute, and nothing was condemned since. One that is gone or cut is passed over from then on.
     */
    readonly confirm: (pack: StoredPack) => Effect.Effect<void, ObjectReadError>
    /** Returns how to ask the store, past all memory, whether it has places still. A block is asked for once. */
    readonly confirming: () => ConfirmPlace
    /** Opens these packs, and returns how to find objects in them alone. */
    readonly lookIn: (
      repository: RepositoryId,
      packs: ReadonlyArray<PackRef>
    ) => Effect.Effect<(name: ObjectName) => PackedPlace | undefined, StoreUnavailable>
    /**
     * Reads the stored bytes of objects, each block once. They are views of the blocks. With `ahead`, reads the blocks
     * after them too, in one request, since the next call will ask for them. Reads up to `blocksAtOnce` blocks at the
     * same time, 4 if it is absent. An object whose block is damaged is read from another pack that has the same bytes.
     */
    readonly read: (
      places: ReadonlyArray<PackedPlace>,
      options?: ReadOptions
    ) => Effect.Effect<ReadonlyArray<Result.Result<Uint8Array, ObjectReadError>>>
    /** The snapshots of all repositories that were written or decoded last. */
    readonly recent: RecentSnapshots
    /** The packs that clients sent ahead of a push to this process. */
    readonly staged: StagedPacks
  }
>()("@musehub/domain/invariant/packs/Packs") {}

/** Catalogs in memory, by count of packs. */
const catalogPacksMax = 100_000

const make = Effect.fnUntraced(function* (memory: PackMemory) {
  const store = yield* ObjectStore
  const roots = yield* Roots
  const opened = openPacks(store, roots, memory)
  const catalogs = new SharedReads<Sha256, ReadonlyArray<PackRef>>(catalogPacksMax, ({ length }) => length)

  const readSettled = (repository: RepositoryId, catalog: Sha256) =>
    Effect.provideService(readCatalog(repository, catalog), ObjectStore, store).pipe(
      Effect.map(({ packs }) => packs),
      Effect.tapError(opened.losePack(repository, catalog))
    )

  const namedBy = Effect.fnUntraced(function* ({ catalog, packs, repository: { id } }: Root) {
    if (catalog === null) return packs
    const loss = yield* opened.damage.ofPack(packName(id, catalog))
    if (loss?._tag === "ObjectCorrupt") return yield* loss
    return [...(yield* catalogs.getOrRead(catalog, readSettled(id, catalog))), ...packs]
  })

  const readableOf = (root: Root) => Effect.catchTag(namedBy(root), "ObjectCorrupt", () => Effect.succeed(root.packs))

  const { damage, put, open, openStored, confirm, confirming } = opened
  const { find, lookIn, lossOf } = findingPlaces(opened, roots, readableOf)
  return Packs.of({
    damage,
    put,
    namedBy,
    readableOf,
    open,
    openStored,
    find,
    lossOf,
    confirm,
    confirming,
    lookIn,
    read: readingPlaces(opened, find),
    recent: new RecentSnapshots(memory.snapshots),
    staged: new StagedPacks()
  })
})

/** Builds `Packs` over the store and the roots of the context, with caches of its own. */
export const layerWith = (memory: PackMemory): Layer.Layer<Packs, never, ObjectStore | Roots> =>
  Layer.effect(Packs, make(memory))

/** Builds what a hub reads packs by, as `layerWith` does. */
export const layer = layerWith(servingMemory)
