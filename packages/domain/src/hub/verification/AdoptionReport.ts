/**
 * What the last runs of adopt left behind in the legacy hub, stored as `hub/verification/adoption`, so that it can be
 * asked for after the run.
 */
import { Schema } from "effect"

/** Rows that are kept. The rest is counted. */
export const rowsMax = 1000

/** A row of the legacy hub that was not brought, since it does not prove itself, or moved in both hubs. */
export const LeftRow = Schema.Struct({
  /** `owner/slug` of the repository. */
  repository: Schema.String,
  /** The row, such as `commit 12ab…` or `branch main`. */
  row: Schema.String,
  reason: Schema.String
})
export type LeftRow = typeof LeftRow.Type

export const AdoptionReport = Schema.Struct({
  /** When the last run ended: ISO 8601, UTC. */
  at: Schema.String,
  /** The version of the hub that ran. */
  version: Schema.String,
  /** What stays behind, by repository: that of the last run which took over the repository. */
  left: Schema.Array(LeftRow),
  /** How many more rows stay behind; at most as many, where single repositories were taken over since. */
  more: Schema.Int
})
export type AdoptionReport = typeof AdoptionReport.Type
