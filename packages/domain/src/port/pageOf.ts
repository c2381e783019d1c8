/** Pages over a list that is in memory, in ascending order of a key. */
import { Option } from "effect"
import type { Page, PageRequest } from "./ObjectStore.ts"

/** The page after a key; `next` is the key of its last item where more follow. */
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
