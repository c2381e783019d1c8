/**
 * The packs whose directories are in memory: puts packs, reads the evidence of those in the store, and asks whether the
 * store still has them. What cannot be read is remembered for those who look for objects in it.
 */
import { Clock, Effect, Option, Result } from "effect"
import { BoundedMap } from "../../base/BoundedMap.ts"
import { isSame } from "../../base/Bytes.ts"
import { inSlices } from "../../base/Slices.ts"
import { SharedReads } from "../../base/sharing/SharedReads.ts"
import type { RepositoryId, Sha256 } from "../../object/Id.ts"
import { PackDirectory } from "../../pack/PackDirectory.ts"
import type { WrittenPack } from "../../pack/PackWriter.ts"
import { storedPack } from "../../port/internal/evidence.ts"
import type { ObjectStore } from "../../port/ObjectStore.ts"
import { immutablePath } from "../../port/StoreKey.ts"
import type { StoredPack } from "../../port/Stored.ts"
import type { PackRef } from "../../repository/PackRef.ts"
import type { Roots } from "../Roots.ts"
import { confirmingPlaces } from "./confirmingPlaces.ts"
import { Damage, isLoss } from "./Damage.ts"
import type { PackMemory } from "./PackMemory.ts"
import { type ObjectReadError, type PackedPlace, packKey, packName, PackReads } from "./PackReads.ts"

/** How long a pack counts as there after it was put or seen. */
const confirmedMillis = 60_000
const confirmedMax = 100_000

/** Returns how to put, open and confirm packs, over a memory of their own. */
export const openPacks = (store: ObjectStore["Service"], roots: Roots["Service"], memory: PackMemory) => {
  const reads = new PackReads(store, memory)
  const damage = new Damage()
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

  /** Remembers where a block could not be read. */
  const loseBlock =
    ({ object, pack: { ref, repository } }: PackedPlace) =>
    (error: ObjectReadError) => {
      if (error._tag === "ObjectMissing") return losePack(repository, ref.sha256)(error)
      return error._tag === "ObjectCorrupt"
        ? damage.addBlock(packName(repository, ref.sha256), object.block, error)
        : Effect.void
    }

  const confirming = () =>
    confirmingPlaces(
      ({ ref, repository }) => readPack(repository, ref),
      (place) => Effect.tapError(reads.storedBlock(place.pack, place.object.block), loseBlock(place))
    )

  return {
    reads,
    damage,
    put,
    open,
    openStored,
    confirm,
    confirming,
    losePack,
    loseBlock,
    /** Returns a pack whose directory is in memory. */
    kept: (repository: RepositoryId, { sha256 }: PackRef) => directories.get(packName(repository, sha256))
  }
}

export type OpenPacks = ReturnType<typeof openPacks>
