/** What a probe of the object store found; lies in the store as `hub/probe/latest`. */
import { Schema } from "effect"

export const ProbeReport = Schema.Struct({
  /** ISO 8601, UTC. */
  at: Schema.String,
  location: Schema.String,
  /** Of many concurrent creations of one document exactly one succeeded. */
  createsRaceSafe: Schema.Boolean,
  /** Of many concurrent replacements of one version exactly one succeeded. */
  replacesRaceSafe: Schema.Boolean,
  /**
   * A version goes back as it came: a read with it says unchanged, a write with it succeeds, with another it is
   * refused.
   */
  versionsRoundTrip: Schema.Boolean,
  /** What was written is listed at once. */
  listsWhatWasWritten: Schema.Boolean,
  /**
   * Whether the store itself refuses bytes with a wrong SHA-256; null where it cannot be asked. The hub does not rely
   * on it.
   */
  checksumEnforced: Schema.NullOr(Schema.Boolean),
  /** Whether the store can be served from without another fence. */
  fit: Schema.Boolean,
  /** Why it cannot, one sentence each. */
  reasons: Schema.Array(Schema.String)
})
export type ProbeReport = typeof ProbeReport.Type
