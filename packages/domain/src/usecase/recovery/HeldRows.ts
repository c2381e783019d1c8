/**
 * Rows of a repository that wait for what is recorded with them. The last ones of a root are recorded together with its
 * packs and the root itself, in one transaction.
 */
import { Effect } from "effect"
import { type NewRows, recordHistory } from "../../invariant/recordHistory.ts"
import type { RepositoryId } from "../../object/Id.ts"

export class HeldRows {
  readonly #repository: RepositoryId
  #held: NewRows = {}

  constructor(repository: RepositoryId) {
    this.#repository = repository
  }

  /** Holds rows. Those that were held before have been recorded. */
  hold(rows: NewRows): void {
    this.#held = rows
  }

  /** Records what is held, and `last` with it. */
  record(last: Pick<NewRows, "packs" | "dropped" | "root"> = {}) {
    return Effect.suspend(() => {
      const rows = { ...this.#held, ...last }
      this.#held = {}
      return recordHistory(this.#repository, rows)
    })
  }
}
