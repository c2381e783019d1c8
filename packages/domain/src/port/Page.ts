/** Lists in pages: what is asked for, what is answered, the page of a list that is in memory, and all pages as one. */
import { Effect, Option, Schema, Stream } from "effect"
import { errorKind } from "../base/ErrorKind.ts"

/** One page of a listing. No `next` means the end; a listing that breaks off is an error, never a short page. */
export interface Page<A> {
  readonly items: ReadonlyArray<A>
  readonly next: Option.Option<string>
}

export interface PageRequest {
  /** The `next` of the page before. */
  readonly after?: string | undefined
  /** At most this many items, 1 to 1000. */
  readonly limit: number
}

/** The `after` of a request is not the `next` of a page of the same list. `reason` completes "the cursor …". */
export class CursorRefused extends Schema.TaggedError<CursorRefused>()("CursorRefused", {
  kind: errorKind("malformed"),
  reason: Schema.String
}) {
  override get message() {
    return `the cursor ${this.reason}`
  }
}

/**
 * The page of a list in ascending order of a key, or in any order without `after`. Its `next` is the key of its last
 * item where more follow. The list may end after `limit + 1` items behind `after`, as a database's answer does.
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

/** Every item of a listing that is read in pages of up to `limit`, each when the items before it were taken. */
export const everyItem = <A, E, R>(
  limit: number,
  read: (page: PageRequest) => Effect.Effect<Page<A>, E, R>
): Stream.Stream<A, E, R> =>
  Stream.paginate<string | undefined, A, E, R>(undefined, (after) =>
    Effect.map(read({ after, limit }), ({ items, next }) => [items, next])
  )
