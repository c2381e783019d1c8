/** The last garbage collection that a hub began by itself, stored as `hub/collections/latest`. */
import { Schema } from "effect"

export const GarbageCollection = Schema.Struct({
  /** When it began: ISO 8601, UTC. */
  at: Schema.String,
  /** Random: tells the hubs apart that begin at the same time. */
  run: Schema.String
})
export type GarbageCollection = typeof GarbageCollection.Type
