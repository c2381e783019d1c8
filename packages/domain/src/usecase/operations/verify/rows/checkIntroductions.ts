/** Checks that some commit is said to bring in each blob: without that, no clone would get it. */
import { Effect, Stream } from "effect"
import type { BlobId, RepositoryId } from "../../../../object/Id.ts"
import { CommitIndex } from "../../../../port/index/CommitIndex.ts"
import { everyItem } from "../../../../port/Page.ts"
import type { HeldObjects } from "../packs/checkingObjects.ts"
import { marks } from "../packs/ObjectTable.ts"
import type { Inspection } from "../Inspection.ts"

/** Rows of blobs that the index goes through for a page. */
const pageSize = 1000

/** Says whether a snapshot with a row has a blob. */
const isUsed = ({ large, table }: HeldObjects, blob: BlobId): boolean => {
  const number = table.find("blob", blob)
  const apart = large.get(blob)
  return (number !== undefined && table.isMarked(number, marks.used)) || (apart?.hasRow === true && apart.isUsed)
}

/** Checks the introductions of blobs, after the snapshots were read. */
export const checkIntroductions = Effect.fnUntraced(function* (
  inspection: Inspection,
  repository: RepositoryId,
  held: HeldObjects
) {
  const index = yield* CommitIndex
  const blobs = everyItem(pageSize, (page) => index.unintroducedBlobs(repository, page))
  yield* Stream.runForEach(blobs, (blob) => {
    if (!isUsed(held, blob)) return Effect.void
    const place = `the row of blob ${blob} of repository ${repository}`
    return inspection.report("RowMissing", place, "is said to come with no commit, and snapshots have it")
  })
})
