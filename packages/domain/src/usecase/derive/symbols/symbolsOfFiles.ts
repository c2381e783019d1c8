/** Finds what a commit did to symbols, some files at a time, so that one of any size takes a bounded memory. */
import { Effect } from "effect"
import { expected } from "../../../base/expected.ts"
import { sliceEntries, type Slices } from "../../../base/Slices.ts"
import type { BlobId } from "../../../object/Id.ts"
import type { Extractor } from "../../../port/extractor/Extractor.ts"
import { type BlobIn, blobInText, type SymbolEvent } from "../../../port/index/derived/SymbolIndex.ts"
import { eventsOf, Gone, goneFrom, type TouchedFile } from "../../../reading/symbols/comparingSymbols.ts"
import { findingTouches } from "../../../reading/touches/findingTouches.ts"
import type { CommitTrees } from "../treesOfCommit.ts"
import type { BlobReader } from "./BlobReader.ts"

/** Files whose symbols are in memory at the same time. */
const portionFiles = 32

/** Symbols that a commit may have moved or renamed: of what it deletes beyond that, nothing is found again. */
const goneMax = 50_000

/** A file that a commit touches, in a language that has symbols. */
export interface TouchedIn {
  readonly path: string
  readonly language: string
  readonly after: BlobId | undefined
  /** In each parent. */
  readonly before: ReadonlyArray<BlobId | undefined>
}

/** Finds the files that a commit touches, those in a language that has symbols. */
export const findingFiles = function* (
  { languageOf }: Extractor["Service"],
  { before, tree }: CommitTrees
): Slices<ReadonlyArray<TouchedIn>> {
  const { files } = yield* findingTouches(tree, before)
  const touched: Array<TouchedIn> = []
  for (const [place, { after, path }] of files.entries()) {
    const language = languageOf(path)
    const parents = before.length === 0 ? [undefined] : before.map((parent) => parent.entry(path))
    if (language !== undefined) touched.push({ path, language, after, before: parents })
    if (place % sliceEntries === 0) yield
  }
  return touched
}

const portionsOf = function* <A>(items: ReadonlyArray<A>): Generator<ReadonlyArray<A>> {
  for (let at = 0; at < items.length; at += portionFiles) yield items.slice(at, at + portionFiles)
}

/** Lists the blobs of files, after the commit and before. */
export const blobsOf = (files: ReadonlyArray<TouchedIn>): ReadonlyArray<BlobIn> =>
  files.flatMap(({ after, before, language }) =>
    [after, ...before].flatMap((blob) => (blob === undefined ? [] : [{ blob, language }]))
  )

const readFiles = Effect.fnUntraced(function* (reader: BlobReader, files: ReadonlyArray<TouchedIn>) {
  const found = yield* reader.symbolsOf(blobsOf(files))
  return files.map((file): TouchedFile => {
    const { language } = file
    const symbolsOf = (blob: BlobId | undefined) =>
      blob === undefined ? [] : expected(found.get(blobInText({ blob, language })), `the symbols of blob ${blob}`)
    return { path: file.path, after: symbolsOf(file.after), before: file.before.map(symbolsOf) }
  })
})

/** Calls `tell` with what a commit that touches these files did to symbols, in the order of the files. */
export const symbolsOfFiles = Effect.fnUntraced(function* <E, R>(
  reader: BlobReader,
  touched: ReadonlyArray<TouchedIn>,
  tell: (events: ReadonlyArray<SymbolEvent>) => Effect.Effect<void, E, R>
) {
  const gone = new Gone()
  for (const portion of portionsOf(touched.filter(({ before }) => before.some((blob) => blob !== undefined)))) {
    for (const file of yield* readFiles(reader, portion)) {
      for (const symbol of goneFrom(file)) if (gone.size < goneMax) gone.add(file.path, symbol)
      yield* Effect.yieldNow
    }
  }
  for (const portion of portionsOf(touched)) {
    for (const file of yield* readFiles(reader, portion)) {
      yield* tell(eventsOf(file, gone))
      yield* Effect.yieldNow
    }
  }
})
