/**
 * Checks the rows of objects against the directories of packs and the listing of large blobs. The index digests them a
 * page at a time; those of a page that differs are read and compared.
 */
import { Effect, Option, Stream } from "effect"
import { inSlices } from "../../../../base/Slices.ts"
import { ObjectType, type RepositoryId } from "../../../../object/Id.ts"
import { ObjectIndex } from "../../../../port/index/ObjectIndex.ts"
import type { HeldObjects } from "../packs/checkingObjects.ts"
import type { Inspection } from "../Inspection.ts"
import { type DigestedPage, digestedPages } from "./digestedPages.ts"
import { ExpectedRows } from "./ExpectedRows.ts"
import { settleSuspects, type Suspect, suspectOf } from "./suspectRows.ts"

/** Rows of a page that differs which are read together. */
const pageSize = 1000
/** Rows that are compared again together: those of what was pushed meanwhile are among them. */
const suspectsMax = 1000

/** Reads the rows of a page and compares each. */
const suspectsIn = Effect.fnUntraced(function* (
  repository: RepositoryId,
  held: HeldObjects,
  type: ObjectType,
  { after, upTo }: DigestedPage
) {
  const index = yield* ObjectIndex
  const suspects: Array<Suspect> = []
  let from = after
  for (;;) {
    const { items, next } = yield* index.rows(repository, type, { after: from, limit: pageSize })
    for (const row of items) {
      if (upTo !== undefined && row.id > upTo) return suspects
      const suspect = suspectOf(held, type, row)
      if (suspect !== undefined) suspects.push(suspect)
    }
    if (Option.isNone(next)) return suspects
    from = next.value
  }
})

/** Checks all rows of objects of a repository. */
export const checkRows = Effect.fnUntraced(function* (
  inspection: Inspection,
  repository: RepositoryId,
  held: HeldObjects
) {
  const index = yield* ObjectIndex
  let suspects: ReadonlyArray<Suspect> = []
  for (const type of ObjectType.literals) {
    const expected = new ExpectedRows(held, type)
    yield* Stream.runForEach(
      digestedPages((page) => index.rowsDigest(repository, type, page)),
      Effect.fnUntraced(function* (page) {
        const rows = expected.takeUpTo(page.upTo)
        if (rows.count === page.rows && (yield* inSlices(() => rows.hashing())) === page.sha256) {
          return rows.markRecorded()
        }
        suspects = [...suspects, ...(yield* suspectsIn(repository, held, type, page))]
        if (suspects.length < suspectsMax) return
        yield* settleSuspects(inspection, repository, held, suspects)
        suspects = []
      })
    )
  }
  yield* settleSuspects(inspection, repository, held, suspects)
})
