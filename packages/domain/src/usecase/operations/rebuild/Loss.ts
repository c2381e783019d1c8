/** What could not be read from the store, and is not in the index for that. */
import type { Effect } from "effect"

export interface Loss {
  /** Names the document, the repository or the pack. */
  readonly what: string
  readonly reason: string
}

/** Is told of each loss as soon as it is known. */
export type OnLoss = (loss: Loss) => Effect.Effect<void>
