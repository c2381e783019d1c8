/** The files and symbols that have not changed for long. */
import { sliceEntries, type Slices } from "../../base/Slices.ts"
import { compareUtf8 } from "../../base/Bytes.ts"
import { Best } from "./Best.ts"
import { bySymbol } from "./symbols/bySymbol.ts"
import { itemsMax, type Window } from "./Window.ts"

export interface StableItem {
  readonly path: string
  /** Commits of the window that are newer than the last one that touches it; all if none of them does. */
  readonly unchangedFor: number
}

/** The same of a symbol, by its address. */
export interface SymbolStableItem extends Omit<StableItem, "path"> {
  readonly symbol: string
}

/** Says of the files that the newest commit has for how many commits they are unchanged, the longest first. */
export const findingStable = function* ({ commits, paths, touches }: Window): Slices<ReadonlyArray<StableItem>> {
  const newest = new Map<string, number>()
  let steps = 0
  for (const { path, place } of touches) {
    if (++steps % sliceEntries === 0) yield
    if (!newest.has(path)) newest.set(path, place)
  }
  const best = new Best<StableItem>(itemsMax, (a, b) => b.unchangedFor - a.unchangedFor || compareUtf8(a.path, b.path))
  for (const path of paths) {
    if (++steps % sliceEntries === 0) yield
    best.offer({ path, unchangedFor: newest.get(path) ?? commits.length })
  }
  return best.items()
}

/** Says of the symbols that the newest commit has for how many commits they are unchanged, the longest first. */
export const findingSymbolStable = function* (window: Window): Slices<ReadonlyArray<SymbolStableItem>> {
  const items = yield* findingStable(yield* bySymbol(window))
  return items.map(({ path: symbol, ...item }) => ({ symbol, ...item }))
}
