/** Compares a table of two indexes, row by row in the order of its key. A page of each is in memory. */
import { Effect, Stream } from "effect"
import type { RepositoryId } from "../../../object/Id.ts"
import type { IndexUnavailable } from "../../../port/index/IndexUnavailable.ts"
import { byKey, type TableIndex, type TableRow } from "../../../port/index/TableIndex.ts"
import { comparedTable, type ComparedTableName } from "../../../port/tables/comparedTables.ts"

/** A value that differs. */
export interface DifferentValue {
  readonly column: string
  /** What the index has. */
  readonly live: string | null
  /** What a rebuild from the store gives. */
  readonly rebuilt: string | null
}

/** A row that a rebuild does not give as the index has it. */
export interface Difference {
  readonly table: ComparedTableName
  /** The repository of the row; null for a row of the hub. */
  readonly repository: RepositoryId | null
  /** The key of the row in its table, and in its repository: values by column. */
  readonly key: ReadonlyMap<string, string | null>
  /** `missing`: the index lacks the row. `extra`: the store gives no such row. `changed`: `values` differ. */
  readonly difference: "missing" | "extra" | "changed"
  readonly values: ReadonlyArray<DifferentValue>
}

/** Rows per page. */
const pageSize = 500

/** The rows of a table from the one at hand on. */
class Rows {
  readonly #index: TableIndex["Service"]
  readonly #table: ComparedTableName
  readonly #repository: RepositoryId | null
  #page: ReadonlyArray<TableRow> = []
  #place = 0
  #isLastPage = false

  constructor(index: TableIndex["Service"], table: ComparedTableName, repository: RepositoryId | null) {
    this.#index = index
    this.#table = table
    this.#repository = repository
  }

  /** Returns the row at hand; undefined after the last one. */
  readonly row: Effect.Effect<TableRow | undefined, IndexUnavailable> = Effect.gen({ self: this }, function* () {
    const row = this.#page[this.#place]
    if (row !== undefined || this.#isLastPage) return row
    const request = { table: this.#table, repository: this.#repository, after: this.#page.at(-1), limit: pageSize }
    this.#page = yield* this.#index.tableRows(request)
    this.#place = 0
    this.#isLastPage = this.#page.length < pageSize
    return this.#page[0]
  })

  pass(): void {
    this.#place += 1
  }
}

const keyOf = (table: ComparedTableName, row: TableRow) =>
  new Map(comparedTable(table).key.map((column) => [column, row.get(column) ?? null]))

/** Returns the values of two rows of one key that differ. */
const differentValues = (table: ComparedTableName, live: TableRow, rebuilt: TableRow): ReadonlyArray<DifferentValue> =>
  comparedTable(table)
    .columns.map((column) => ({ column, live: live.get(column) ?? null, rebuilt: rebuilt.get(column) ?? null }))
    .filter((value) => value.live !== value.rebuilt)

/** Streams the rows of a table that differ; of a repository, or of the hub. */
export const differentRows = (
  live: TableIndex["Service"],
  rebuilt: TableIndex["Service"],
  table: ComparedTableName,
  repository: RepositoryId | null
): Stream.Stream<Difference, IndexUnavailable> => {
  const [ours, theirs] = [new Rows(live, table, repository), new Rows(rebuilt, table, repository)]
  const inOrder = byKey(table)
  const found = (
    difference: Difference["difference"],
    row: TableRow,
    values: Difference["values"] = []
  ): Difference => ({
    table,
    repository,
    key: keyOf(table, row),
    difference,
    values
  })
  const next = Effect.gen(function* () {
    for (;;) {
      const [one, other] = [yield* ours.row, yield* theirs.row]
      if (one === undefined && other === undefined) return undefined
      const order = one === undefined ? 1 : other === undefined ? -1 : inOrder(one, other)
      if (order <= 0) ours.pass()
      if (order >= 0) theirs.pass()
      if (one !== undefined && order < 0) return found("extra", one)
      if (other !== undefined && order > 0) return found("missing", other)
      const values = one === undefined || other === undefined ? [] : differentValues(table, one, other)
      if (one !== undefined && values.length > 0) return found("changed", one, values)
    }
  })
  return Stream.unfold(undefined, () =>
    Effect.map(next, (difference) => (difference === undefined ? undefined : ([difference, undefined] as const)))
  )
}
