/**
 * The packs of the store: puts them, finds objects in those that a root names, and reads them. The only maker of their
 * evidence. Directories and blocks that were read lately stay in memory; every object is checked against the hash in
 * its directory whenever it is read.
 */
import { Clock, Context, Effect, Layer, Option, Result } from "effect"
import { BoundedMap } from "../../base/BoundedMap.ts"
import { isSame } from "../../base/Bytes.ts"
import { elementAt, expected } from "../../base/expected.ts"
import { inSlices, sliceEntries, type Slices } from "../../base/Slices.ts"
import { SharedReads } from "../../base/sharing/SharedReads.ts"
import type { IdOf, ObjectType, RepositoryId, Sha256 } from "../../object/Id.ts"
import type { ObjectCorrupt } from "../../object/Refused.ts"
import { PackDirectory } from "../../pack/PackDirectory.ts"
import type { WrittenPack } from "../../pack/PackWriter.ts"
import { findingObject } from "../../pack/packContent.ts"
import { storedPack } from "../../port/internal/evidence.ts"
import { ObjectStore, type StoreUnavailable } from "../../port/ObjectStore.ts"
import { immutablePath } from "../../port/StoreKey.ts"
import type { StoredPack } from "../../port/Stored.ts"
import type { PackRef } from "../../repository/PackRef.ts"
import type { Root } from "../../repository/Root.ts"
import { readCatalog } from "../RepositoryDocuments.ts"
import { Roots } from "../Roots.ts"
import { type ConfirmPlace, confirmingPlaces } from "./confirmingPlaces.ts"
import { Damage, isLoss, type PackLoss } from "./Damage.ts"
import { type PackMemory, servingMemory } from "./PackMemory.ts"
import { corruptAs, type ObjectReadError, type PackedPlace, packKey, packName, PackReads } from "./PackReads.ts"
import { RecentSnapshots } from "./RecentSnapshots.ts"
import { StagedPacks } from "./StagedPacks.ts"

export type { ObjectReadError, PackedPlace }

/** The type and id of an object. */
export type ObjectName = { readonly [T in ObjectType]: { readonly type: T; readonly id: IdOf[T] } }[ObjectType]

/** A pack that cannot be read, or not where it holds an object, and why. */
export interface LostPlace {
  readonly pack: Sha256
  readonly loss: PackLoss
}

export interface ReadOptions {
  readonly ahead?: boolean
  readonly blocksAtOnce?: number
}

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
/** How long a pack counts as there after it was put or seen. */
const confirmedMillis = 60_000
const confirmedMax = 100_000
/** Blocks that one call reads at the same time, unless it asks for more. */
const fewBlocks = 4
/** Directories that one call reads at the same time. */
const directoriesAtOnce = 16

/** Objects that are hashed in one slice; all of a block are seldom more than a MiB. */
const sliceObjects = 1000

/** Looks up names, which may be those of a whole history. */
const lookingUp = function* (
  names: ReadonlyArray<ObjectName>,
  look: (name: ObjectName) => PackedPlace | undefined
): Slices<ReadonlyArray<PackedPlace | undefined>> {
  const places: Array<PackedPlace | undefined> = []
  for (const name of names) if (places.push(look(name)) % sliceEntries === 0) yield
  return places
}

const make = Effect.fnUntraced(function* (memory: PackMemory) {
  const store = yield* ObjectStore
  const roots = yield* Roots
  const reads = new PackReads(store, memory)
  const damage = new Damage()
  const catalogs = new SharedReads<Sha256, ReadonlyArray<PackRef>>(catalogPacksMax, (packs) => packs.length)
  const directories = new SharedReads<string, StoredPack>(
    memory.directories,
    ({ directory }) => directory.bytes.byteLength + 4 * directory.size
  )

  /** When packs were last put or seen in the store, and before which condemnation. */
  const confirmed = new BoundedMap<string, { readonly at: number; readonly condemnations: number }>()

  const condemnationsOf = (repository: RepositoryId) =>
    Option.match(roots.latest(repository), { onNone: () => 0, onSome: ({ value }) => value.condemnations })

  /** Remembers that what puts or reads a pack has seen it, before whatever is condemned from its beginning on. */
  const confirmingBy = <A, E, R>(repository: RepositoryId, sha256: Sha256, seeing: Effect.Effect<A, E, R>) =>
    Effect.flatMap(Clock.currentTimeMillis, (at) => {
      const condemnations = condemnationsOf(repository)
      return Effect.tap(seeing, () =>
        Effect.sync(() => {
          confirmed.set(packName(repository, sha256), { at, condemnations })
          confirmed.trim({ sizeMax: confirmedMax })
        })
      )
    })

  /** Remembers that a pack cannot be read, for those who look for objects in it. */
  const losePack = (repository: RepositoryId, id: Sha256) => (error: ObjectReadError) => {
    if (!isLoss(error)) return Effect.void
    directories.drop(packName(repository, id))
    confirmed.delete(packName(repository, id))
    return Effect.andThen(
      damage.addPack(packName(repository, id), error),
      Effect.logError("a pack is passed over", error)
    )
  }

  const readPack = (repository: RepositoryId, ref: PackRef) =>
    Effect.tapError(confirmingBy(repository, ref.sha256, reads.pack(repository, ref)), losePack(repository, ref.sha256))

  const confirm = Effect.fnUntraced(function* ({ ref, repository }: StoredPack) {
    const name = packName(repository, ref.sha256)
    const loss = yield* damage.ofPack(name)
    if (loss !== undefined) return yield* loss
    const seen = confirmed.get(name)
    const isRecent = seen !== undefined && (yield* Clock.currentTimeMillis) < seen.at + confirmedMillis
    if (isRecent && seen.condemnations === condemnationsOf(repository)) return
    yield* Effect.tapError(
      confirmingBy(repository, ref.sha256, reads.head(repository, ref)),
      losePack(repository, ref.sha256)
    )
  })

  const open = Effect.fnUntraced(function* (repository: RepositoryId, ref: PackRef) {
    const name = packName(repository, ref.sha256)
    const loss = yield* damage.ofPack(name)
    if (loss !== undefined) return yield* loss
    return yield* directories.getOrRead(
      name,
      Effect.suspend(() => readPack(repository, ref))
    )
  })

  const openStored = Effect.fnUntraced(function* (repository: RepositoryId, ref: PackRef) {
    const pack = yield* reads.pack(repository, ref)
    const kept = directories.get(packName(repository, ref.sha256))
    if (kept === undefined || kept.storageUri !== pack.storageUri) return pack
    if (kept.ref.size !== ref.size || kept.ref.objects !== ref.objects) return pack
    return isSame(kept.directory.bytes, pack.directory.bytes) ? kept : pack
  })

  const put = Effect.fn("Packs.put")(function* (repository: RepositoryId, { directory: bytes, file }: WrittenPack) {
    // The bytes are in memory, so nothing can refuse them.
    const putting = Effect.catchTag(store.put(repository, file), "ContentRefused", Effect.die)
    const { outcome, storageUri } = yield* confirmingBy(repository, file.id, putting)
    if (outcome === "replaced") {
      yield* Effect.logWarning(`${immutablePath(packKey(repository, file.id))} was damaged, and is replaced`)
    }
    const directory = Result.getOrThrow(yield* inSlices(() => PackDirectory.decoding(bytes)))
    const ref: PackRef = { sha256: file.id, size: file.size, objects: directory.size }
    const pack = storedPack({ repository, ref, directory, storageUri })
    damage.forget(packName(repository, ref.sha256), directory.blocks.length)
    directories.set(packName(repository, ref.sha256), pack)
    reads.keep(repository, ref.sha256, file.content)
    return pack
  })

  const readSettled = (repository: RepositoryId, catalog: Sha256) =>
    Effect.provideService(readCatalog(repository, catalog), ObjectStore, store).pipe(
      Effect.map(({ packs }) => packs),
      Effect.tapError(losePack(repository, catalog))
    )

  const namedBy = Effect.fnUntraced(function* ({ catalog, packs, repository: { id } }: Root) {
    if (catalog === null) return packs
    const loss = yield* damage.ofPack(packName(id, catalog))
    if (loss?._tag === "ObjectCorrupt") return yield* loss
    return [...(yield* catalogs.getOrRead(catalog, readSettled(id, catalog))), ...packs]
  })

  const readableOf = (root: Root) => Effect.catchTag(namedBy(root), "ObjectCorrupt", () => Effect.succeed(root.packs))

  /** Opens packs, the newest first, without those that cannot be read. */
  const opened = Effect.fnUntraced(function* (repository: RepositoryId, refs: ReadonlyArray<PackRef>) {
    const newestFirst = refs.toReversed()
    // Most are in memory, and a push looks several times: no effect for each of these.
    const kept = newestFirst.map(({ sha256 }) => directories.get(packName(repository, sha256)))
    const read = yield* Effect.forEach(
      newestFirst.filter((_, place) => kept[place] === undefined),
      (ref) =>
        Effect.catchTags(Effect.map(open(repository, ref), Array.of), {
          ObjectMissing: () => Effect.succeed([]),
          ObjectCorrupt: () => Effect.succeed([])
        }),
      { concurrency: directoriesAtOnce }
    )
    const others = read.values()
    return kept.flatMap((pack) => pack ?? expected(others.next().value, "what was opened"))
  })

  const lookIn = Effect.fnUntraced(function* (repository: RepositoryId, refs: ReadonlyArray<PackRef>) {
    const packs = yield* opened(repository, refs)
    const now = yield* Clock.currentTimeMillis
    let last: StoredPack | undefined
    const inPack = (pack: StoredPack, { id, type }: ObjectName): PackedPlace | undefined => {
      const object = pack.directory.find(type, id)
      if (object === undefined) return undefined
      const isDamaged = damage.ofBlock(packName(repository, pack.ref.sha256), object.block, now) !== undefined
      return isDamaged ? undefined : { pack, object }
    }
    return (name: ObjectName): PackedPlace | undefined => {
      // Objects that are asked for together are mostly in one pack.
      const found = last === undefined ? undefined : inPack(last, name)
      if (found !== undefined) return found
      for (const pack of packs) {
        const place = pack === last ? undefined : inPack(pack, name)
        if (place === undefined) continue
        last = pack
        return place
      }
      return undefined
    }
  })

  /** Lists the packs of the present root that can be looked into; none where there is no root yet. */
  const present = (repository: RepositoryId) =>
    roots.read(repository).pipe(
      Effect.flatMap(({ value }) => readableOf(value)),
      Effect.catchTag("RootMissing", () => Effect.succeed([]))
    )

  const find = Effect.fn("Packs.find")(function* (repository: RepositoryId, names: ReadonlyArray<ObjectName>) {
    const latest = roots.latest(repository)
    const before = Option.isSome(latest) ? yield* readableOf(latest.value.value) : yield* present(repository)
    const lookBefore = yield* lookIn(repository, before)
    const found = yield* inSlices(() => lookingUp(names, lookBefore))
    if (Option.isNone(latest) || !found.includes(undefined)) return found
    const known = new Set(before.map(({ sha256 }) => sha256))
    const added = (yield* present(repository)).filter(({ sha256 }) => !known.has(sha256))
    if (added.length === 0) return found
    const look = yield* lookIn(repository, added)
    return found.map((place, position) => place ?? look(elementAt(names, position)))
  })

  /** Remembers where a block could not be read. */
  const loseBlock =
    ({ object, pack: { ref, repository } }: PackedPlace) =>
    (error: ObjectReadError) => {
      if (error._tag === "ObjectMissing") return losePack(repository, ref.sha256)(error)
      return error._tag === "ObjectCorrupt"
        ? damage.addBlock(packName(repository, ref.sha256), object.block, error)
        : Effect.void
    }

  const lossOf = Effect.fnUntraced(function* (repository: RepositoryId, { id, type }: ObjectName) {
    const now = yield* Clock.currentTimeMillis
    let lost: LostPlace | undefined
    for (const ref of yield* present(repository)) {
      const pack = yield* Effect.result(open(repository, ref))
      if (Result.isFailure(pack)) {
        if (!isLoss(pack.failure)) return yield* pack.failure
        lost ??= { pack: ref.sha256, loss: pack.failure }
        continue
      }
      const object = pack.success.directory.find(type, id)
      const loss =
        object === undefined ? undefined : damage.ofBlock(packName(repository, ref.sha256), object.block, now)
      if (loss !== undefined) return { pack: ref.sha256, loss }
    }
    return lost
  })

  const confirming = () =>
    confirmingPlaces(
      ({ ref, repository }) => readPack(repository, ref),
      (place) => Effect.tapError(reads.storedBlock(place.pack, place.object.block), loseBlock(place))
    )

  const readOnce = Effect.fnUntraced(function* (
    places: ReadonlyArray<PackedPlace>,
    { ahead = false, blocksAtOnce = fewBlocks }: ReadOptions
  ) {
    const byBlock = Map.groupBy(places.keys(), (position) => {
      const { object, pack } = expected(places[position], "a place")
      return `${pack.ref.sha256}/${object.block}`
    })
    const results = new Map<number, Result.Result<Uint8Array, ObjectReadError>>()
    yield* Effect.forEach(
      byBlock.values(),
      Effect.fnUntraced(function* (positions) {
        const first = expected(places[expected(positions[0], "an object of the block")], "its place")
        const block = reads.block(first.pack, first.object.block, ahead)
        const content = yield* Effect.result(Effect.tapError(block, loseBlock(first)))
        yield* inSlices(function* () {
          for (const [place, position] of positions.entries()) {
            const { object, pack } = expected(places[position], "a place")
            if ((place + 1) % sliceObjects === 0) yield
            const found = Result.isFailure(content)
              ? Result.fail(content.failure)
              : Result.mapError(
                  yield* findingObject(object, content.success),
                  corruptAs(pack.repository, pack.ref.sha256)
                )
            results.set(position, found)
          }
        })
      }),
      { concurrency: blocksAtOnce, discard: true }
    )
    return places.map((_, position) => expected(results.get(position), "what was read"))
  })

  /** Finds another place of an object that could not be read, with the same bytes. */
  const placesElsewhere = Effect.fnUntraced(function* (places: ReadonlyArray<PackedPlace>) {
    const [first] = places
    if (first === undefined) return []
    const names = places.map(({ object: { id, type } }) => ({ id, type }) as ObjectName)
    const found = yield* Effect.orElseSucceed(find(first.pack.repository, names), () => [])
    return places.map(({ object, pack }, position) => {
      const place = found[position]
      return place?.pack !== pack && place?.object.sha256 === object.sha256 ? place : undefined
    })
  })

  const read = Effect.fnUntraced(function* (places: ReadonlyArray<PackedPlace>, options: ReadOptions = {}) {
    const results = yield* readOnce(places, options)
    const lost = [...results.entries()].flatMap(([position, result]) =>
      Result.isFailure(result) && isLoss(result.failure) ? [position] : []
    )
    if (lost.length === 0) return results
    const elsewhere = yield* placesElsewhere(lost.map((position) => elementAt(places, position)))
    const again = lost.flatMap((position, at) => {
      const place = elsewhere[at]
      return place === undefined ? [] : [{ position, place }]
    })
    const second = yield* readOnce(
      again.map(({ place }) => place),
      { ...options, ahead: false }
    )
    const mended = new Map(again.map(({ position }, at) => [position, elementAt(second, at)]))
    return results.map((result, position) => mended.get(position) ?? result)
  })

  const recent = new RecentSnapshots(memory.snapshots)
  const staged = new StagedPacks()
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
    read,
    recent,
    staged
  })
})

/** Builds `Packs` over the store and the roots of the context, with caches of its own. */
export const layerWith = (memory: PackMemory): Layer.Layer<Packs, never, ObjectStore | Roots> =>
  Layer.effect(Packs, make(memory))

/** Builds what a hub reads packs by, as `layerWith` does. */
export const layer = layerWith(servingMemory)
