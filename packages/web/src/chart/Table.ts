/** A table with heads for its columns, and for each row. */
import type { ComponentChildren, VNode } from "preact"
import { h } from "../html/h.ts"

export interface Column {
  readonly title: string
  /** Whether a narrow window goes without it. */
  readonly isExtra?: boolean
}

export interface Row {
  /** What the row is about. */
  readonly head: ComponentChildren
  /** One for each of the columns after the first. */
  readonly cells: ReadonlyArray<ComponentChildren>
}

const classOf = (column: Column | undefined): string | undefined => (column?.isExtra === true ? "said" : undefined)

export const Table = ({
  caption,
  columns,
  rows
}: {
  readonly caption: string
  /** That of the heads first. */
  readonly columns: ReadonlyArray<Column>
  readonly rows: ReadonlyArray<Row>
}): VNode =>
  h(
    "table",
    { class: "files" },
    h("caption", { class: "hidden" }, caption),
    h(
      "thead",
      null,
      h(
        "tr",
        null,
        columns.map((column) => h("th", { scope: "col", class: classOf(column) }, column.title))
      )
    ),
    h(
      "tbody",
      null,
      rows.map(({ cells, head }) =>
        h(
          "tr",
          null,
          h("th", { scope: "row" }, head),
          cells.map((cell, place) => h("td", { class: classOf(columns[place + 1]) }, cell))
        )
      )
    )
  )
