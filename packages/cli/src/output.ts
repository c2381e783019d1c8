/**
 * What goes to stdout: for people, lines and columns; for machines, with `--json`, exactly one JSON value. Everything
 * else (logs, warnings, hints, errors) goes to stderr, so that stdout can always be piped on.
 */
import type { Page, PageRequest } from "@musehub/domain/port/ObjectStore"
import { Console, Effect, Option } from "effect"

/** A value that JSON can hold. */
export type Json = null | boolean | number | string | ReadonlyArray<Json> | { readonly [key: string]: Json }

/** Prints a result in the form that was asked for. */
export const print = (json: boolean, value: Json, text: string): Effect.Effect<void> =>
  Console.log(json ? JSON.stringify(value) : text)

/** Says something to a person who may be watching, without touching stdout. */
export const hint = (text: string): Effect.Effect<void> => Console.error(text)

/** Rows in aligned columns, each column as wide as its longest cell. */
export const columns = (rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd()
    )
    .join("\n")
}

const pageSize = 1000

/** All items of a listing, page by page. */
export const allPages = Effect.fnUntraced(function* <A, E, R>(
  read: (page: PageRequest) => Effect.Effect<Page<A>, E, R>
) {
  const items: Array<A> = []
  let page = yield* read({ limit: pageSize })
  for (;;) {
    items.push(...page.items)
    if (Option.isNone(page.next)) return items
    page = yield* read({ limit: pageSize, after: page.next.value })
  }
})
