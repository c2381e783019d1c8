/** Gathers the symbols of a window: what the files of its newest commit have, and what its commits did to them. */
import { Effect } from "effect"
import { orDefault } from "../../base/expected.ts"
import type { RepositoryId } from "../../object/Id.ts"
import type { Extractor } from "../../port/extractor/Extractor.ts"
import { type BlobIn, SymbolIndex } from "../../port/index/derived/SymbolIndex.ts"
import type { TouchPlace } from "../../port/index/derived/TouchIndex.ts"
import type { FileSymbols, WindowChange } from "../../reading/intel/Window.ts"
import { extractorText } from "../../reading/symbols/extractorText.ts"
import type { Tree, TreeFile } from "../../reading/Tree.ts"

/** Symbols of a tree. Those of the files after the one that would be beyond are left out. */
export const windowSymbolsMax = 100_000
/** What commits of a window do to symbols. It ends before the commit that would be beyond. */
export const windowChangesMax = 100_000
/** A commit that does more than this to symbols, such as an import, counts as if it did nothing to any. */
export const commitChangesMax = 5000

/** Files whose symbols are read together, and whose numbers of symbols are. */
const portionFiles = 64
const portionCounts = 1000
/** Commits whose changes are read together. */
const portionCommits = 100

/** A file in which symbols are looked for; undefined for others. */
const blobIn = ({ languageOf }: Extractor["Service"], { blob, path }: TreeFile): BlobIn | undefined => {
  const language = languageOf(path)
  return language === undefined ? undefined : { blob, language }
}

const keyOf = ({ blob, language }: BlobIn): string => `${language} ${blob}`

/** Goes through the files of a tree in code point order, as many at a time. */
const portionsOf = function* (tree: Tree, limit: number): Generator<ReadonlyArray<TreeFile>> {
  let after: string | undefined
  for (;;) {
    const { items } = tree.under("", { after, limit })
    if (items.length === 0) return
    yield items
    after = items.at(-1)?.path
  }
}

/** Counts the symbols of each file. `isWhole` says whether none is missing. */
export const countsOf = Effect.fnUntraced(function* (
  repository: RepositoryId,
  extractor: Extractor["Service"],
  tree: Tree
) {
  const { symbolCounts } = yield* SymbolIndex
  const counts: Array<number | undefined> = []
  let isWhole = true
  for (const portion of portionsOf(tree, portionCounts)) {
    const blobs = portion.map((file) => blobIn(extractor, file))
    const wanted = blobs.filter((blob) => blob !== undefined)
    const rows = wanted.length === 0 ? [] : yield* symbolCounts(repository, extractorText(extractor), wanted)
    const found = new Map(rows.map((row) => [keyOf(row), row.symbols] as const))
    for (const blob of blobs) {
      const count = blob === undefined ? undefined : found.get(keyOf(blob))
      if (blob !== undefined && count === undefined) isWhole = false
      counts.push(blob === undefined ? undefined : orDefault(count, 0))
    }
    yield* Effect.yieldNow
  }
  return { counts, isWhole }
})

/** Reads the symbols of files of a tree until there are too many. `isWhole` says whether no row is missing. */
export const filesOf = Effect.fnUntraced(function* (
  repository: RepositoryId,
  extractor: Extractor["Service"],
  tree: Tree
) {
  const { blobSymbols } = yield* SymbolIndex
  const files: Array<FileSymbols> = []
  let [symbolsRead, isWhole] = [0, true]
  for (const portion of portionsOf(tree, portionFiles)) {
    const known = portion.flatMap((file) => {
      const blob = blobIn(extractor, file)
      return blob === undefined ? [] : [{ path: file.path, blob }]
    })
    const rows = yield* blobSymbols(
      repository,
      extractorText(extractor),
      known.map(({ blob }) => blob)
    )
    const found = new Map(rows.map((row) => [keyOf(row), row.symbols] as const))
    for (const { blob, path } of known) {
      const symbols = found.get(keyOf(blob))
      if (symbols === undefined) isWhole = false
      symbolsRead += orDefault(symbols?.length, 0)
      if (symbolsRead > windowSymbolsMax) return { files, isWhole, isCut: true }
      files.push({ path, symbols: orDefault(symbols, []) })
    }
    yield* Effect.yieldNow
  }
  return { files, isWhole, isCut: false }
})

/** Reads what commits do to symbols, until that is too much. Returns how many of them it is. */
export const changesOf = Effect.fnUntraced(function* (repository: RepositoryId, places: ReadonlyArray<TouchPlace>) {
  const { symbolsChangedBy } = yield* SymbolIndex
  const changes: Array<WindowChange> = []
  for (let from = 0; from < places.length; from += portionCommits) {
    const portion = places.slice(from, from + portionCommits)
    const changed = yield* symbolsChangedBy(repository, portion, commitChangesMax + 1)
    for (const [place, group] of Map.groupBy(changed, ({ place }) => place)) {
      if (group.length > commitChangesMax) continue
      if (changes.length + group.length > windowChangesMax) return { changes, commits: from + place }
      for (const { address } of group) changes.push({ place: from + place, address })
    }
    yield* Effect.yieldNow
  }
  return { changes, commits: places.length }
})
