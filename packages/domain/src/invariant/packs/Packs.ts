/**
 * The packs of the store: puts them, finds objects in those that a root names, and reads them. The only maker of their
 * evidence. Directories and blocks that were read lately stay in memory; every object is checked against the hash in
 * its directory whenever it is read.
 */
import { Context, Effect, Layer, Option, Result, Stream } from "effect"
import { elementAt, expected } from "../../base/expected.ts"
import { SharedReads } from "../../base/sharing/SharedReads.ts"
import type { IdOf, ObjectType, RepositoryId, Sha256 } from "../../object/Id.ts"
import { ObjectCorrupt } from "../../object/Refused.ts"
import { runOf } from "../../pack/blockRuns.ts"
import { PackDirectory } from "../../pack/PackDirectory.ts"
import type { PackBlock, PackedObject } from "../../pack/PackedObject.ts"
import type { PackRefused } from "../../pack/PackRefused.ts"
import type { WrittenPack } from "../../pack/PackWriter.ts"
import { objectIn } from "../../pack/packContent.ts"
import { readBlock, readDirectory } from "../../pack/readPacked.ts"
import { storedPack } from "../../port/internal/evidence.ts"
import { ObjectMissing, ObjectStore, type StoreUnavailable } from "../../port/ObjectStore.ts"
import { type ImmutableKey, immutablePath } from "../../port/StoreKey.ts"
import type { StoredPack } from "../../port/Stored.ts"
import type { PackRef } from "../../repository/PackRef.ts"
import type { Root } from "../../repository/Root.ts"
import { readCatalog } from "../RepositoryDocuments.ts"
import { Roots } from "../Roots.ts"

/** How reading an object can fail. */
export type ObjectReadError = ObjectMissing | ObjectCorrupt | StoreUnavailable
import { RecentSnapshots } from "./RecentSnapshots.ts"

/** The type and id of an object. */
export type ObjectName = { readonly [T in ObjectType]: { readonly type: T; readonly id: IdOf[T] } }[ObjectType]

/** An object in a pack. */
export interface PackedPlace {
  readonly pack: StoredPack
  readonly object: PackedObject
}

export class Packs extends Context.Service<
  Packs,
  {
    /** Puts a pack. */
    readonly put: (repository: RepositoryId, written: WrittenPack) => Effect.Effect<StoredPack, StoreUnavailable>
    /** Lists the packs that a root names, the one that was named first at the head. */
    readonly namedBy: (root: Root) => Effect.Effect<ReadonlyArray<PackRef>, ObjectCorrupt | StoreUnavailable>
    /** Reads the evidence of a pack: that it is there, and its directory. */
    readonly open: (repository: RepositoryId, pack: PackRef) => Effect.Effect<StoredPack, ObjectReadError>
    /**
     * Finds objects in the packs that the root names, in the order of `names`. An object that is not in the packs of
     * the root as it was last read is looked for in those of the present one. A pack that cannot be read is logged, and
     * passed over.
     */
    readonly find: (
      repository: RepositoryId,
      names: ReadonlyArray<ObjectName>
    ) => Effect.Effect<ReadonlyArray<PackedPlace | undefined>, ObjectCorrupt | StoreUnavailable>
    /** Opens these packs, and returns how to find objects in them alone. */
    readonly lookIn: (
      repository: RepositoryId,
      packs: ReadonlyArray<PackRef>
    ) => Effect.Effect<(name: ObjectName) => PackedPlace | undefined, StoreUnavailable>
    /**
     * Reads the stored bytes of objects, each block once. They are views of the blocks. With `ahead`, reads the blocks
     * after them too, in one request, since the next call will ask for them.
     */
    readonly read: (
      places: ReadonlyArray<PackedPlace>,
      options?: { readonly ahead: boolean }
    ) => Effect.Effect<ReadonlyArray<Result.Result<Uint8Array, ObjectReadError>>>
    /** The snapshots of all repositories that were written or decoded last. */
    readonly recent: RecentSnapshots
  }
>()("@musehub/domain/invariant/packs/Packs") {}

/**
 * Bytes of the directories in memory. One takes 36 bytes for a blob, 72 for a commit or snapshot, and 12 for its place.
 */
const directoryBytesMax = 64 * 1024 * 1024
/** Bytes of the packs in memory that were put last: the index is about to record what is in them. */
const writtenBytesMax = 32 * 1024 * 1024
/** Bytes of the blocks in memory. */
const blockBytesMax = 32 * 1024 * 1024
/** Bytes of the runs of blocks in memory, as they are stored. */
const runBytesKept = 16 * 1024 * 1024
/** Catalogs in memory, by count of packs. */
const catalogPacksMax = 100_000
/** Blocks that one call reads at the same time. */
const blocksAtOnce = 4
/** Directories that one call reads at the same time. */
const directoriesAtOnce = 16

const packKey = (repository: RepositoryId, id: Sha256): ImmutableKey<"pack"> => ({ repository, type: "pack", id })

const make = Effect.gen(function* () {
  const store = yield* ObjectStore
  const roots = yield* Roots
  const catalogs = new SharedReads<Sha256, ReadonlyArray<PackRef>>(catalogPacksMax, (packs) => packs.length)
  const directories = new SharedReads<string, StoredPack>(
    directoryBytesMax,
    ({ directory }) => directory.bytes.byteLength + 12 * directory.size
  )
  const written = new SharedReads<string, Uint8Array>(writtenBytesMax, ({ byteLength }) => byteLength)
  const runs = new SharedReads<string, Uint8Array>(runBytesKept, ({ byteLength }) => byteLength)
  const blocks = new SharedReads<string, Uint8Array>(blockBytesMax, ({ byteLength }) => byteLength)
  const keyIn = (repository: RepositoryId, id: Sha256) => `${repository}/${id}`

  /** Reads a range of a pack, which has the size that its name in the root says. */
  const rangeOf = (repository: RepositoryId, id: Sha256) => {
    const key = packKey(repository, id)
    return (start: number, end: number, parts?: ReadonlyArray<PackBlock>) => {
      const own = written.get(keyIn(repository, id))
      if (own !== undefined) return Effect.succeed(own.subarray(start, end))
      return Stream.mkUint8Array(store.stream(key, { start, end, parts })).pipe(
        Effect.catchTag("RangeOutside", () =>
          Effect.fail(new ObjectCorrupt({ key: immutablePath(key), reason: "it is shorter than its root says" }))
        )
      )
    }
  }
  const corruptAs = (repository: RepositoryId, id: Sha256) => (error: PackRefused | ObjectReadError) =>
    error._tag === "PackRefused"
      ? new ObjectCorrupt({ key: immutablePath(packKey(repository, id)), reason: error.reason })
      : error

  const readPack = Effect.fnUntraced(function* (repository: RepositoryId, ref: PackRef) {
    const read = readDirectory(ref.size, rangeOf(repository, ref.sha256))
    const [head, directory] = yield* Effect.all([store.head(packKey(repository, ref.sha256)), read], {
      concurrency: 2
    }).pipe(Effect.mapError(corruptAs(repository, ref.sha256)))
    if (head.size !== ref.size) {
      const reason = `it has ${head.size} bytes, and its root says ${ref.size}`
      return yield* new ObjectCorrupt({ key: immutablePath(packKey(repository, ref.sha256)), reason })
    }
    return storedPack({ repository, ref, directory, storageUri: head.storageUri })
  })

  const open = (repository: RepositoryId, ref: PackRef) =>
    directories.getOrRead(keyIn(repository, ref.sha256), readPack(repository, ref))

  const put = Effect.fn("Packs.put")(function* (repository: RepositoryId, { directory: bytes, file }: WrittenPack) {
    // The bytes are in memory, so nothing can refuse them.
    const { outcome, storageUri } = yield* Effect.catchTag(store.put(repository, file), "ContentRefused", Effect.die)
    if (outcome === "replaced") {
      yield* Effect.logWarning(`${immutablePath(packKey(repository, file.id))} was damaged, and is replaced`)
    }
    const directory = Result.getOrThrow(PackDirectory.decode(bytes))
    const ref: PackRef = { sha256: file.id, size: file.size, objects: directory.size }
    const pack = storedPack({ repository, ref, directory, storageUri })
    directories.set(keyIn(repository, ref.sha256), pack)
    written.set(keyIn(repository, ref.sha256), file.content)
    return pack
  })

  const namedBy = Effect.fnUntraced(function* ({ catalog, packs, repository: { id } }: Root) {
    if (catalog === null) return packs
    const settled = yield* catalogs.getOrRead(
      catalog,
      Effect.map(Effect.provideService(readCatalog(id, catalog), ObjectStore, store), (read) => read.packs)
    )
    return [...settled, ...packs]
  })

  /** Opens packs, the newest first, without those that cannot be read. */
  const opened = Effect.fnUntraced(function* (repository: RepositoryId, refs: ReadonlyArray<PackRef>) {
    const read = yield* Effect.forEach(
      refs.toReversed(),
      (ref) =>
        open(repository, ref).pipe(
          Effect.map(Option.some),
          Effect.catchTags({
            ObjectMissing: (error) => Effect.as(Effect.logError("a pack is passed over", error), Option.none()),
            ObjectCorrupt: (error) => Effect.as(Effect.logError("a pack is passed over", error), Option.none())
          })
        ),
      { concurrency: directoriesAtOnce }
    )
    return read.flatMap(Option.toArray)
  })

  const lookIn = Effect.fnUntraced(function* (repository: RepositoryId, refs: ReadonlyArray<PackRef>) {
    const packs = yield* opened(repository, refs)
    let last: StoredPack | undefined
    return ({ id, type }: ObjectName): PackedPlace | undefined => {
      // Objects that are asked for together are mostly in one pack.
      const found = last?.directory.find(type, id)
      if (last !== undefined && found !== undefined) return { pack: last, object: found }
      for (const pack of packs) {
        const object = pack === last ? undefined : pack.directory.find(type, id)
        if (object === undefined) continue
        last = pack
        return { pack, object }
      }
      return undefined
    }
  })

  /** Lists the packs of the present root; none where there is no root yet. */
  const present = (repository: RepositoryId) =>
    roots.read(repository).pipe(
      Effect.flatMap(({ value }) => namedBy(value)),
      Effect.catchTag("RootMissing", () => Effect.succeed([]))
    )

  const find = Effect.fn("Packs.find")(function* (repository: RepositoryId, names: ReadonlyArray<ObjectName>) {
    const latest = roots.latest(repository)
    const before = Option.isSome(latest) ? yield* namedBy(latest.value.value) : yield* present(repository)
    const found = names.map(yield* lookIn(repository, before))
    if (Option.isNone(latest) || !found.includes(undefined)) return found
    const known = new Set(before.map(({ sha256 }) => sha256))
    const added = (yield* present(repository)).filter(({ sha256 }) => !known.has(sha256))
    if (added.length === 0) return found
    const look = yield* lookIn(repository, added)
    return found.map((place, position) => place ?? look(elementAt(names, position)))
  })

  /** Reads a block with the run of blocks that it belongs to. A run with a damaged block is not kept. */
  const readInRun = (pack: StoredPack, block: PackBlock) => {
    const run = runOf(pack.directory, block)
    const [first, last] = [elementAt(run, 0), elementAt(run, run.length - 1)]
    const end = last.start + last.length
    const key = `${keyIn(pack.repository, pack.ref.sha256)}/${first.start}`
    const read = runs.getOrRead(key, rangeOf(pack.repository, pack.ref.sha256)(first.start, end, run))
    const start = block.start - first.start
    return readBlock(block, () => Effect.map(read, (bytes) => bytes.subarray(start, start + block.length))).pipe(
      Effect.tapError(() => Effect.sync(() => runs.delete(key)))
    )
  }

  const blockOf = ({ object, pack }: PackedPlace, ahead: boolean) => {
    const { directory, ref, repository } = pack
    const block = elementAt(directory.blocks, object.block)
    return blocks.getOrRead(
      `${keyIn(repository, ref.sha256)}/${object.block}`,
      Effect.mapError(
        ahead ? readInRun(pack, block) : readBlock(block, rangeOf(repository, ref.sha256)),
        corruptAs(repository, ref.sha256)
      )
    )
  }

  const read = Effect.fnUntraced(function* (
    places: ReadonlyArray<PackedPlace>,
    { ahead }: { readonly ahead: boolean } = { ahead: false }
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
        const content = yield* Effect.result(blockOf(first, ahead))
        for (const position of positions) {
          const { object, pack } = expected(places[position], "a place")
          const result = Result.flatMap(content, (bytes) =>
            Result.mapError(objectIn(object, bytes), corruptAs(pack.repository, pack.ref.sha256))
          )
          results.set(position, result)
        }
      }),
      { concurrency: blocksAtOnce, discard: true }
    )
    return places.map((_, position) => expected(results.get(position), "what was read"))
  })

  return Packs.of({ put, namedBy, open, find, lookIn, read, recent: new RecentSnapshots() })
})

/** Builds `Packs` over the store and the roots of the context, with caches of its own. */
export const layer: Layer.Layer<Packs, never, ObjectStore | Roots> = Layer.effect(Packs, make)
