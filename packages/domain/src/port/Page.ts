/** Listings in pages: the request, the page, the page of a list in memory, and all pages as one stream. */
import { Effect, Option, Schema, Stream } from "effect"
import { errorKind } from "../base/ErrorKind.ts"

/**
 * One page of a listing. Without `next`, it is the last one. A listing that breaks off is an error, never a short page.
 */
export interface Page<A> {
  readonly items: ReadonlyArray<A>
  readonly next: Option.Option<string>
}

export interface PageRequest {
  /** The `next` of the previous page. */
  readonly after?: string | undefined
  /** Most items of the page, 1 to 1000. */
  readonly limit: number
}

/** The request's `after` is not the `next` of a page of the same list. `reason` completes "the cursor …". */
export class CursorRefused extends Schema.TaggedError<CursorRefused>()("CursorRefused", {
  kind: errorKind("malformed"),
  reason: Schema.String
}) {
  override get message() {
    return `the cursor ${this.reason}`
  }
}

/**
 * Cuts a page from a list in ascending order of a key; without `after`, the list may be in any order. `next` is the key
 * of the page's last item if more items follow. The list may stop after `limit + 1` items beyond `after`, as a
 * database's answer does.
 */
export const pageOf = <A>(
  items: ReadonlyArray<A>,
  keyOf: (item: A) => string,
  { after, limit }: PageRequest
): Page<A> => {
  const rest = after === undefined ? items : items.filter((item) => keyOf(item) > after)
  const shown = rest.slice(0, limit)
  const last = shown.at(-1)
  return { items: shown, next: last !== undefined && rest.length > limit ? Option.some(keyOf(last)) : Option.none() }
}

/** Streams every item of a listing in pages of up to `limit`. Reads a page when the items before it were consumed. */
export const everyItem = <A, E, R>(
  limit: number,
  read: (page: PageRequest) => Effect.Effect<Page<A>, E, R>
): Stream.Stream<A, E, R> =>
  Stream.paginate<string | undefined, A, E, R>(undefined, (after) =>
    Effect.map(read({ after, limit }), ({ items, next }) => [items, next])
  )
