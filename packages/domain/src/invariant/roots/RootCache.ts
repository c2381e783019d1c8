/** Roots as last read or written, so that reading an unchanged one again transfers nothing. */
import { BoundedMap } from "../../base/BoundedMap.ts"
import { orDefault } from "../../base/expected.ts"
import type { RepositoryId } from "../../object/Id.ts"
import type { DocumentVersion } from "../../port/ObjectStore.ts"
import type { StoredDocument } from "../../port/Stored.ts"
import type { Root } from "../../repository/Root.ts"

/** A root, with the bytes for its copy under `history/` and the store's version of it. */
export interface Current {
  readonly evidence: StoredDocument<Root>
  readonly bytes: Uint8Array
  readonly version: DocumentVersion
}

/** Roots kept in memory, and their stored bytes; decoded they take about four times as many. A miss costs one read. */
const cachedRootsMax = 1000
const cachedBytesMax = 16 * 1024 * 1024

export class RootCache {
  /** Each root, and when it was last known to be the current one. */
  readonly #roots = new BoundedMap<RepositoryId, { readonly current: Current; readonly atMillis: number }>()
  /** The latest sequence of each cached repository that is known to have a copy under `history/`. */
  readonly #preserved = new Map<RepositoryId, number>()

  get(repository: RepositoryId): Current | undefined {
    return this.#roots.get(repository)?.current
  }

  /** Returns a root that was the current one at this time or later. */
  since(repository: RepositoryId, millis: number): Current | undefined {
    const known = this.#roots.get(repository)
    return known === undefined || known.atMillis < millis ? undefined : known.current
  }

  /** Caches a root that was the current one at this time, unless a later one is cached. */
  set(current: Current, atMillis: number): void {
    const { repository, sequence } = current.evidence.value
    const known = this.get(repository.id)
    if (known !== undefined && known.evidence.value.sequence > sequence) return
    this.#roots.set(repository.id, { current, atMillis }, current.bytes.byteLength)
    const dropped = this.#roots.trim({ sizeMax: cachedRootsMax, weightMax: cachedBytesMax })
    for (const id of dropped) this.#preserved.delete(id)
  }

  /** Returns whether this root is known to have a copy. */
  isPreserved({ repository, sequence }: Root): boolean {
    return orDefault(this.#preserved.get(repository.id), -1) >= sequence
  }

  /** Remembers that this root has a copy, as long as the repository is cached. */
  markPreserved({ repository, sequence }: Root): void {
    if (this.#roots.get(repository.id) !== undefined) this.#preserved.set(repository.id, sequence)
  }
}
