/**
 * Compares rows with the directories of packs and the listing of large blobs, and those that differ with what was named
 * since the run began.
 */
import { Effect } from "effect"
import { BlobId, type ObjectType, type RepositoryId } from "../../../../object/Id.ts"
import { packedBlobBytesMax } from "../../../../pack/limits.ts"
import type { ObjectRow } from "../../../../port/index/ObjectIndex.ts"
import { ObjectStore } from "../../../../port/ObjectStore.ts"
import type { PackedPlace } from "../../../../invariant/packs/PackReads.ts"
import type { PackedObject } from "../../../../pack/PackedObject.ts"
import type { StoredPack } from "../../../../port/Stored.ts"
import type { HeldObjects } from "../packs/checkingObjects.ts"
import type { FindingTag } from "../Finding.ts"
import type { Inspection } from "../Inspection.ts"
import { marks } from "../packs/ObjectTable.ts"
import { packsSince } from "../packs/packsNow.ts"

/** A row that does not agree with what the repository has. */
export interface Suspect {
  readonly type: ObjectType
  readonly row: ObjectRow
  readonly tag: FindingTag
  readonly reason: string
}

/** Says how a row differs from the bytes of its object; undefined if it does not, or in their place alone. */
const byteDifferenceOf = (object: PackedObject, row: ObjectRow): string | undefined => {
  if (row.sha256 !== object.sha256) return `says the sha256 ${row.sha256}, and the bytes have ${object.sha256}`
  return row.size === object.size ? undefined : `says ${row.size} bytes, and there are ${object.size}`
}

/** Says how a row differs from its object in a pack; undefined if it does not. */
const differenceOf = ({ object, pack }: PackedPlace, row: ObjectRow): string | undefined => {
  const difference = byteDifferenceOf(object, row)
  if (difference !== undefined) return difference
  const uri = pack.uriOf(object)
  return row.storageUri === uri ? undefined : `says that the bytes are at ${row.storageUri}, and they are at ${uri}`
}

/** Says whether a pack has the object of a row, as `isSame` compares them. */
const isIn = (
  pack: StoredPack,
  { row, type }: Pick<Suspect, "row" | "type">,
  isSame: (place: PackedPlace) => boolean
) => {
  const object = pack.directory.find(type, row.id)
  return object !== undefined && isSame({ pack, object })
}

/** Compares a row with what the repository has. Marks the object as recorded if they agree. */
export const suspectOf = (held: HeldObjects, type: ObjectType, row: ObjectRow): Suspect | undefined => {
  const { large, table } = held
  const number = table.find(type, row.id)
  const apart = type === "blob" ? large.get(row.id) : undefined
  const differs = (reason: string): Suspect => ({ type, row, tag: "RowDiffers", reason })
  if (apart !== undefined) {
    apart.hasRow = true
    if (row.storageUri === apart.storageUri && row.size === apart.size && row.sha256 === (row.id as string)) return
  }
  if (number !== undefined) {
    table.mark(number, marks.recorded)
    const reason = differenceOf(table.placeOf(number), row)
    if (reason === undefined) return undefined
    const suspect = differs(reason)
    const isAsSaid = (place: PackedPlace) => differenceOf(place, row) === undefined
    return table.packs.some((other) => isIn(other, suspect, isAsSaid)) ? undefined : suspect
  }
  if (apart !== undefined) return differs(`says ${row.size} bytes at ${row.storageUri}, and there are ${apart.size}`)
  const isApart = type === "blob" && row.size > packedBlobBytesMax
  if (!isApart && !held.isWhole) return undefined
  return isApart
    ? { type, row, tag: "LargeBlobMissing", reason: "is not there, and the index has a row of it" }
    : { type, row, tag: "RowAstray", reason: "is of an object that no named pack has" }
}

/** Compares suspect rows with what was named since the run began, and tells of those that are left. */
export const settleSuspects = Effect.fnUntraced(function* (
  inspection: Inspection,
  repository: RepositoryId,
  held: HeldObjects,
  suspects: ReadonlyArray<Suspect>
) {
  if (suspects.length === 0) return
  const store = yield* ObjectStore
  const packs = yield* packsSince(repository, held.table)
  for (const suspect of suspects) {
    const { reason, row, tag, type } = suspect
    // The row was read before these were named: it may be of a pack that was merged into one of them.
    const isOfBytes = ({ object }: PackedPlace) => byteDifferenceOf(object, row) === undefined
    if (packs.some((pack) => isIn(pack, suspect, isOfBytes))) continue
    if (type === "blob" && row.size > packedBlobBytesMax) {
      const key = { repository, type, id: BlobId.make(row.id) } as const
      const head = yield* Effect.catchTag(store.head(key), "ObjectMissing", () => Effect.succeed(undefined))
      if (head?.size === row.size && head.storageUri === row.storageUri) continue
      if (tag === "LargeBlobMissing") {
        yield* inspection.reportLost(tag, key, reason)
        continue
      }
    }
    yield* inspection.report(tag, `the row of ${type} ${row.id} of repository ${repository}`, reason)
  }
})
