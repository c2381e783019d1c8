/**
 * The output on stdout: lines and columns, or with `--json` exactly one JSON value. Everything else (logs, warnings,
 * hints, errors) goes to stderr, so that stdout can be piped.
 */
import { cut } from "@musehub/domain/base/text/cut"
import { everyItem, type Page, type PageRequest } from "@musehub/domain/port/Page"
import { Console, type Effect, Stream } from "effect"

/** A value that JSON can hold. */
export type Json = null | boolean | number | string | ReadonlyArray<Json> | { readonly [key: string]: Json }

/**
 * Characters that a terminal would act on: control characters, and those that change the direction of text. Other
 * invisible characters stay, since scripts and emoji need them.
 */
const obeyed = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu

/**
 * Makes untrusted text safe for a terminal, on one line: characters that a terminal would act on become their JSON
 * escapes, so JSON keeps its value.
 */
export const shown = (text: string): string =>
  text.replaceAll(obeyed, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`)

/** Makes each line of a text safe, as `shown` does. */
export const shownLines = (text: string): string => text.split(/\r?\n/).map(shown).join("\n")

const firstLineLengthMax = 200

/** Returns the first line of a text, cut if long. */
export const firstLine = (text: string): string => cut(text.split(/[\r\n]/, 1)[0] ?? "", firstLineLengthMax)

const pluralOf = (what: string): string =>
  what.endsWith("y") ? `${what.slice(0, -1)}ies` : `${what}${/(?:ch|ss)$/.test(what) ? "es" : "s"}`

/** Says how many there are of something whose plural is regular: 1 commit, 12 branches, 3 repositories. */
export const counted = (count: number, what: string): string => `${count} ${count === 1 ? what : pluralOf(what)}`

/** Prints a result as JSON or as text. The text must be built with `columns`, `shown` and `shownLines`. */
export const print = (json: boolean, value: Json, text: string): Effect.Effect<void> =>
  Console.log(json ? shown(JSON.stringify(value)) : text)

/** Prints a hint for the user on stderr. */
export const hint = (text: string): Effect.Effect<void> => Console.error(text)

/** Aligns rows in columns, each cell as `shown` and each column as wide as its longest cell. */
export const columns = (table: ReadonlyArray<ReadonlyArray<string>>): string => {
  const rows = table.map((row) => row.map(shown))
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

/** Reads the first items of a listing, page by page. A page before the last may be short or even empty. */
export const firstItems = <A, E, R>(count: number, read: (page: PageRequest) => Effect.Effect<Page<A>, E, R>) =>
  Stream.runCollect(Stream.take(everyItem(Math.min(pageSize, count), read), count))

/** Reads all items of a listing. */
export const allPages = <A, E, R>(read: (page: PageRequest) => Effect.Effect<Page<A>, E, R>) =>
  Stream.runCollect(everyItem(pageSize, read))
