/**
 * What goes to stdout: for people, lines and columns; for machines, with `--json`, exactly one JSON value. Everything
 * else (logs, warnings, hints, errors) goes to stderr, so that stdout can always be piped on.
 */
import { everyItem, type Page, type PageRequest } from "@musehub/domain/port/Page"
import { Console, type Effect, Stream } from "effect"

/** A value that JSON can hold. */
export type Json = null | boolean | number | string | ReadonlyArray<Json> | { readonly [key: string]: Json }

/**
 * What a terminal obeys instead of showing it: control characters, and those that turn the direction of writing. Other
 * invisible characters stay, since scripts and emoji are made with them.
 */
const obeyed = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu

/**
 * Text from somebody else as one line that a terminal only shows: what it would obey becomes the escape that JSON has
 * for it, so JSON stays the same value.
 */
export const shown = (text: string): string =>
  text.replaceAll(obeyed, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`)

/** Text of several lines, each of them as `shown`. */
export const shownLines = (text: string): string => text.split(/\r?\n/).map(shown).join("\n")

const firstLineLengthMax = 200

/** The first line of a text, cut. */
export const firstLine = (text: string): string => (text.split(/[\r\n]/, 1)[0] ?? "").slice(0, firstLineLengthMax)

/** Prints a result in the form that was asked for. The text must be made of `columns`, `shown` and `shownLines`. */
export const print = (json: boolean, value: Json, text: string): Effect.Effect<void> =>
  Console.log(json ? shown(JSON.stringify(value)) : text)

/** Says something to a person who may be watching, without touching stdout. */
export const hint = (text: string): Effect.Effect<void> => Console.error(text)

/** Rows in aligned columns, each cell as `shown` and each column as wide as its longest cell. */
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

/** The first items of a listing, page by page. A page may be short, even empty, before the end. */
export const firstItems = <A, E, R>(count: number, read: (page: PageRequest) => Effect.Effect<Page<A>, E, R>) =>
  Stream.runCollect(Stream.take(everyItem(Math.min(pageSize, count), read), count))

/** All items of a listing. */
export const allPages = <A, E, R>(read: (page: PageRequest) => Effect.Effect<Page<A>, E, R>) =>
  Stream.runCollect(everyItem(pageSize, read))
