/** The rows of the memory index as texts, under the names that Postgres has for their columns. */
import { byKey, type RowsRequest, type TableRow } from "@musehub/domain/port/index/TableIndex"
import { comparedTable } from "@musehub/domain/port/tables/comparedTables"

/** A row with its values as they are. */
export type Values = { readonly [column: string]: unknown }

const textOf = (value: unknown): string | null =>
  value === null || value === undefined ? null : typeof value === "string" ? value : JSON.stringify(value)

/** Returns the rows of a table that a request is about. */
export const tableRowsOf = (
  rows: ReadonlyArray<Values>,
  { after, limit, table }: Pick<RowsRequest, "after" | "limit" | "table">
): ReadonlyArray<TableRow> => {
  const { columns, key } = comparedTable(table)
  const inOrder = byKey(table)
  return rows
    .map((row): TableRow => new Map([...key, ...columns].map((column) => [column, textOf(row[column])])))
    .filter((row) => after === undefined || inOrder(row, after) > 0)
    .toSorted(inOrder)
    .slice(0, limit)
}
