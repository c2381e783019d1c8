/** The heap of a command that reads a whole hub: much passes through it, and little stays. */
import { Effect } from "effect"
import { setFlagsFromString } from "node:v8"

/**
 * Has the heap of this process collected once it has grown by this percentage since the last collection. Left alone, it
 * doubles and more. The less, the nearer is its peak to what stays, and the more time goes into collections.
 */
export const compactHeap = (growthPercent: 40 | 100) =>
  Effect.sync(() => setFlagsFromString(`--heap-growing-percent=${growthPercent}`))
