/**
 * Array parameters for statements over many rows. Their type is stated, so that an empty array or one of nulls binds
 * like any other; the driver sends them in binary form, at a few nanoseconds a byte.
 */
import { PgTypes } from "@effect/sql-pg"
import type { PageRequest } from "@musehub/domain/port/Page"
import { Result } from "effect"

/**
 * The most rows of one statement; a larger batch is cut, since the parameters of a statement are made without a pause,
 * and none may come near the protocol's limit of 1 GiB.
 */
export const statementRowsMax = 4000

const arrayOf =
  <A>(elementOid: number) =>
  (values: ReadonlyArray<A>): PgTypes.Parameter =>
    Result.getOrThrow(PgTypes.array(values, elementOid))

export const textArray = arrayOf<string | null>(PgTypes.OID.text)
export const integerArray = arrayOf<number | null>(PgTypes.OID.int4)
export const booleanArray = arrayOf<boolean>(PgTypes.OID.bool)
/** Encodes sizes: whole numbers up to 2^53 are exact as float8; statements cast them to bigint. */
export const sizeArray = arrayOf<number>(PgTypes.OID.float8)

/** Replaces NUL, which Postgres text cannot hold. Rows show the text; the store has it exactly. */
export const withoutNul = (text: string): string => (text.includes("\0") ? text.replaceAll("\0", "\u{fffd}") : text)

/** Returns the key that a page starts after. A client may send any cursor; Postgres cannot take NUL. */
export const placeAfter = ({ after = "" }: PageRequest): string => withoutNul(after)

/** Joins ids, which contain no comma, to one text that `string_to_array` splits again. */
export const joined = (ids: ReadonlyArray<string>): string => ids.join(",")

/**
 * Joins any texts to one: each becomes a JSON string, which escapes NUL and has no line break, so that
 * `string_to_array(…, E'\n')` splits them. Equal texts stay equal, and different ones different.
 */
export const jsonLines = (texts: ReadonlyArray<string>): string => texts.map((text) => JSON.stringify(text)).join("\n")
