/** Pages by key: a statement asks for one row more than the page holds, which tells whether there is a next page. */
import type { Page, PageRequest } from "@musehub/domain/port/Page"
import { Option } from "effect"
import { withoutNul } from "../Parameters.ts"

/** Returns the key that a page starts after. A client may send any cursor; Postgres cannot take NUL. */
export const placeAfter = ({ after = "" }: PageRequest): string => withoutNul(after)

/** Cuts the page from `items`, which hold up to `limit + 1`; the next page starts after `keyOf` of its last item. */
export const pageOf = <A>(items: ReadonlyArray<A>, request: PageRequest, keyOf: (item: A) => string): Page<A> => {
  const shown = items.slice(0, request.limit)
  const last = shown.at(-1)
  return {
    items: shown,
    next: items.length > shown.length && last !== undefined ? Option.some(keyOf(last)) : Option.none()
  }
}
