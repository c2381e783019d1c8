/** The lines that were derived. */
import type { RepositoryId } from "@musehub/domain/object/Id"
import type { DerivedLines, TouchLines, TouchOf } from "@musehub/domain/port/index/derived/LineIndex"

const keyOf = ({ commit, path }: Pick<TouchOf, "commit" | "path">): string => `${commit}/${path}`

export class Lines {
  readonly #rows = new Map<RepositoryId, Map<string, TouchLines>>()

  forget(repository: RepositoryId): void {
    this.#rows.delete(repository)
  }

  record(repository: RepositoryId, { files, id }: DerivedLines): void {
    const rows = this.#rows.get(repository) ?? new Map<string, TouchLines>()
    this.#rows.set(repository, rows)
    for (const { path, ...lines } of files) rows.set(keyOf({ commit: id, path }), lines)
  }

  of(repository: RepositoryId, touch: TouchOf): TouchLines | undefined {
    return this.#rows.get(repository)?.get(keyOf(touch))
  }
}
