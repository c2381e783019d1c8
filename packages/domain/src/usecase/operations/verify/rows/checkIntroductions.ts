/** Checks that some commit is said to bring in each blob: without that, no clone would get it. */
import { Effect, Stream } from "effect"
import type { BlobId, RepositoryId } from "../../../../object/Id.ts"
import { CommitIndex } from "../../../../port/index/CommitIndex.ts"
import type { HeldObjects } from "../packs/checkingObjects.ts"
import { marks } from "../packs/ObjectTable.ts"
import type { Inspection } from "../Inspection.ts"

/** Blobs that are asked about together. */
const askedTogether = 1000

/** Yields the blobs that a snapshot with a row has. */
const usedBlobs = function* ({ large, table }: HeldObjects): Generator<BlobId> {
  for (const id of table.marked("blob", marks.used)) yield id as BlobId
  for (const [id, { hasRow, isUsed }] of large) if (hasRow && isUsed) yield id as BlobId
}

/** Checks the introductions of blobs, after the snapshots were read. */
export const checkIntroductions = Effect.fnUntraced(function* (
  inspection: Inspection,
  repository: RepositoryId,
  held: HeldObjects
) {
  const index = yield* CommitIndex
  const ask = Effect.fnUntraced(function* (blobs: ReadonlyArray<BlobId>) {
    const introducers = yield* index.introducersOf(repository, blobs)
    for (const blob of blobs) {
      if (introducers.has(blob)) continue
      const place = `the row of blob ${blob} of repository ${repository}`
      yield* inspection.report("RowMissing", place, "is said to come with no commit, and snapshots have it")
    }
  })
  yield* Stream.fromIterable(usedBlobs(held)).pipe(Stream.grouped(askedTogether), Stream.runForEach(ask))
})
