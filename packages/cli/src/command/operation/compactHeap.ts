/** The heap of a command that reads a whole hub: much passes through it, and little stays. */
import { Effect } from "effect"
import { setFlagsFromString } from "node:v8"

/** Collects the heap once it has grown by this share since the last collection. Left alone, it doubles and more. */
const growthPercent = 40

/** Has the heap of this process collected more often, so that its peak is near to what stays. */
export const compactHeap = Effect.sync(() => setFlagsFromString(`--heap-growing-percent=${growthPercent}`))
