/** The functions that nothing seems to use: none calls their name, and none imports their module. */
import { compareUtf8 } from "../../../base/Bytes.ts"
import type { Slices } from "../../../base/Slices.ts"
import type { ExtractedSymbol, SymbolKind } from "../../../port/extractor/Extraction.ts"
import { addressOf } from "../../symbols/comparingSymbols.ts"
import { Best } from "../Best.ts"
import { Modules } from "./Modules.ts"
import { itemsMax, type Window } from "../Window.ts"

export interface DeadItem {
  readonly symbol: string
  readonly kind: SymbolKind
  readonly reason: string
}

export const deadReason = "no file calls its name, and no other file imports its module"

/** Files of tests: by a folder, or by the beginning or the end of their name. */
const isTest = (path: string): boolean =>
  /(?:^|\/)(?:__tests__|specs?|tests?)\//i.test(path) ||
  /(?:^|\/)(?:test_[^/]*|conftest\.py|[^/]*(?:[._-](?:test|spec)|Tests?)\.[^/.]+)$/.test(path)

/** What is called otherwise than by its name: constructors, and what the language calls. */
const isCalledByLanguage = (name: string, qualifiedName: string): boolean =>
  name === "main" ||
  name === "constructor" ||
  name === "initialize" ||
  /^__.*__$/.test(name) ||
  isLikeOwner(qualifiedName)

/** Constructors of some languages have the name of their class. */
const isLikeOwner = (qualifiedName: string): boolean => {
  const [name, owner] = qualifiedName.split("#", 1).join("").split(".").toReversed()
  return name === owner
}

const isCandidate = ({ kind, name, qualifiedName }: ExtractedSymbol): boolean =>
  (kind === "function" || kind === "method") && !isCalledByLanguage(name, qualifiedName)

/** Finds functions and methods in order of address. Those of tests, and `main`, are left out. */
export const findingDead = function* ({ files, uses }: Window): Slices<ReadonlyArray<DeadItem>> {
  const called = new Set<string>()
  const modules = new Modules()
  for (const { calls, imports, path } of uses) {
    for (const name of calls) called.add(name)
    modules.add(path, imports)
    yield
  }
  const best = new Best<DeadItem>(itemsMax, (a, b) => compareUtf8(a.symbol, b.symbol))
  for (const { path, symbols } of files) {
    yield
    if (isTest(path) || modules.isImported(path)) continue
    for (const symbol of symbols) {
      if (!isCandidate(symbol) || called.has(symbol.name)) continue
      best.offer({ symbol: addressOf(path, symbol), kind: symbol.kind, reason: deadReason })
    }
  }
  return best.items()
}
