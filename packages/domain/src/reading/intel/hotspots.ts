/** The files that most commits touch, and the symbols that most commits change. */
import { sliceEntries, type Slices } from "../../base/Slices.ts"
import { elementAt } from "../../base/expected.ts"
import { compareUtf8 } from "../../base/Bytes.ts"
import type { CommitId } from "../../object/Id.ts"
import { Best } from "./Best.ts"
import { bySymbol } from "./symbols/bySymbol.ts"
import { itemsMax, type Window } from "./Window.ts"

export interface HotspotItem {
  readonly path: string
  /** Commits of the window that touch it. */
  readonly commits: number
  /** The newest of them. */
  readonly last: CommitId
}

/** The same of a symbol, by its address. */
export interface SymbolHotspotItem extends Omit<HotspotItem, "path"> {
  readonly symbol: string
}

/** Finds the files that the newest commit has and that most commits touch, most first. */
export const findingHotspots = function* ({ commits, paths, touches }: Window): Slices<ReadonlyArray<HotspotItem>> {
  const found = new Map<string, { commits: number; readonly place: number }>()
  let steps = 0
  for (const { path, place } of touches) {
    if (++steps % sliceEntries === 0) yield
    const known = found.get(path)
    if (known === undefined) found.set(path, { commits: 1, place })
    else known.commits += 1
  }
  const best = new Best<HotspotItem>(itemsMax, (a, b) => b.commits - a.commits || compareUtf8(a.path, b.path))
  for (const path of paths) {
    if (++steps % sliceEntries === 0) yield
    const touched = found.get(path)
    if (touched === undefined) continue
    best.offer({ path, commits: touched.commits, last: elementAt(commits, touched.place).id })
  }
  return best.items()
}

/** Finds the symbols that the newest commit has and that most commits change, most first. */
export const findingSymbolHotspots = function* (window: Window): Slices<ReadonlyArray<SymbolHotspotItem>> {
  const items = yield* findingHotspots(yield* bySymbol(window))
  return items.map(({ path: symbol, ...item }) => ({ symbol, ...item }))
}
