/** The symbols of blobs, and what commits did to symbols: the rows that the deriver `symbols` makes. */
import { Context, type Effect } from "effect"
import type { BlobId, RepositoryId } from "../../../object/Id.ts"
import type { Extraction, SymbolKind } from "../../extractor/Extraction.ts"
import type { IndexUnavailable } from "../IndexUnavailable.ts"
import type { UnderivedCommit } from "./DerivationIndex.ts"
import type { CommitRowLimits, TouchPlace } from "./TouchIndex.ts"

/** A blob, and the language that its path says. */
export interface BlobIn {
  readonly blob: BlobId
  readonly language: string
}

/** Returns a text that no other blob, and no other language of it, has. */
export const blobInText = ({ blob, language }: BlobIn): string => `${language} ${blob}`

/** What was found in a blob. */
export interface ExtractedBlob extends BlobIn, Extraction {}

/** The symbols that were found in a blob. */
export interface BlobSymbols extends BlobIn, Pick<Extraction, "refused" | "symbols"> {}

/** What a blob calls and imports. */
export interface BlobUses extends BlobIn, Pick<Extraction, "calls" | "imports"> {}

export const symbolChanges = ["created", "deleted", "modified", "moved", "renamed"] as const
export type SymbolChange = (typeof symbolChanges)[number]

/** What a commit did to a symbol. */
export interface SymbolEvent {
  /** Its path and its qualified name: `path::Class.method`. */
  readonly address: string
  readonly kind: SymbolKind
  readonly change: SymbolChange
  /** Of one that there was before, whether its body or its signature is another. */
  readonly body: boolean
  readonly signature: boolean
  /** Of one that was renamed or moved, its address before, where it is deleted. */
  readonly former: string | undefined
}

/** An event of a symbol, as part of its history. */
export interface SymbolEventAt extends TouchPlace, Omit<SymbolEvent, "address"> {}

/** What one of several commits did to a symbol. */
export interface ChangedSymbol extends Pick<SymbolEvent, "address" | "change" | "former"> {
  /** The place of the commit among them. */
  readonly place: number
}

/** How many symbols a blob has. */
export interface BlobCount extends BlobIn {
  readonly symbols: number
}

/** What a commit did to symbols, or a part of that. */
export interface DerivedSymbols extends Pick<UnderivedCommit, "generation" | "id"> {
  readonly events: ReadonlyArray<SymbolEvent>
  /** Whether that is all that was not recorded before. */
  readonly isWhole: boolean
}

export interface SymbolBatch {
  /** Which extractor it is from, with its version. */
  readonly extractor: string
  readonly blobs: ReadonlyArray<ExtractedBlob>
  readonly commits: ReadonlyArray<DerivedSymbols>
}

export class SymbolIndex extends Context.Service<
  SymbolIndex,
  {
    /**
     * Records what blobs have and commits did, and takes the commits that are whole off the work of the deriver. Does
     * nothing for commits that are done, or if another version of the deriver has been at work since; nothing at all
     * if that leaves no commit.
     */
    readonly recordSymbols: (
      repository: RepositoryId,
      version: number,
      batch: SymbolBatch
    ) => Effect.Effect<void, IndexUnavailable>
    /** Returns what an extractor found in blobs. Leaves out those that are not recorded, or whose rows are damaged. */
    readonly blobSymbols: (
      repository: RepositoryId,
      extractor: string,
      blobs: ReadonlyArray<BlobIn>
    ) => Effect.Effect<ReadonlyArray<BlobSymbols>, IndexUnavailable>
    /** Returns what blobs call and import. Leaves out those that are not recorded, or whose rows are damaged. */
    readonly blobUses: (
      repository: RepositoryId,
      extractor: string,
      blobs: ReadonlyArray<BlobIn>
    ) => Effect.Effect<ReadonlyArray<BlobUses>, IndexUnavailable>
    /** Returns how many symbols an extractor found in blobs. Leaves out those that are not recorded. */
    readonly symbolCounts: (
      repository: RepositoryId,
      extractor: string,
      blobs: ReadonlyArray<BlobIn>
    ) => Effect.Effect<ReadonlyArray<BlobCount>, IndexUnavailable>
    /** Returns events of each of these commits, in the order of the commits. */
    readonly symbolsChangedBy: (
      repository: RepositoryId,
      commits: ReadonlyArray<TouchPlace>,
      limits: CommitRowLimits
    ) => Effect.Effect<ReadonlyArray<ChangedSymbol>, IndexUnavailable>
    /** Returns events of a symbol, by descending generation and then id, those after `after`. */
    readonly symbolEvents: (
      repository: RepositoryId,
      address: string,
      page: { readonly after?: TouchPlace | undefined; readonly limit: number }
    ) => Effect.Effect<ReadonlyArray<SymbolEventAt>, IndexUnavailable>
  }
>()("@musehub/domain/port/index/derived/SymbolIndex") {}
