/**
 * Checks the rows of objects against the directories of packs and the listing of large blobs. The index digests them a
 * page at a time; those of a page that differs are read and compared.
 */
import { Effect, Option, Stream } from "effect"
import { inSlices } from "../../../../base/Slices.ts"
import { ObjectType, type RepositoryId } from "../../../../object/Id.ts"
import { digestedRowsMax } from "../../../../port/index/digestingRows.ts"
import { ObjectIndex, type RowsDigest } from "../../../../port/index/ObjectIndex.ts"
import type { HeldObjects } from "../packs/checkingObjects.ts"
import type { Inspection } from "../Inspection.ts"
import { ExpectedRows } from "./ExpectedRows.ts"
import { settleSuspects, type Suspect, suspectOf } from "./suspectRows.ts"

/** Rows of a page that differs which are read together. */
const pageSize = 1000
/** Digests that are asked for ahead. */
const digestsAhead = 2
/** Rows that are compared again together: those of what was pushed meanwhile are among them. */
const suspectsMax = 1000

/** The digest of a page of rows, and where the page begins. */
interface DigestedPage extends RowsDigest {
  readonly after: string | undefined
  readonly isLast: boolean
}

/** Streams the digests of all rows of a type. */
const digestedPages = Effect.fnUntraced(function* (repository: RepositoryId, type: ObjectType) {
  const index = yield* ObjectIndex
  return Stream.paginate(undefined as string | undefined, (after) =>
    Effect.map(index.rowsDigest(repository, type, { after, limit: digestedRowsMax }), (digest) => {
      const isLast = digest.rows < digestedRowsMax
      const page: DigestedPage = { ...digest, after, isLast }
      return [[page], isLast ? Option.none() : Option.some(digest.last)] as const
    })
  )
})

/** Reads the rows of a page and compares each. */
const suspectsIn = Effect.fnUntraced(function* (
  repository: RepositoryId,
  held: HeldObjects,
  type: ObjectType,
  { after, isLast, last }: DigestedPage
) {
  const index = yield* ObjectIndex
  const suspects: Array<Suspect> = []
  let from = after
  for (;;) {
    const { items, next } = yield* index.rows(repository, type, { after: from, limit: pageSize })
    for (const row of items) {
      if (!isLast && last !== undefined && row.id > last) return suspects
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
  let suspects: ReadonlyArray<Suspect> = []
  for (const type of ObjectType.literals) {
    const expected = new ExpectedRows(held, type)
    const pages = yield* digestedPages(repository, type)
    yield* pages.pipe(
      Stream.buffer({ capacity: digestsAhead }),
      Stream.runForEach(
        Effect.fnUntraced(function* (page) {
          const rows = expected.takeUpTo(page.isLast ? undefined : page.last)
          if (rows.count === page.rows && (yield* inSlices(() => rows.hashing())) === page.sha256) {
            return rows.markRecorded()
          }
          suspects = [...suspects, ...(yield* suspectsIn(repository, held, type, page))]
          if (suspects.length < suspectsMax) return
          yield* settleSuspects(inspection, repository, held, suspects)
          suspects = []
        })
      )
    )
  }
  yield* settleSuspects(inspection, repository, held, suspects)
})
