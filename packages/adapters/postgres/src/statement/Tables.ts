/** Statements that read whole tables, row by row in the order of a key. Every value comes as text. */
import { RepositoryId } from "@musehub/domain/object/Id"
import { comparedTable, type ComparedTableName, comparedTableNames } from "@musehub/domain/port/tables/comparedTables"
import type { RowsRequest, TableIndex, TableRow } from "@musehub/domain/port/index/TableIndex"
import { Effect, Option, Schema } from "effect"
import type { SqlClient } from "effect/sql"
import type { Fragment } from "effect/sql/Statement"
import { asOperation } from "../Errors.ts"
import { decoded } from "./Rows.ts"

/** The longest text that is read whole, in characters. */
const wholeMax = 2000

/** The rows of a table where they are not read as they stand. */
const sources: { readonly [T in ComparedTableName]?: string } = {
  remarks: `(
    SELECT repository, commit, test_runs,
           ARRAY (SELECT n.name FROM unnest(reviewed_by) AS n (name) ORDER BY n.name COLLATE "C") AS reviewed_by
    FROM remarks)`,
  stored_bytes: "(SELECT repository, sum(bytes) AS bytes FROM stored_bytes GROUP BY repository HAVING sum(bytes) > 0)"
}

const values = decoded(Schema.Record(Schema.String, Schema.NullOr(Schema.String)))
const nextRows = decoded(Schema.Struct({ id: Schema.NullOr(RepositoryId) }))

export const make = (sql: SqlClient.SqlClient): TableIndex["Service"] => {
  const list = (parts: ReadonlyArray<Fragment>): Fragment => parts.reduce((left, right) => sql`${left}, ${right}`)

  /** A column as text, cut if it is long, with the hash of the whole. */
  const shortened = (column: string): Fragment => sql`
    CASE WHEN length(${sql(column)}::text) <= ${wholeMax} THEN ${sql(column)}::text
         ELSE left(${sql(column)}::text, 200) || '… sha256 '
              || encode(sha256(convert_to(${sql(column)}::text, 'UTF8')), 'hex')
    END AS ${sql(column)}`

  /** Compares the key with that of a row. A number is compared as one. */
  const isAfter = (key: ReadonlyArray<string>, after: TableRow): Fragment => {
    const given = key.map((column) => {
      const value = after.get(column) ?? ""
      return column === "number" ? sql`${value}::text::integer` : sql`${value}::text`
    })
    return sql`(${list(key.map((column) => sql`${sql(column)}`))}) > (${list(given)})`
  }

  const statementOf = ({ after, limit, repository, table }: RowsRequest): Fragment => {
    const { columns, key, repository: owner } = comparedTable(table)
    const shown = [...key.map((column) => sql`${sql(column)}::text AS ${sql(column)}`), ...columns.map(shortened)]
    // The order is that of the columns, not of the texts that are returned under their names.
    const ordered = key.map((column) => sql`t.${sql(column)}`)
    return sql`
      SELECT ${list(shown.length === 0 ? [sql`NULL::text AS nothing`] : shown)}
      FROM ${sql.literal(sources[table] ?? table)} AS t
      WHERE ${owner === null ? sql`true` : sql`t.${sql(owner)} = ${repository}`}
        AND ${after === undefined || key.length === 0 ? sql`true` : isAfter(key, after)}
      ${ordered.length === 0 ? sql`` : sql`ORDER BY ${list(ordered)}`}
      LIMIT ${limit}`
  }

  const tableRows: TableIndex["Service"]["tableRows"] = Effect.fnUntraced(function* (request) {
    const { key } = comparedTable(request.table)
    // What has no key has one row.
    if (key.length === 0 && request.after !== undefined) return []
    const rows = yield* values(sql`${statementOf(request)}`.unprepared)
    return rows.map((row): TableRow => new Map(Object.entries(row)))
  }, asOperation("tableRows"))

  const least = (after: RepositoryId | undefined) =>
    list(
      comparedTableNames.flatMap((table) => {
        const { repository } = comparedTable(table)
        if (repository === null) return []
        const [from, column] = [sql(table), sql(repository)]
        return [sql`(SELECT min(${column}) FROM ${from} WHERE ${column} > ${after ?? ""})`]
      })
    )

  const repositoryAfter: TableIndex["Service"]["repositoryAfter"] = (after) =>
    nextRows(sql`SELECT least(${least(after)}) AS id`.unprepared).pipe(
      Effect.map(([row]) => Option.fromNullishOr(row?.id)),
      asOperation("repositoryAfter")
    )

  return { tableRows, repositoryAfter }
}
