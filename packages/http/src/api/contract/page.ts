/**
 * Lists in pages: `?cursor=&limit=` in, `{items, nextCursor}` out. A cursor is opaque and comes from the page before.
 */
import { Schema } from "effect"

/** Items of one page, where the caller asks for no other number. */
export const limitDefault = 30
/** Most items of one page. */
export const limitMax = 100

const Cursor = Schema.String.check(
  Schema.isPattern(/^[A-Za-z0-9_-]{1,8192}$/, { expected: "a cursor from an earlier answer" })
)
/** Where a page goes on. */
export const cursor = Schema.optionalKey(Cursor)
const Limit = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: limitMax }))

/** The query of every list. */
export const pageQuery = { cursor, limit: Schema.optionalKey(Limit) }

/** What a caller asks for of a list. */
export interface PageQuery {
  readonly cursor?: string
  readonly limit?: number
}

/** One page of a list. A page may be short, even empty, before the end; `nextCursor` is null at the end alone. */
export const pageSchema = <S extends Schema.Top>(item: S) =>
  Schema.Struct({ items: Schema.Array(item), nextCursor: Schema.NullOr(Schema.String) })
