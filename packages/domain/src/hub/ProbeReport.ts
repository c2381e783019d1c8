/** The result of a probe of the object store, stored as `hub/probe/latest`. */
import { Schema } from "effect"

export const ProbeReport = Schema.Struct({
  /** ISO 8601, UTC. */
  at: Schema.String,
  location: Schema.String,
  /** Exactly one of many concurrent creations of a document succeeded. */
  createsRaceSafe: Schema.Boolean,
  /** Exactly one of many concurrent replacements of one version succeeded. */
  replacesRaceSafe: Schema.Boolean,
  /**
   * A version is accepted as the store returned it: a read with it says unchanged, a write with it succeeds, and a
   * write with another version is refused.
   */
  versionsRoundTrip: Schema.Boolean,
  /** A listing shows a new document at once. */
  listsWhatWasWritten: Schema.Boolean,
  /** A part of an object can be read by itself. Only downloads of a part need it. */
  readsRanges: Schema.Boolean,
  /** What is deleted is gone. The hub does not rely on it: what cannot be deleted stays in the store. */
  deletes: Schema.Boolean,
  /**
   * Whether the store itself refuses bytes with a wrong SHA-256; null where this cannot be tested. The hub does not
   * rely on it.
   */
  checksumEnforced: Schema.NullOr(Schema.Boolean),
  /** Whether a hub can use the store, behind the fence that it was probed through. */
  fit: Schema.Boolean,
  /** Reasons why it cannot, one sentence each. */
  reasons: Schema.Array(Schema.String)
})
export type ProbeReport = typeof ProbeReport.Type
