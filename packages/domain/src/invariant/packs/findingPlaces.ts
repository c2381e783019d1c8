/** Finds objects in the packs that roots name, and says why one cannot be found. */
import { Clock, Effect, Option, Result } from "effect"
import { elementAt, expected } from "../../base/expected.ts"
import { inSlices, sliceEntries, type Slices } from "../../base/Slices.ts"
import type { IdOf, ObjectType, RepositoryId, Sha256 } from "../../object/Id.ts"
import type { StoreUnavailable } from "../../port/ObjectStore.ts"
import type { StoredPack } from "../../port/Stored.ts"
import type { PackRef } from "../../repository/PackRef.ts"
import type { Root } from "../../repository/Root.ts"
import type { Roots } from "../Roots.ts"
import { isLoss, type PackLoss } from "./Damage.ts"
import type { OpenPacks } from "./openPacks.ts"
import { type PackedPlace, packName } from "./PackReads.ts"

/** The type and id of an object. */
export type ObjectName = { readonly [T in ObjectType]: { readonly type: T; readonly id: IdOf[T] } }[ObjectType]

/** A pack that cannot be read, or not where it holds an object, and why. */
export interface LostPlace {
  readonly pack: Sha256
  readonly loss: PackLoss
}

/** Directories that one call reads at the same time. */
const directoriesAtOnce = 16

/** Looks up names, which may be those of a whole history. */
const lookingUp = function* (
  names: ReadonlyArray<ObjectName>,
  look: (name: ObjectName) => PackedPlace | undefined
): Slices<ReadonlyArray<PackedPlace | undefined>> {
  const places: Array<PackedPlace | undefined> = []
  for (const name of names) if (places.push(look(name)) % sliceEntries === 0) yield
  return places
}

/** Returns how to find objects; `readableOf` lists the packs of a root that can be looked into. */
export const findingPlaces = (
  { damage, kept, open }: OpenPacks,
  roots: Roots["Service"],
  readableOf: (root: Root) => Effect.Effect<ReadonlyArray<PackRef>, StoreUnavailable>
) => {
  /** Opens packs, the newest first, without those that cannot be read. */
  const opened = Effect.fnUntraced(function* (repository: RepositoryId, refs: ReadonlyArray<PackRef>) {
    const newestFirst = refs.toReversed()
    // Most are in memory, and a push looks several times: no effect for each of these.
    const inMemory = newestFirst.map((ref) => kept(repository, ref))
    const read = yield* Effect.forEach(
      newestFirst.filter((_, place) => inMemory[place] === undefined),
      (ref) =>
        Effect.catchTags(Effect.map(open(repository, ref), Array.of), {
          ObjectMissing: () => Effect.succeed([]),
          ObjectCorrupt: () => Effect.succeed([])
        }),
      { concurrency: directoriesAtOnce }
    )
    const others = read.values()
    return inMemory.flatMap((pack) => pack ?? expected(others.next().value, "what was opened"))
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

  return { find, lookIn, lossOf }
}
