/**
 * What the kinds of intel are computed from: the newest commits of a ref, what they touch and do to symbols, and the
 * files and symbols that it has.
 * Their order follows from ids alone, so no answer depends on how a history was pushed.
 */
import type { CommitId } from "../../object/Id.ts"
import type { ExtractedSymbol } from "../../port/extractor/Extraction.ts"
import type { TouchLines } from "../../port/index/derived/LineIndex.ts"
import type { SymbolChange } from "../../port/index/derived/SymbolIndex.ts"

export interface WindowCommit {
  readonly id: CommitId
  readonly author: string
  /** When it was committed, in milliseconds since 1970; what is no time is 0. */
  readonly at: number
  /** Whether the client says that an agent made it. */
  readonly byAgent: boolean
  /** The step in semantic versions that the client says. */
  readonly semVer: string
  /** How many breaking changes the client says. */
  readonly breaking: number
}

/** That a commit of the window touches a file. */
export interface WindowTouch {
  /** The place of the commit in the window. */
  readonly place: number
  readonly path: string
}

/** That a commit of the window does something to a symbol. */
export interface WindowChange {
  /** The place of the commit in the window. */
  readonly place: number
  readonly address: string
  readonly change: SymbolChange
  /** Of one that was renamed or moved, its address before. */
  readonly former: string | undefined
}

/** The symbols of a file of the newest commit. */
export interface FileSymbols {
  readonly path: string
  readonly symbols: ReadonlyArray<ExtractedSymbol>
}

/** What a file of the newest commit calls and imports. */
export interface FileUses {
  readonly path: string
  /** Bare names. */
  readonly calls: ReadonlyArray<string>
  /** Modules as they are written. */
  readonly imports: ReadonlyArray<string>
}

/** A file that the newest commit and the one of `since` have differently, by its symbols in both. */
export interface DifferingFile {
  readonly path: string
  readonly after: ReadonlyArray<ExtractedSymbol>
  readonly before: ReadonlyArray<ExtractedSymbol>
}

/** A window has what a kind needs; the rest of it is empty. */
export interface Window {
  /** Newest first: by descending generation, then id. */
  readonly commits: ReadonlyArray<WindowCommit>
  /** By ascending place. */
  readonly touches: ReadonlyArray<WindowTouch>
  /** The lines of the touches, in their order; undefined where they are not counted yet. */
  readonly lines: ReadonlyArray<TouchLines | undefined>
  /** The paths of the files that the newest commit has, in code point order. */
  readonly paths: ReadonlyArray<string>
  /** How many symbols these files have, in their order; undefined for those in which none are looked for. */
  readonly counts: ReadonlyArray<number | undefined>
  /** The files of the newest commit in which symbols are looked for, in code point order. */
  readonly files: ReadonlyArray<FileSymbols>
  /** Of the files in which symbols are looked for, in code point order. */
  readonly uses: ReadonlyArray<FileUses>
  /** In code point order; all files in which symbols are looked for where there is no `since`. */
  readonly differing: ReadonlyArray<DifferingFile>
  /** By ascending place. */
  readonly changes: ReadonlyArray<WindowChange>
}

export const emptyWindow: Window = {
  commits: [],
  touches: [],
  lines: [],
  paths: [],
  counts: [],
  files: [],
  uses: [],
  differing: [],
  changes: []
}

/** Items of an answer, the first ones of a greater number. */
export const itemsMax = 1000
