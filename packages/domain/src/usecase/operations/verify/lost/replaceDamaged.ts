/**
 * Has the root name no damaged pack any more, once nothing of it is missed: one that can be read in part is written
 * again without what is damaged, and one that is gone is left out.
 */
import { Effect, Option, Result } from "effect"
import { orDefault } from "../../../../base/expected.ts"
import { isLoss } from "../../../../invariant/packs/Damage.ts"
import { Packs } from "../../../../invariant/packs/Packs.ts"
import { Roots } from "../../../../invariant/Roots.ts"
import type { RepositoryId, Sha256 } from "../../../../object/Id.ts"
import type { PackedObject } from "../../../../pack/PackedObject.ts"
import { PackWriter } from "../../../../pack/PackWriter.ts"
import { PackIndex } from "../../../../port/index/PackIndex.ts"
import type { StoredPack } from "../../../../port/Stored.ts"
import type { PackRef } from "../../../../repository/PackRef.ts"
import type { Root } from "../../../../repository/Root.ts"
import { copyPack, isUndisturbed } from "../../../packs/mergePacks.ts"
import { isRecordKey } from "../ByHash.ts"
import { type FindingTag, rowTags } from "../Finding.ts"
import type { Inspection } from "../Inspection.ts"
import { nameText } from "./LostObject.ts"

/** What is wrong with packs themselves, and not with what leads to what they had. */
const packTags: ReadonlySet<FindingTag> = new Set([
  "PackMissing",
  "PackDamaged",
  "BlockDamaged",
  "ObjectMisstated",
  "ObjectMisnamed",
  "ObjectNotCanonical"
])

const none: ReadonlySet<string> = new Set()

/** Where the rows do not reflect the root, what a pack held is not known. */
const unknowingTags: ReadonlySet<FindingTag> = new Set(["RepositoryUnindexed", "IndexBehind", "IndexAstray"])

/** Writes a pack again without these objects; undefined if nothing is left. */
const withoutDamaged = Effect.fnUntraced(function* (pack: StoredPack, damaged: ReadonlySet<string>) {
  const writer = new PackWriter()
  yield* copyPack(pack, writer, (object: PackedObject) => !damaged.has(nameText(object)))
  const written = yield* writer.finish()
  if (Option.isNone(written)) return undefined
  const { put } = yield* Packs
  return (yield* put(pack.repository, written.value)).ref
})

/** Lists the objects that each pack has with wrong bytes. */
const damagedBy = ({ lostObjects }: Inspection): ReadonlyMap<Sha256 | undefined, ReadonlySet<string>> =>
  new Map(
    [...Map.groupBy(lostObjects, ({ pack }) => pack)].map(([pack, objects]) => [pack, new Set(objects.map(nameText))])
  )

/**
 * Says whether a repository misses nothing of what its damaged packs held, as far as rows and history tell: `held` are
 * the objects that were put back.
 */
export const lacksNothing = (inspection: Inspection, held: ReadonlySet<string>): boolean =>
  inspection.hasFaultsOnlyOf(packTags.union(rowTags)) &&
  !inspection.hasTold(unknowingTags) &&
  inspection.lostObjects.every((object) => object.pack !== undefined && held.has(nameText(object)))

/**
 * Replaces the damaged packs of a repository of which nothing is missed, and returns whether there were any. `held` are
 * the objects that were put back. `inspection` was made after that.
 */
export const replaceDamaged = Effect.fnUntraced(function* (
  inspection: Inspection,
  repository: RepositoryId,
  held: ReadonlySet<string>
) {
  const { namedBy, openStored } = yield* Packs
  const roots = yield* Roots
  const keys = inspection.lost.flatMap((key) => (!isRecordKey(key) && key.type === "pack" ? [key.id] : []))
  if (keys.length === 0) return false
  const { value: seen } = yield* roots.read(repository)
  const named = yield* namedBy(seen)
  const recorded = yield* (yield* PackIndex).packs(repository)
  const isWhole = lacksNothing(inspection, held)
  const damaged = damagedBy(inspection)
  const replaced = new Map<Sha256, PackRef | undefined>()
  for (const ref of named.filter(({ sha256 }) => keys.includes(sha256))) {
    const opened = yield* Effect.result(openStored(repository, ref))
    if (Result.isFailure(opened)) {
      if (!isLoss(opened.failure)) return yield* opened.failure
      // One that the index never recorded may have held what no row is of.
      if (isWhole && recorded.packs.has(ref.sha256)) replaced.set(ref.sha256, undefined)
      continue
    }
    const wrong = orDefault(damaged.get(ref.sha256), none)
    if (!wrong.isSubsetOf(held)) continue
    const written = yield* Effect.result(withoutDamaged(opened.success, wrong))
    if (Result.isSuccess(written)) replaced.set(ref.sha256, written.success)
    else if (!isLoss(written.failure)) return yield* written.failure
  }
  if (replaced.size === 0) return false
  const moved = { isDone: false }
  yield* roots.move(repository, (root: Root) =>
    Effect.map(namedBy(root), (packs) => {
      const names = new Set(packs.map(({ sha256 }) => sha256))
      moved.isDone =
        isUndisturbed(seen, root) && root.collectionEpoch === seen.collectionEpoch && names.isSupersetOf(replaced)
      if (!moved.isDone) return null
      const left = packs.flatMap((ref) => (replaced.has(ref.sha256) ? orDefault(replaced.get(ref.sha256), []) : ref))
      return { root: { catalog: null, packs: left }, change: null }
    })
  )
  return moved.isDone
})
