/** What became of the public symbols of a tree since another one. */
import { compareUtf8 } from "../../../base/Bytes.ts"
import { elementAt } from "../../../base/expected.ts"
import type { Slices } from "../../../base/Slices.ts"
import type { ExtractedSymbol, SymbolKind } from "../../../port/extractor/Extraction.ts"
import { addressOf } from "../../symbols/comparingSymbols.ts"
import { Best } from "../Best.ts"
import { itemsMax, type Window } from "../Window.ts"

/** In the order of a list: what breaks those that use it comes first. */
export const apiChanges = ["removed", "changed", "added"] as const
export type ApiChange = (typeof apiChanges)[number]

export interface ApiItem {
  readonly symbol: string
  readonly kind: SymbolKind
  /** A symbol that became private is removed, and the other way round. */
  readonly change: ApiChange
}

/** The kinds whose bodies are part of what their users see. */
const shown = new Set<SymbolKind>(["enum", "interface", "struct", "trait", "type"])

const isSame = (one: ExtractedSymbol, other: ExtractedSymbol): boolean =>
  one.kind === other.kind &&
  one.signatureHash === other.signatureHash &&
  (!shown.has(one.kind) || one.bodyHash === other.bodyHash)

const publicOf = (symbols: ReadonlyArray<ExtractedSymbol>): ReadonlyMap<string, ExtractedSymbol> =>
  new Map(
    symbols.flatMap((symbol) => (symbol.visibility === "public" ? [[symbol.qualifiedName, symbol] as const] : []))
  )

const inOrder = (a: ApiItem, b: ApiItem): number =>
  apiChanges.indexOf(a.change) - apiChanges.indexOf(b.change) || compareUtf8(a.symbol, b.symbol)

/** Compares the public symbols of the files that differ. */
export const findingApi = function* ({ differing }: Window): Slices<ReadonlyArray<ApiItem>> {
  const best = new Best(itemsMax, inOrder)
  for (const { after, before, path } of differing) {
    const [here, there] = [publicOf(after), publicOf(before)]
    for (const name of new Set([...there.keys(), ...here.keys()])) {
      const [symbol, former] = [here.get(name), there.get(name)]
      if (symbol !== undefined && former !== undefined && isSame(symbol, former)) continue
      const change = symbol === undefined ? "removed" : former === undefined ? "added" : "changed"
      const one = elementAt(
        [symbol, former].filter((each) => each !== undefined),
        0
      )
      best.offer({ symbol: addressOf(path, one), kind: one.kind, change })
    }
    yield
  }
  return best.items()
}
