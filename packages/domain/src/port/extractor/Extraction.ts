/** What an extractor finds in a file, and its bounds. A thread that parses loads this file alone, without Effect. */
import type { Sha256 } from "../../object/Id.ts"

/** What a symbol may be. */
export const symbolKinds = [
  "class",
  "enum",
  "function",
  "interface",
  "method",
  "module",
  "struct",
  "trait",
  "type",
  "variable"
] as const
export type SymbolKind = (typeof symbolKinds)[number]

/** Who may use a symbol, by the rule of its language: those that use its module, or that module alone. */
export const visibilities = ["private", "public"] as const
export type Visibility = (typeof visibilities)[number]

/** A symbol of a file. */
export interface ExtractedSymbol {
  /** Its own name. */
  readonly name: string
  /**
   * The name after those of the symbols around it, with dots between: `Class.method`. Each symbol of a file has its
   * own: a second `Class.method` is `Class.method#2`.
   */
  readonly qualifiedName: string
  readonly kind: SymbolKind
  /** What is in a private symbol is private too. */
  readonly visibility: Visibility
  /** Its first line, from 1, and its last. */
  readonly line: number
  readonly endLine: number
  /** The hash of what it does or holds, without the symbols in it. The extractor decides which white space counts. */
  readonly bodyHash: Sha256
  /** The hash of the rest of it, without its name. */
  readonly signatureHash: Sha256
}

/**
 * Why a file has no symbols: it is no UTF-8, or has NUL near its beginning; it has more than `bytesMax` bytes; it took
 * too much time or memory; or it has more than `symbolsMax` symbols.
 */
export const refusals = ["no text", "too large", "too costly", "too many symbols"] as const
export type Refusal = (typeof refusals)[number]

export interface Extraction {
  /** In the order of the text. */
  readonly symbols: ReadonlyArray<ExtractedSymbol>
  /**
   * The bare names of what it calls or constructs: `play` of `song.play()`. The first `usesMax` of up to
   * `useLengthMax` characters, each once, sorted.
   */
  readonly calls: ReadonlyArray<string>
  /** The modules that it imports, as it writes them. As many, likewise. */
  readonly imports: ReadonlyArray<string>
  /** Undefined for a file that was looked at. */
  readonly refused: Refusal | undefined
}

/** Returns what is found in a file that is not looked at. */
export const refusedBy = (refused: Refusal): Extraction => ({ symbols: [], calls: [], imports: [], refused })

/** The most symbols of a file. */
export const symbolsMax = 2000

/** The most names that a file calls, and modules that it imports; and the longest of them, in UTF-16 units. */
export const usesMax = 1000
export const useLengthMax = 128

/** The longest qualified name, in UTF-16 units. A symbol with a longer one is left out. */
export const qualifiedNameLengthMax = 512

/** A file to find symbols in. */
export interface ExtractedFile {
  readonly language: string
  readonly bytes: Uint8Array
}
