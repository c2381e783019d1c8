/** The symbols that were derived. */
import type { CommitId, RepositoryId } from "@musehub/domain/object/Id"
import type {
  BlobIn,
  ChangedSymbol,
  ExtractedBlob,
  SymbolBatch,
  SymbolEventAt
} from "@musehub/domain/port/index/derived/SymbolIndex"
import type { CommitRowLimits, TouchPlace } from "@musehub/domain/port/index/derived/TouchIndex"

interface Rows {
  readonly blobs: Map<string, ExtractedBlob>
  /** By address, and then by commit. */
  readonly events: Map<string, Map<CommitId, SymbolEventAt>>
}

const keyOf = (extractor: string, { blob, language }: BlobIn): string => `${extractor}/${language}/${blob}`

export class Symbols {
  readonly #rows = new Map<RepositoryId, Rows>()

  forget(repository: RepositoryId): void {
    this.#rows.delete(repository)
  }

  record(repository: RepositoryId, { blobs, commits, extractor }: SymbolBatch): void {
    const rows = this.#rows.get(repository) ?? { blobs: new Map(), events: new Map() }
    this.#rows.set(repository, rows)
    for (const blob of blobs) rows.blobs.set(keyOf(extractor, blob), blob)
    for (const { events, generation, id } of commits) {
      for (const { address, ...event } of events) {
        const ofAddress = rows.events.get(address) ?? new Map<CommitId, SymbolEventAt>()
        rows.events.set(address, ofAddress.set(id, { generation, commit: id, ...event }))
      }
    }
  }

  ofBlobs(repository: RepositoryId, extractor: string, blobs: ReadonlyArray<BlobIn>): ReadonlyArray<ExtractedBlob> {
    return blobs.flatMap((blob) => this.#rows.get(repository)?.blobs.get(keyOf(extractor, blob)) ?? [])
  }

  changedBy(
    repository: RepositoryId,
    commits: ReadonlyArray<TouchPlace>,
    { all, each }: CommitRowLimits
  ): ReadonlyArray<ChangedSymbol> {
    const events = this.#rows.get(repository)?.events ?? new Map<string, Map<CommitId, SymbolEventAt>>()
    return commits
      .flatMap(({ commit }, place) => {
        const changed: Array<ChangedSymbol> = []
        for (const [address, ofAddress] of events) {
          const event = ofAddress.get(commit)
          if (event === undefined || changed.length === each) continue
          changed.push({ place, address, change: event.change, former: event.former })
        }
        return changed
      })
      .slice(0, all)
  }

  events(repository: RepositoryId, address: string): ReadonlyArray<SymbolEventAt> {
    return [...(this.#rows.get(repository)?.events.get(address)?.values() ?? [])]
  }
}
