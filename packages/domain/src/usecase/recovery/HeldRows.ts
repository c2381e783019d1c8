/**
 * Rows of a repository that wait for what is recorded with them. The last ones of a root are recorded together with its
 * packs and the root itself, in one transaction. Those before them are recorded while the next ones are made.
 */
import { Effect, Fiber } from "effect"
import type { KnownNodes } from "../../history/CommitNode.ts"
import { type NewRows, recordHistory } from "../../invariant/recordHistory.ts"
import type { CommitId, RepositoryId } from "../../object/Id.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"

export class HeldRows {
  readonly #repository: RepositoryId
  #held: NewRows | undefined
  /** Of the commits that were held last. */
  #nodes: KnownNodes | undefined
  #recording: Fiber.Fiber<void, IndexUnavailable> | undefined

  constructor(repository: RepositoryId) {
    this.#repository = repository
  }

  /** Finds the node of a commit among those that were held last, which may not have a row yet. */
  node(id: CommitId) {
    return this.#nodes?.get(id)
  }

  /** Holds rows, once those that were held before have been recorded. */
  hold(rows: NewRows) {
    return Effect.map(this.record(), () => {
      this.#held = rows
      this.#nodes = rows.commits?.nodes
    })
  }

  /** Begins to record what is held. It ends with the scope. */
  recordMeanwhile() {
    return Effect.gen({ self: this }, function* () {
      if (this.#held === undefined) return
      yield* this.#recorded
      this.#recording = yield* Effect.forkScoped(this.#take({}))
    })
  }

  /** Records what is held, and `last` with it. */
  record(last: Pick<NewRows, "packs" | "dropped" | "root"> = {}) {
    return Effect.flatMap(this.#recorded, () => this.#take(last))
  }

  #take(last: Pick<NewRows, "packs" | "dropped" | "root">) {
    const rows = { ...this.#held, ...last }
    this.#held = undefined
    return recordHistory(this.#repository, rows)
  }

  readonly #recorded = Effect.suspend(() => {
    const recording = this.#recording
    this.#recording = undefined
    return recording === undefined ? Effect.void : Fiber.join(recording)
  })
}
