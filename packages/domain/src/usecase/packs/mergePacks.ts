/**
 * Merges the small packs of a repository into larger ones. Every object stays, in the same order; an object that
 * several packs have is kept from the first. A pack that cannot be read stays where it is, and so do those before it.
 * Safe on several hubs at once: the root takes the new pack in place of the old ones only while it names all of them.
 */
import { Effect, Option, Result } from "effect"
import { elementAt } from "../../base/expected.ts"
import { isLoss } from "../../invariant/packs/Damage.ts"
import { type ObjectReadError, Packs } from "../../invariant/packs/Packs.ts"
import { type Decision, type MoveError, Roots } from "../../invariant/Roots.ts"
import type { RepositoryId } from "../../object/Id.ts"
import type { PackableObject, PackedObject } from "../../pack/PackedObject.ts"
import { packsToMerge } from "../../pack/mergePlan.ts"
import { PackWriter, type WrittenPack } from "../../pack/PackWriter.ts"
import type { StoredPack } from "../../port/Stored.ts"
import type { PackRef } from "../../repository/PackRef.ts"
import type { Root } from "../../repository/Root.ts"
import { catchUp, type CatchUpServices } from "../recovery/catchUp.ts"
import { rootAtRest } from "./strike.ts"

/** The result of a run. */
export interface MergedPacks {
  /** The packs that are named no longer. */
  readonly merged: ReadonlyArray<PackRef>
  /** The pack in their place; none if there was nothing to merge, or another hub was faster. */
  readonly into: PackRef | undefined
}

/** Objects that are read together. */
const readTogether = 256

/** Copies the objects of a pack that the writer does not have, or those of them that are `kept`. */
export const copyPack = Effect.fnUntraced(function* (
  pack: StoredPack,
  writer: PackWriter,
  kept: (object: PackedObject) => boolean = () => true
) {
  const { read } = yield* Packs
  const { directory } = pack
  for (let start = 0; start < directory.size; start += readTogether) {
    const count = Math.min(readTogether, directory.size - start)
    const some = Array.from({ length: count }, (_, index) => directory.at(start + index)).filter(kept)
    const contents = yield* read(some.map((object) => ({ pack, object })))
    for (const [position, { id, sha256, type }] of some.entries()) {
      const content = yield* Effect.fromResult(elementAt(contents, position))
      yield* writer.add({ type, id, sha256, content } as PackableObject)
    }
  }
})

/** A merged pack that is not put yet, and the packs in whose place it comes. */
interface Merging {
  readonly old: ReadonlyArray<PackRef>
  readonly written: WrittenPack
}

/**
 * Chooses packs and copies their objects. Where one of them cannot be read, those after it are chosen from alone: a
 * pack that an operator restores still comes before what was pushed after it.
 */
const copyChosen = Effect.fnUntraced(function* (
  repository: RepositoryId,
  named: ReadonlyArray<PackRef>,
  packsMin: number | undefined
): Effect.fn.Return<Merging | undefined, ObjectReadError, Packs> {
  const { open } = yield* Packs
  const old = named.slice(named.length - packsToMerge(named, packsMin))
  const writer = new PackWriter()
  for (const [place, ref] of old.entries()) {
    const copied = yield* Effect.result(Effect.flatMap(open(repository, ref), (pack) => copyPack(pack, writer)))
    if (Result.isSuccess(copied)) continue
    if (!isLoss(copied.failure)) return yield* copied.failure
    yield* Effect.logWarning(`pack ${ref.sha256} of repository ${repository} is not merged`, copied.failure)
    return yield* copyChosen(repository, old.slice(place + 1), packsMin)
  }
  const written = yield* writer.finish()
  return Option.isNone(written) ? undefined : { old, written: written.value }
})

/** Says whether nothing was condemned since a root: then what was put since, or was there then, is there still. */
export const isUndisturbed = (seen: Root, { condemnations, condemned }: Root): boolean =>
  condemned === null && condemnations === seen.condemnations

/** Puts the new pack in the place of the old ones, if the root still names them one after another. */
const replacing =
  (
    namedBy: Packs["Service"]["namedBy"],
    seen: Root,
    old: ReadonlyArray<PackRef>,
    merged: PackRef
  ): Decision<MoveError> =>
  (root) =>
    Effect.map(namedBy(root), (named) => {
      // The same pack may have been put by a hub that lost a race, and be condemned.
      if (!isUndisturbed(seen, root)) return null
      const first = named.findIndex(({ sha256 }) => sha256 === old[0]?.sha256)
      const isWhole = first >= 0 && old.every(({ sha256 }, place) => named[first + place]?.sha256 === sha256)
      return isWhole
        ? { root: { catalog: null, packs: named.toSpliced(first, old.length, merged) }, change: null }
        : null
    })

export type MergePacksError = ObjectReadError | MoveError

/**
 * Merges packs of a repository once. `packsMin` is the least number of packs for which that is worth a move of the
 * root.
 */
export const mergePacks = Effect.fn("mergePacks")(function* (
  repository: RepositoryId,
  packsMin?: number
): Effect.fn.Return<MergedPacks, MergePacksError, CatchUpServices | Roots> {
  const packs = yield* Packs
  const roots = yield* Roots
  const nothing: MergedPacks = { merged: [], into: undefined }
  // Beside a collection the root would not take what was merged.
  const root = yield* rootAtRest(repository)
  if (Option.isNone(root)) return nothing
  const seen = root.value.value
  const named = yield* packs.namedBy(seen)
  const merging = yield* copyChosen(repository, named, packsMin)
  if (merging === undefined) return nothing
  const { old, written } = merging
  const { ref } = yield* packs.put(repository, written)
  const moved = yield* roots.move(repository, replacing(packs.namedBy, seen, old, ref))
  // The packs are merged. The next open brings the index up to date.
  yield* Effect.catch(catchUp(moved), (error) => Effect.logWarning("the index is behind the root", error))
  const isNamed = (yield* packs.namedBy(moved.value)).some(({ sha256 }) => sha256 === ref.sha256)
  const done: MergedPacks = { merged: old, into: ref }
  return isNamed ? done : nothing
})
