/** The report of the last drill, stored as `hub/drill/latest`: how long a rebuild takes, and what it would lack. */
import { Schema } from "effect"

export const DrillReport = Schema.Struct({
  /** When it began: ISO 8601, UTC. */
  at: Schema.String,
  /** The version of the hub that made it. */
  version: Schema.String,
  /** How much of the store was verified. */
  level: Schema.Literals(["quick", "default"]),
  /** Milliseconds until the refs of all repositories could be served from an empty database. */
  servedMillis: Schema.Int,
  /** Milliseconds until the index was whole. */
  rebuiltMillis: Schema.Int,
  /** Milliseconds that verifying took. */
  verifiedMillis: Schema.Int,
  /** Milliseconds that comparing answers took. */
  comparedMillis: Schema.Int,
  repositories: Schema.Int,
  packs: Schema.Int,
  /** Count of what could not be read from the store. */
  losses: Schema.Int,
  /** Count of the faults that verify found in the store and in the rebuilt index. */
  faults: Schema.Int,
  /** Count of users, tokens, domains and repositories that the live index has, and the store does not give. */
  extraRows: Schema.Int,
  /** Repositories whose answers to a clone were compared. */
  compared: Schema.Int,
  /** Repositories that were not, since they were pushed to all the time. */
  moving: Schema.Int,
  /** Bytes of an answer of each of them, together. */
  comparedBytes: Schema.Int,
  /** Repositories whose answers differ. */
  differences: Schema.Int
})
export type DrillReport = typeof DrillReport.Type
