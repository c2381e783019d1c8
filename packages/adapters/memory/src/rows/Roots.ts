/** The roots of repositories: those that the rows reflect, and those of repositories that are only listed. */
import type { RepositoryId } from "@musehub/domain/object/Id"
import type { StoredDocument } from "@musehub/domain/port/Stored"
import { hasName, type Root } from "@musehub/domain/repository/Root"

export class Roots {
  readonly #roots = new Map<RepositoryId, StoredDocument<Root>>()
  /** Those whose repositories are listed, and have no rows yet. */
  readonly #listedOnly = new WeakSet<StoredDocument<Root>>()

  get all(): ReadonlyMap<RepositoryId, StoredDocument<Root>> {
    return this.#roots
  }

  get(repository: RepositoryId): StoredDocument<Root> | undefined {
    return this.#roots.get(repository)
  }

  /** Returns the sequence of the root that the rows reflect; -1 for none. */
  sequenceOf(root: StoredDocument<Root> | undefined): number {
    return root === undefined || this.#listedOnly.has(root) ? -1 : root.value.sequence
  }

  /** Takes a root, unless the rows reflect this or a later one. Says whether it did. */
  reflect(root: StoredDocument<Root>): boolean {
    const { repository, sequence } = root.value
    if (this.sequenceOf(this.#roots.get(repository.id)) >= sequence) return false
    this.#listedOnly.delete(root)
    this.#place(root)
    return true
  }

  /** Takes the root of a repository that has none, as one that is only listed. Says whether it did. */
  enlist(root: StoredDocument<Root>): boolean {
    if (this.#roots.has(root.value.repository.id)) return false
    this.#listedOnly.add(root)
    this.#place(root)
    return true
  }

  forget(repository: RepositoryId): void {
    this.#roots.delete(repository)
  }

  /** Places a root under its name, which it takes from any other repository. */
  #place(root: StoredDocument<Root>): void {
    const { repository } = root.value
    for (const [id, { value }] of this.#roots) {
      if (id !== repository.id && hasName(value, repository)) this.#roots.delete(id)
    }
    this.#roots.set(repository.id, root)
  }
}
