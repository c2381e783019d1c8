/** Digests of the rows of a table in pages, up to the last one. */
import { Effect, Option, Stream } from "effect"
import { digestedRowsMax } from "../../../../port/index/digest/digestingRows.ts"
import type { RowsDigest } from "../../../../port/index/ObjectIndex.ts"
import type { PageRequest } from "../../../../port/Page.ts"

/** Digests that are asked for ahead. */
const digestsAhead = 2

/** The digest of a page of rows, and where the page is: after one id, up to another, or to the end. */
export interface DigestedPage extends RowsDigest {
  readonly after: string | undefined
  readonly upTo: string | undefined
}

/** Streams the digests that `read` gives. The next ones are asked for meanwhile. */
export const digestedPages = <E, R>(read: (page: PageRequest) => Effect.Effect<RowsDigest, E, R>) =>
  Stream.paginate<string | undefined, DigestedPage, E, R>(undefined, (after) =>
    Effect.map(read({ after, limit: digestedRowsMax }), (digest) => {
      const upTo = digest.rows < digestedRowsMax ? undefined : digest.last
      return [[{ ...digest, after, upTo }], upTo === undefined ? Option.none() : Option.some(upTo)]
    })
  ).pipe(Stream.buffer({ capacity: digestsAhead }))
