/** Finds the symbols of a commit by their names. */
import { Effect, Option } from "effect"
import type { PageRequest } from "../../port/Page.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { type FoundSymbol, listSymbols, type ListSymbolsError, type SymbolsServices } from "../symbols/listSymbols.ts"
import type { SearchPage, SearchQuery } from "./SearchPage.ts"

export type SearchSymbolsError = ListSymbolsError

/** A page, and whether all symbols of the repository are derived. */
export interface SymbolSearchPage extends SearchPage<FoundSymbol> {
  readonly complete: boolean
  /** Which extractor found them, with its version. */
  readonly extractor: string
}

/** Lists the symbols whose qualified name has a text, in any case. A cursor has the commit and a file. */
export const searchSymbols = Effect.fn("searchSymbols")(function* (
  open: OpenRepository,
  query: SearchQuery,
  page: PageRequest
): Effect.fn.Return<SymbolSearchPage, SearchSymbolsError, SymbolsServices> {
  const { commitId, complete, extractor, files, items, next } = yield* listSymbols(open, query, page)
  const found: SymbolSearchPage = {
    commitId,
    complete,
    extractor,
    items,
    next,
    scanned: { commits: 0, files, bytes: 0 },
    truncated: Option.isSome(next) && items.length < page.limit
  }
  return found
})
