/**
 * Lists in pages: `?cursor=&limit=` in, `{items, nextCursor}` out. A cursor is sealed and comes from an earlier page.
 */
import { Schema } from "effect"

/** The default number of items per page. */
export const limitDefault = 30
/** The maximum number of items per page. */
export const limitMax = 100

const Cursor = Schema.String.check(
  Schema.isPattern(/^[A-Za-z0-9_-]{1,8192}$/, { expected: "a cursor from an earlier answer" })
)
/** Where a page continues. */
export const cursor = Schema.optionalKey(Cursor)
const Limit = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: limitMax }))

/** The query of every list. */
export const pageQuery = { cursor, limit: Schema.optionalKey(Limit) }

/** The query of a list. */
export interface PageQuery {
  readonly cursor?: string
  readonly limit?: number
}

/**
 * Returns the schema of one page of a list. A page may be short, even empty, before the end; `nextCursor` is null only
 * at the end.
 */
export const pageSchema = <S extends Schema.Top>(item: S) =>
  Schema.Struct({ items: Schema.Array(item), nextCursor: Schema.NullOr(Schema.String) })
