/** Finds the symbols of blobs: in memory, in the index, or by reading the blob, once for each. */
import { Deferred, Effect, Exit } from "effect"
import { BoundedMap } from "../../../base/BoundedMap.ts"
import { elementAt } from "../../../base/expected.ts"
import { readBlob } from "../../../invariant/ObjectReader.ts"
import { servedSize } from "../../../invariant/servedObjects.ts"
import { emptyBlobId, type RepositoryId } from "../../../object/Id.ts"
import { type Extraction, refusedBy } from "../../../port/extractor/Extraction.ts"
import type { Extractor, ExtractorUnavailable } from "../../../port/extractor/Extractor.ts"
import { type BlobIn, blobInText, type ExtractedBlob, SymbolIndex } from "../../../port/index/derived/SymbolIndex.ts"
import type { Symbols } from "../../../reading/symbols/comparingSymbols.ts"
import { extractorText } from "../../../reading/symbols/extractorText.ts"
import { packedBlobs } from "../packedBlobs.ts"

/** Symbols in memory: what a commit has is mostly what the next one changes. */
const keptSymbols = 50_000

/** Symbols that are not recorded yet, beside which none are read ahead. */
const freshSymbolsMax = 20_000

/** Names that take the memory of a symbol. */
const namesOfSymbol = 8

export class BlobReader {
  readonly #repository: RepositoryId
  readonly #extractor: Extractor["Service"]
  readonly #kept = new BoundedMap<string, Symbols>()
  readonly #fresh = new Map<string, ExtractedBlob>()
  #freshSymbols = 0
  /** The blobs that the extractor has, by `blobInText`. */
  readonly #extracting = new Map<string, Deferred.Deferred<void, ExtractorUnavailable>>()

  constructor(repository: RepositoryId, extractor: Extractor["Service"]) {
    this.#repository = repository
    this.#extractor = extractor
  }

  /** Reads one blob, which is not known yet. */
  readonly #extract = Effect.fnUntraced(function* (this: BlobReader, { blob, language }: BlobIn) {
    const { bytesMax, extract } = this.#extractor
    // The empty blob may never have been uploaded.
    if (blob === emptyBlobId) return elementAt(yield* extract([{ language, bytes: new Uint8Array() }]), 0)
    const size = yield* servedSize({ repository: this.#repository, type: "blob", id: blob })
    if (size > bytesMax) return refusedBy("too large")
    return elementAt(yield* extract([{ language, bytes: yield* readBlob(this.#repository, blob) }]), 0)
  })

  #keep(key: string, symbols: Symbols): void {
    this.#kept.set(key, symbols, symbols.length + 1)
    this.#kept.trim({ weightMax: keptSymbols })
  }

  #keepFresh(one: BlobIn, extraction: Extraction): void {
    const { calls, imports, symbols } = extraction
    if (this.#fresh.has(blobInText(one))) return
    this.#fresh.set(blobInText(one), { ...one, ...extraction })
    this.#freshSymbols += 1 + symbols.length + (calls.length + imports.length) / namesOfSymbol
  }

  /** Returns the symbols of blobs that are in memory or in the index, by `blobInText`, and the other blobs. */
  readonly #known = Effect.fnUntraced(function* (this: BlobReader, wanted: ReadonlyArray<BlobIn>) {
    const found = new Map<string, Symbols>()
    const missing = new Map<string, BlobIn>()
    for (const one of wanted) {
      const key = blobInText(one)
      const symbols = this.#fresh.get(key)?.symbols ?? this.#kept.touch(key)
      if (symbols === undefined) missing.set(key, one)
      else found.set(key, symbols)
    }
    const { blobSymbols } = yield* SymbolIndex
    const recorded = yield* blobSymbols(this.#repository, extractorText(this.#extractor), [...missing.values()])
    for (const row of recorded) {
      missing.delete(blobInText(row))
      found.set(blobInText(row), row.symbols)
      this.#keep(blobInText(row), row.symbols)
    }
    return { found, missing: [...missing.values()] }
  })

  /**
   * Begins to find the symbols of blobs that will be asked for next together, of some of them, as far as that goes. The
   * extractor is at work on them until the scope closes, or `symbolsOf` has waited for it.
   */
  readonly readAhead = Effect.fnUntraced(function* (this: BlobReader, wanted: ReadonlyArray<BlobIn>) {
    if (this.#freshSymbols > freshSymbolsMax) return
    const { missing } = yield* this.#known(wanted.filter((one) => !this.#extracting.has(blobInText(one))))
    const read = yield* packedBlobs(this.#repository, [...new Set(missing.map(({ blob }) => blob))])
    const files = missing.flatMap((one) => {
      const bytes = read.get(one.blob)
      return bytes === undefined ? [] : [{ one, file: { language: one.language, bytes } }]
    })
    const found = Deferred.makeUnsafe<void, ExtractorUnavailable>()
    for (const { one } of files) this.#extracting.set(blobInText(one), found)
    yield* this.#extractor.extract(files.map(({ file }) => file)).pipe(
      Effect.map((extractions) => {
        for (const [place, { one }] of files.entries()) this.#keepFresh(one, elementAt(extractions, place))
      }),
      Effect.onExit((exit) => {
        for (const { one } of files) this.#extracting.delete(blobInText(one))
        return Deferred.done(found, Exit.asVoid(exit))
      }),
      Effect.forkScoped
    )
  })

  /** Returns the symbols of blobs by `blobInText`. */
  readonly symbolsOf = Effect.fnUntraced(function* (this: BlobReader, wanted: ReadonlyArray<BlobIn>) {
    for (const one of wanted) {
      const found = this.#extracting.get(blobInText(one))
      if (found !== undefined) yield* Deferred.await(found)
    }
    const { found, missing } = yield* this.#known(wanted)
    for (const one of missing) {
      const extraction = yield* this.#extract(one)
      this.#keepFresh(one, extraction)
      found.set(blobInText(one), extraction.symbols)
    }
    return found
  })

  /** Counts the symbols that are not recorded yet, with their blobs, and the names in these by their memory. */
  get freshSymbols(): number {
    return this.#freshSymbols
  }

  /** Takes what is to be recorded. */
  takeFresh(): ReadonlyArray<ExtractedBlob> {
    const taken = [...this.#fresh.values()]
    this.#fresh.clear()
    this.#freshSymbols = 0
    for (const one of taken) this.#keep(blobInText(one), one.symbols)
    return taken
  }
}
