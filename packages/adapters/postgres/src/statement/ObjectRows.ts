/** Statements that list the rows of objects, and digest them. */
import { expected } from "@musehub/domain/base/expected"
import { type ObjectType, type RepositoryId, Sha256 } from "@musehub/domain/object/Id"
import type { ObjectIndex, ObjectRow } from "@musehub/domain/port/index/ObjectIndex"
import { pageOf, type PageRequest } from "@musehub/domain/port/Page"
import { Effect, Schema } from "effect"
import type { SqlClient } from "effect/sql"
import type { Fragment } from "effect/sql/Statement"
import { asOperation } from "../Errors.ts"
import { placeAfter } from "../Parameters.ts"
import { decoded } from "./Rows.ts"

const Row = Schema.Struct({ id: Schema.String, size: Schema.Int, storage_uri: Schema.String, canonical_sha256: Sha256 })
const objectRows = decoded(Row)
const digestRows = decoded(Schema.Struct({ rows: Schema.Int, last: Schema.NullOr(Schema.String), sha256: Sha256 }))
const objectRow = (row: typeof Row.Type): ObjectRow => ({
  id: row.id,
  size: row.size,
  storageUri: row.storage_uri,
  sha256: row.canonical_sha256
})

type Rows = Pick<ObjectIndex["Service"], "rows" | "rowsDigest" | "nodesDigest">

export const make = (sql: SqlClient.SqlClient): Rows => {
  const tableOf = { blob: sql("blobs"), snapshot: sql("snapshots"), commit: sql("commits") }

  /**
   * Selects up to `limit` rows after the place of a page. With a limit that the planner cannot see, it follows the
   * index; with a visible one it sorts, for each page, all rows that come after it.
   */
  const rowsAfter = (repository: RepositoryId, type: ObjectType, page: PageRequest, limit: number) => sql`
    SELECT *
    FROM ${tableOf[type]}
    WHERE repository = ${repository} AND id > ${placeAfter(page)}
    ORDER BY id
    LIMIT (SELECT ${limit}::integer)`

  const rows: ObjectIndex["Service"]["rows"] = Effect.fnUntraced(function* (repository, type, page) {
    const found = yield* objectRows(sql`
      SELECT id, size::float8 AS size, storage_uri, canonical_sha256
      FROM (${rowsAfter(repository, type, page, page.limit + 1)}) AS page
      ORDER BY id`)
    return pageOf(found.map(objectRow), ({ id }) => id, { limit: page.limit })
  }, asOperation("rows"))

  /** Digests a page by the texts of its rows. */
  const digested = Effect.fnUntraced(function* (page: Fragment, text: Fragment) {
    const [digest] = yield* digestRows(sql`
      SELECT count(*)::integer AS rows, max(id) AS last,
             encode(sha256(convert_to(
               coalesce(string_agg(${text} || E'\\n', '' ORDER BY id), ''), 'UTF8'
             )), 'hex') AS sha256
      FROM (${page}) AS page`)
    const { last, rows, sha256 } = expected(digest, "the row of an aggregate")
    return { rows, last: last ?? undefined, sha256 }
  })

  const rowsDigest: ObjectIndex["Service"]["rowsDigest"] = (repository, type, page) =>
    digested(
      rowsAfter(repository, type, page, page.limit),
      sql`id || ' ' || size || ' ' || storage_uri || ' ' || canonical_sha256`
    ).pipe(asOperation("rowsDigest"))

  const nodesDigest: ObjectIndex["Service"]["nodesDigest"] = (repository, page) =>
    digested(
      rowsAfter(repository, "commit", page, page.limit),
      sql`id || ' ' || generation || ' ' || snapshot_id || ' ' || array_to_string(parents, ',')`
    ).pipe(asOperation("nodesDigest"))

  return { rows, rowsDigest, nodesDigest }
}
