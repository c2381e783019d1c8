/** Roots as they were last read or written, so that reading one again costs no transfer while it is unchanged. */
import type { RepositoryId } from "../object/Id.ts"
import type { DocumentVersion } from "../port/ObjectStore.ts"
import type { StoredDocument } from "../port/Stored.ts"
import type { Root } from "../repository/Root.ts"

/** A root, with the bytes that its copy under `history/` will have and the store's mark for its state. */
export interface Current {
  readonly evidence: StoredDocument<Root>
  readonly bytes: Uint8Array
  readonly version: DocumentVersion
}

/** Roots kept in memory; a missing one costs one full read. */
const cachedRootsMax = 1000

export class RootCache {
  readonly #roots = new Map<RepositoryId, Current>()
  /** The latest sequence of each cached repository that is known to be copied under `history/`. */
  readonly #preserved = new Map<RepositoryId, number>()

  get(repository: RepositoryId): Current | undefined {
    return this.#roots.get(repository)
  }

  /** Keeps a root, unless a later one is known. */
  set(current: Current): void {
    const { repository, sequence } = current.evidence.value
    const known = this.#roots.get(repository.id)
    if (known !== undefined && known.evidence.value.sequence > sequence) return
    this.#roots.delete(repository.id)
    this.#roots.set(repository.id, current)
    for (const oldest of this.#roots.keys()) {
      if (this.#roots.size <= cachedRootsMax) break
      this.#roots.delete(oldest)
      this.#preserved.delete(oldest)
    }
  }

  /** Whether a copy of this root is known to be stored. */
  isPreserved({ repository, sequence }: Root): boolean {
    return (this.#preserved.get(repository.id) ?? -1) >= sequence
  }

  markPreserved({ repository, sequence }: Root): void {
    this.#preserved.set(repository.id, sequence)
  }
}
