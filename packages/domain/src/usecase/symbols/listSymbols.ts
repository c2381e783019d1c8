/** Lists the symbols of a commit: those of its files in order of path, and of a file in the order of its text. */
import { Effect, Option } from "effect"
import { orDefault } from "../../base/expected.ts"
import { type CommitId, isCommitId } from "../../object/Id.ts"
import type { ExtractedSymbol, Refusal, SymbolKind } from "../../port/extractor/Extraction.ts"
import { Extractor } from "../../port/extractor/Extractor.ts"
import { blobInText, type BlobSymbols, SymbolIndex } from "../../port/index/derived/SymbolIndex.ts"
import type { CursorRefused, Page, PageRequest } from "../../port/Page.ts"
import { addressOf } from "../../reading/symbols/comparingSymbols.ts"
import { extractorText } from "../../reading/symbols/extractorText.ts"
import type { TreeFile } from "../../reading/Tree.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { admitted } from "../admission/Admission.ts"
import type { NotDerived, PathIsFolder, PathUnknown } from "../browse/errors.ts"
import { foreignCursor } from "../browse/lineagePage.ts"
import { type Completeness, completenessOf, type PathHistoryServices } from "../browse/pathHistory.ts"
import { requireFile, type Viewed, type ViewError, viewed, viewedCommit } from "../browse/viewed.ts"
import { SymbolsOff } from "./errors.ts"

export interface SymbolsQuery {
  /** The default branch if it is absent. */
  readonly ref?: string | undefined
  /** A file, or a folder with all below it; the root if it is absent or empty. */
  readonly path?: string | undefined
  readonly kind?: SymbolKind | undefined
  /** A part of the qualified name, in any case. */
  readonly sought?: string | undefined
}

/** A symbol of a commit. */
export interface FoundSymbol extends Omit<ExtractedSymbol, "qualifiedName"> {
  /** Its path and its qualified name: `path::Class.method`. */
  readonly address: string
  readonly path: string
}

export interface SymbolsPage extends Page<FoundSymbol>, Completeness {
  readonly commitId: CommitId
  /** Which extractor found them, with its version. */
  readonly extractor: string
  /** The files of this page that have no symbols because they were refused. */
  readonly skipped: ReadonlyArray<{ readonly path: string; readonly reason: Refusal }>
  /** How many files this page looked at. */
  readonly files: number
}

export type SymbolsServices = PathHistoryServices | SymbolIndex

export type ListSymbolsError = CursorRefused | NotDerived | PathIsFolder | PathUnknown | SymbolsOff | ViewError

/** Returns the extractor of the hub. */
export const requireExtractor = Effect.gen(function* () {
  const extractor = yield* Effect.serviceOption(Extractor)
  return Option.isSome(extractor) ? extractor.value : yield* new SymbolsOff()
})

/** Files whose symbols are read together, and those that a page looks at. */
const portionFiles = 32
const pageFilesMax = 4096

/** Where a list goes on: in a file after some of its symbols, or after the file. */
interface Place {
  readonly commit: CommitId
  /** Undefined after the whole file. */
  readonly symbols: number | undefined
  readonly path: string
}

const placePattern = /^(.{64})(\d{0,4}):(.+)$/s

const placeOf = (cursor: string): Place | undefined => {
  const [, commit, symbols, path] = placePattern.exec(cursor) ?? []
  if (!isCommitId(commit) || path === undefined) return undefined
  return { commit, path, symbols: symbols === "" ? undefined : Number(symbols) }
}

const cursorOf = ({ commit, path, symbols }: Place): string => `${commit}${orDefault(symbols, "")}:${path}`

/** The files of a path from a place on, as many as are read together. */
const filesFrom = (view: Viewed, path: string, place: Place | undefined): ReadonlyArray<TreeFile> => {
  const { tree } = view
  const fileAt = (at: string): ReadonlyArray<TreeFile> => {
    const blob = tree.entry(at)
    return blob === undefined ? [] : [{ type: "file", name: at.slice(at.lastIndexOf("/") + 1), path: at, blob }]
  }
  if (place?.symbols !== undefined) return fileAt(place.path)
  if (!tree.isFolder(path)) return place === undefined ? fileAt(path) : []
  return tree.under(path, { after: place?.path, limit: portionFiles }).items
}

const looking = Effect.fnUntraced(function* (
  open: OpenRepository,
  view: Viewed,
  extractor: Extractor["Service"],
  { kind, path = "", sought = "" }: SymbolsQuery,
  { from, limit }: { readonly from: Place | undefined; readonly limit: number }
) {
  const { blobSymbols } = yield* SymbolIndex
  const wanted = sought.toLowerCase()
  const isWanted = (symbol: ExtractedSymbol) =>
    (kind === undefined || symbol.kind === kind) && symbol.qualifiedName.toLowerCase().includes(wanted)
  const items: Array<FoundSymbol> = []
  const skipped: Array<{ readonly path: string; readonly reason: Refusal }> = []
  const { commitId: commit } = view
  let [place, files, isWhole] = [from, 0, true]
  for (;;) {
    const portion = filesFrom(view, path, place)
    if (portion.length === 0) return { items, skipped, files, isWhole, place: undefined }
    const asked = portion.map(({ blob: id, path: at }) => {
      const language = extractor.languageOf(at)
      return { at, blob: language === undefined ? undefined : { blob: id, language } }
    })
    const known = asked.map(({ blob }) => blob).filter((blob) => blob !== undefined)
    const rows = new Map<string, BlobSymbols>()
    for (const row of yield* blobSymbols(open.id, extractorText(extractor), known)) rows.set(blobInText(row), row)
    for (const { at, blob } of asked) {
      const row = blob === undefined ? undefined : rows.get(blobInText(blob))
      // What is not derived yet, or whose row is damaged, is no reason to call the list complete.
      if (blob !== undefined && row === undefined) isWhole = false
      if (row?.refused !== undefined) skipped.push({ path: at, reason: row.refused })
      const symbols = orDefault(row?.symbols, [])
      const first = place?.path === at && place.symbols !== undefined ? place.symbols : 0
      for (let next = first; next < symbols.length; next++) {
        const symbol = symbols[next]
        if (symbol === undefined || !isWanted(symbol)) continue
        if (items.length === limit)
          return { items, skipped, files, isWhole, place: { commit, path: at, symbols: next } }
        const { qualifiedName: _qualifiedName, ...shown } = symbol
        items.push({ address: addressOf(at, symbol), path: at, ...shown })
      }
      place = { commit, path: at, symbols: undefined }
      files += 1
      yield* Effect.yieldNow
    }
    if (files >= pageFilesMax) return { items, skipped, files, isWhole, place }
  }
})

/** Lists symbols. A cursor has the commit, so the list goes on there when a branch has moved. */
export const listSymbols = Effect.fn("listSymbols")(function* (
  open: OpenRepository,
  query: SymbolsQuery,
  { after, limit }: PageRequest
): Effect.fn.Return<SymbolsPage, ListSymbolsError, SymbolsServices> {
  const extractor = yield* requireExtractor
  const from = after === undefined ? undefined : placeOf(after)
  if (after !== undefined && from === undefined) return yield* foreignCursor
  const before = yield* completenessOf(open, "symbols")
  const view = from === undefined ? yield* viewed(open, query.ref) : yield* viewedCommit(open, from.commit)
  const { path = "" } = query
  if (!view.tree.isFolder(path)) yield* requireFile(view, path)
  const { files, isWhole, items, place, skipped } = yield* admitted(
    "list",
    looking(open, view, extractor, query, { from, limit })
  )
  const page: SymbolsPage = {
    commitId: view.commitId,
    extractor: extractorText(extractor),
    complete: before.complete && isWhole,
    pending: before.pending,
    skipped,
    files,
    items,
    next: Option.map(Option.fromUndefinedOr(place), cursorOf)
  }
  return page
})
