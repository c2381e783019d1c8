/** Checks the rows of objects, a page at a time, against the directories of packs and the listing of large blobs. */
import { Effect, Stream } from "effect"
import { BlobId, ObjectType, type RepositoryId } from "../../../../object/Id.ts"
import { packedBlobBytesMax } from "../../../../pack/limits.ts"
import { ObjectIndex, type ObjectRow } from "../../../../port/index/ObjectIndex.ts"
import { ObjectStore } from "../../../../port/ObjectStore.ts"
import { everyItem } from "../../../../port/Page.ts"
import type { StoredPack } from "../../../../port/Stored.ts"
import type { HeldObjects } from "../packs/checkingObjects.ts"
import type { FindingTag } from "../Finding.ts"
import type { Inspection } from "../Inspection.ts"
import { marks } from "../packs/ObjectTable.ts"
import { packsSince } from "../packs/packsNow.ts"

/** Rows per page. */
const pageSize = 1000
/** Rows that are compared again together: those of what was pushed meanwhile are among them. */
const suspectsMax = 1000

interface Suspect {
  readonly type: ObjectType
  readonly row: ObjectRow
  readonly tag: FindingTag
  readonly reason: string
}

/** Says how a row differs from the bytes of the object in a pack; undefined if it does not, or in their place alone. */
const byteDifferenceIn = (pack: StoredPack, type: ObjectType, row: ObjectRow): string | undefined => {
  const object = pack.directory.find(type, row.id)
  if (object === undefined) return "is of an object that no named pack has"
  if (row.sha256 !== object.sha256) return `says the sha256 ${row.sha256}, and the bytes have ${object.sha256}`
  if (row.size !== object.size) return `says ${row.size} bytes, and there are ${object.size}`
  return undefined
}

/** Says how a row differs from the object in a pack; undefined if it does not. */
const differenceIn = (pack: StoredPack, type: ObjectType, row: ObjectRow): string | undefined => {
  const object = pack.directory.find(type, row.id)
  const difference = byteDifferenceIn(pack, type, row)
  if (object === undefined || difference !== undefined) return difference
  const uri = pack.uriOf(object)
  return row.storageUri === uri ? undefined : `says that the bytes are at ${row.storageUri}, and they are at ${uri}`
}

/** Compares a row with what the repository has. Marks the object as recorded if they agree. */
const suspectOf = (held: HeldObjects, type: ObjectType, row: ObjectRow): Suspect | undefined => {
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
    const { pack } = table.placeOf(number)
    const reason = differenceIn(pack, type, row)
    const isElsewhere = () => table.packs.some((other) => differenceIn(other, type, row) === undefined)
    return reason === undefined || isElsewhere() ? undefined : differs(reason)
  }
  if (apart !== undefined) return differs(`says ${row.size} bytes at ${row.storageUri}, and there are ${apart.size}`)
  const isApart = type === "blob" && row.size > packedBlobBytesMax
  if (!isApart && !held.isWhole) return undefined
  return isApart
    ? { type, row, tag: "LargeBlobMissing", reason: "is not there, and the index has a row of it" }
    : { type, row, tag: "RowAstray", reason: "is of an object that no named pack has" }
}

/** Compares suspect rows with what was named since the run began, and tells of those that are left. */
const settle = Effect.fnUntraced(function* (
  inspection: Inspection,
  repository: RepositoryId,
  held: HeldObjects,
  suspects: ReadonlyArray<Suspect>
) {
  if (suspects.length === 0) return
  const store = yield* ObjectStore
  const packs = yield* packsSince(repository, held.table)
  for (const { reason, row, tag, type } of suspects) {
    // The row was read before these were named: it may be of a pack that was merged into one of them.
    if (packs.some((pack) => byteDifferenceIn(pack, type, row) === undefined)) continue
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

/** Checks all rows of objects of a repository. */
export const checkRows = Effect.fnUntraced(function* (
  inspection: Inspection,
  repository: RepositoryId,
  held: HeldObjects
) {
  const index = yield* ObjectIndex
  let suspects: Array<Suspect> = []
  for (const type of ObjectType.literals) {
    const rows = everyItem(pageSize, (page) => index.rows(repository, type, page))
    yield* Stream.runForEach(rows, (row) => {
      const suspect = suspectOf(held, type, row)
      if (suspect === undefined) return Effect.void
      suspects.push(suspect)
      if (suspects.length < suspectsMax) return Effect.void
      const some = suspects
      suspects = []
      return settle(inspection, repository, held, some)
    })
  }
  yield* settle(inspection, repository, held, suspects)
})
