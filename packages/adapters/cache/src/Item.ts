/** What the cache holds under one name: a blob, or a range of a pack. Neither ever changes. */
import type { WantedRange } from "@musehub/domain/port/ObjectStore"
import type { ImmutableKey } from "@musehub/domain/port/StoreKey"

export type Item =
  | { readonly key: ImmutableKey<"blob">; readonly range?: never }
  | { readonly key: ImmutableKey<"pack">; readonly range: WantedRange }

/** Returns an item's path below the folder of the cache, which is also its name in the rest of the cache. */
export const nameOf = ({ key: { id, repository, type }, range }: Item): string =>
  `${repository}/${type}/${id.slice(0, 2)}/${id}${range === undefined ? "" : `-${range.start}-${range.end}`}`

/** Says whether a file in the folder of a type has the name of an item. */
export const isItemName = (type: Item["key"]["type"], name: string): boolean =>
  (type === "blob" ? /^[0-9a-f]{64}$/ : /^[0-9a-f]{64}-\d{1,16}-\d{1,16}$/).test(name)
