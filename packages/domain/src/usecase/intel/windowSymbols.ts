/** Gathers the symbols of a window: what the files of its newest commit have, and what its commits did to them. */
import { Effect } from "effect"
import { orDefault } from "../../base/expected.ts"
import { inSlices } from "../../base/Slices.ts"
import type { BlobId, RepositoryId } from "../../object/Id.ts"
import type { Extractor } from "../../port/extractor/Extractor.ts"
import { type BlobIn, blobInText, SymbolIndex } from "../../port/index/derived/SymbolIndex.ts"
import type { TouchPlace } from "../../port/index/derived/TouchIndex.ts"
import type { DifferingFile, FileSymbols, FileUses } from "../../reading/intel/Window.ts"
import { extractorText } from "../../reading/symbols/extractorText.ts"
import type { Tree, TreeFile } from "../../reading/Tree.ts"
import { rowsOfCommits, windowCharactersMax } from "./rowsOfCommits.ts"

/** Files and symbols of a tree, or of two. The file that would be beyond is left out with those after it. */
const windowSymbolsMax = 100_000
/** Names that the files of a tree call and modules that they import, likewise. */
const windowNamesMax = 500_000
/** A commit that does more than this to symbols, such as an import, counts as if it did nothing to any. */
const commitChangesMax = 5000

/** Files whose symbols are read together, and whose numbers of symbols are. */
const portionFiles = 64
const portionCounts = 1000

/** A file in which symbols are looked for; undefined for others. */
const blobIn = ({ languageOf }: Extractor["Service"], { blob, path }: TreeFile): BlobIn | undefined => {
  const language = languageOf(path)
  return language === undefined ? undefined : { blob, language }
}

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

/** Returns the files in which symbols are looked for. */
const knownIn = (extractor: Extractor["Service"], files: ReadonlyArray<TreeFile>) =>
  files.flatMap((file) => {
    const blob = blobIn(extractor, file)
    return blob === undefined ? [] : [{ path: file.path, blob }]
  })

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
    const found = new Map(rows.map((row) => [blobInText(row), row.symbols] as const))
    for (const blob of blobs) {
      const count = blob === undefined ? undefined : found.get(blobInText(blob))
      if (blob !== undefined && count === undefined) isWhole = false
      counts.push(blob === undefined ? undefined : orDefault(count, 0))
    }
    yield* Effect.yieldNow
  }
  return { counts, isWhole }
})

/** Reads the symbols of blobs by `blobInText`. */
const symbolsOf = Effect.fnUntraced(function* (
  repository: RepositoryId,
  extractor: Extractor["Service"],
  blobs: ReadonlyArray<BlobIn>
) {
  const { blobSymbols } = yield* SymbolIndex
  const rows = blobs.length === 0 ? [] : yield* blobSymbols(repository, extractorText(extractor), blobs)
  return new Map(rows.map((row) => [blobInText(row), row.symbols] as const))
})

const noSymbols: FileSymbols["symbols"] = []

/** Counts the characters of the addresses of a file's symbols. */
const charactersOf = ({ path, symbols }: FileSymbols): number =>
  symbols.reduce((sum, { qualifiedName }) => sum + path.length + qualifiedName.length, path.length)

/** Reads the symbols of files of a tree until there are too many. `isWhole` says whether no row is missing. */
export const filesOf = Effect.fnUntraced(function* (
  repository: RepositoryId,
  extractor: Extractor["Service"],
  tree: Tree
) {
  const files: Array<FileSymbols> = []
  let [weight, characters, isWhole] = [0, 0, true]
  for (const portion of portionsOf(tree, portionFiles)) {
    const known = knownIn(extractor, portion)
    const found = yield* symbolsOf(
      repository,
      extractor,
      known.map(({ blob }) => blob)
    )
    for (const { blob, path } of known) {
      const symbols = found.get(blobInText(blob))
      if (symbols === undefined) isWhole = false
      const file = { path, symbols: orDefault(symbols, noSymbols) }
      weight += 1 + file.symbols.length
      characters += charactersOf(file)
      if (weight > windowSymbolsMax || characters > windowCharactersMax) return { files, isWhole, isCut: true }
      files.push(file)
    }
    yield* Effect.yieldNow
  }
  return { files, isWhole, isCut: false }
})

/** Reads what files of a tree call and import, until there is too much. */
export const usesOf = Effect.fnUntraced(function* (
  repository: RepositoryId,
  extractor: Extractor["Service"],
  tree: Tree
) {
  const { blobUses } = yield* SymbolIndex
  const uses: Array<FileUses> = []
  let [names, isWhole] = [0, true]
  for (const portion of portionsOf(tree, portionFiles)) {
    const known = knownIn(extractor, portion)
    const blobs = known.map(({ blob }) => blob)
    const rows = blobs.length === 0 ? [] : yield* blobUses(repository, extractorText(extractor), blobs)
    const found = new Map(rows.map((row) => [blobInText(row), row] as const))
    for (const { blob, path } of known) {
      const row = found.get(blobInText(blob))
      if (row === undefined) {
        isWhole = false
        continue
      }
      const { calls, imports } = row
      names += 1 + calls.length + imports.length
      if (names > windowNamesMax) return { uses, isWhole, isCut: true }
      uses.push({ path, calls, imports })
    }
    yield* Effect.yieldNow
  }
  return { uses, isWhole, isCut: false }
})

/** Reads the symbols of the files in which a tree differs from an earlier one, until there are too many. */
export const differingOf = Effect.fnUntraced(function* (
  repository: RepositoryId,
  extractor: Extractor["Service"],
  trees: { readonly before: Tree; readonly after: Tree }
) {
  const changes = yield* inSlices(() => trees.before.comparing(trees.after))
  const changed = changes.flatMap(({ after, before, path }) => {
    const language = extractor.languageOf(path)
    if (language === undefined) return []
    const blobOf = (blob: BlobId | undefined) => (blob === undefined ? undefined : { blob, language })
    return [{ path, after: blobOf(after), before: blobOf(before) }]
  })
  const differing: Array<DifferingFile> = []
  let [weight, isWhole] = [0, true]
  for (let from = 0; from < changed.length; from += portionFiles) {
    const portion = changed.slice(from, from + portionFiles)
    const wanted = portion.flatMap(({ after, before }) => [after, before].filter((blob) => blob !== undefined))
    const found = yield* symbolsOf(repository, extractor, wanted)
    const symbolsIn = (blob: BlobIn | undefined) => {
      const symbols = blob === undefined ? noSymbols : found.get(blobInText(blob))
      if (symbols === undefined) isWhole = false
      return orDefault(symbols, noSymbols)
    }
    for (const { path, ...blobs } of portion) {
      const [after, before] = [symbolsIn(blobs.after), symbolsIn(blobs.before)]
      weight += 1 + after.length + before.length
      if (weight > windowSymbolsMax) return { differing, isWhole, isCut: true }
      differing.push({ path, after, before })
    }
    yield* Effect.yieldNow
  }
  return { differing, isWhole, isCut: false }
})

/** Reads what commits do to symbols, until that is too much. */
export const changesOf = (repository: RepositoryId, places: ReadonlyArray<TouchPlace>) =>
  Effect.flatMap(SymbolIndex, ({ symbolsChangedBy }) =>
    rowsOfCommits(places, {
      commitRowsMax: commitChangesMax,
      read: (commits, limits) => symbolsChangedBy(repository, commits, limits),
      charactersOf: ({ address, former }) => address.length + orDefault(former?.length, 0)
    })
  )
