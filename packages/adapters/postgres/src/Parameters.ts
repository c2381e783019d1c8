/**
 * Array parameters for statements over many rows. Their type is stated, so that an empty array and one of nulls bind
 * like any other; the driver sends them in binary form, at a few nanoseconds a byte.
 */
import { PgTypes } from "@effect/sql-pg"
import { Result } from "effect"

const arrayOf =
  <A>(elementOid: number) =>
  (values: ReadonlyArray<A>): PgTypes.Parameter =>
    Result.getOrThrow(PgTypes.array(values, elementOid))

export const textArray = arrayOf<string | null>(PgTypes.OID.text)
export const integerArray = arrayOf<number>(PgTypes.OID.int4)
/** Sizes: whole numbers up to 2^53 are exact as float8; statements cast them to bigint. */
export const sizeArray = arrayOf<number>(PgTypes.OID.float8)
export const bytesArray = arrayOf<Uint8Array>(PgTypes.OID.bytea)

/** Postgres text cannot hold NUL; rows only show such text, the store has it exactly. */
export const withoutNul = (text: string): string => (text.includes("\0") ? text.replaceAll("\0", "\u{fffd}") : text)

/** Ids hold no comma, so a list of them travels as one text and comes apart by `string_to_array`. */
export const joined = (ids: ReadonlyArray<string>): string => ids.join(",")

/**
 * Texts of any kind as one: each as a JSON string, which has NUL escaped and holds no line break, so that they come
 * apart by `string_to_array(…, E'\n')`. Equal texts stay equal and others different.
 */
export const jsonLines = (texts: ReadonlyArray<string>): string => texts.map((text) => JSON.stringify(text)).join("\n")
