/** Every row of an index, as texts: for a comparison of two indexes. */
import { Context, type Effect, type Option } from "effect"
import { byText } from "../../base/text/byText.ts"
import type { RepositoryId } from "../../object/Id.ts"
import type { IndexUnavailable } from "./IndexUnavailable.ts"
import { comparedTable, type ComparedTableName } from "../tables/comparedTables.ts"

/**
 * A row of a table: the columns of its key and the others that are compared, by name. Equal values are equal texts, in
 * one kind of index. A long text may be cut, with the hash of the whole behind it.
 */
export type TableRow = ReadonlyMap<string, string | null>

/** Orders rows of a table by their keys, as an index returns them. All texts of keys are ASCII. */
export const byKey =
  (table: ComparedTableName) =>
  (one: TableRow, other: TableRow): number => {
    for (const column of comparedTable(table).key) {
      const [a, b] = [String(one.get(column)), String(other.get(column))]
      const order = column === "number" ? Number(a) - Number(b) : byText(a, b)
      if (order !== 0) return order
    }
    return 0
  }

/** Which rows of a table to read. */
export interface RowsRequest {
  readonly table: ComparedTableName
  /** The repository whose rows to read; null for a table of the hub. */
  readonly repository: RepositoryId | null
  /** Reads the rows that come after this one in the order of the key. */
  readonly after: TableRow | undefined
  /** Most rows, 1 to 1000. */
  readonly limit: number
}

export class TableIndex extends Context.Service<
  TableIndex,
  {
    /** Returns rows in ascending order of their key; fewer than `limit` if no more follow. */
    readonly tableRows: (request: RowsRequest) => Effect.Effect<ReadonlyArray<TableRow>, IndexUnavailable>
    /** Returns the next repository, in ascending order of id, that any compared table has a row of. */
    readonly repositoryAfter: (
      after: RepositoryId | undefined
    ) => Effect.Effect<Option.Option<RepositoryId>, IndexUnavailable>
  }
>()("@musehub/domain/port/index/TableIndex") {}
