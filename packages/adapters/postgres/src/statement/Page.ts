/**
 * Pages by key: a statement asks for one row more than the page holds, and that row tells whether there is a next
 * page.
 */
import type { Page, PageRequest } from "@musehub/domain/port/Page"
import { Option } from "effect"
import { withoutNul } from "../Parameters.ts"

/**
 * Where a page starts. Callers are handed cursors and may send others; NUL is the one thing that Postgres cannot take.
 */
export const placeAfter = ({ after = "" }: PageRequest): string => withoutNul(after)

/** The page among `items`, which hold up to `limit + 1`; `keyOf` the last one on it is where the next page starts. */
export const pageOf = <A>(items: ReadonlyArray<A>, request: PageRequest, keyOf: (item: A) => string): Page<A> => {
  const shown = items.slice(0, request.limit)
  const last = shown.at(-1)
  return {
    items: shown,
    next: items.length > shown.length && last !== undefined ? Option.some(keyOf(last)) : Option.none()
  }
}
