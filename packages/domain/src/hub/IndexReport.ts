/** What was found out about an index when it was opened or probed. */
import { Schema } from "effect"

export const IndexReport = Schema.Struct({
  /** ISO 8601, UTC. */
  at: Schema.String,
  location: Schema.String,
  /** The program and its version, such as `PostgreSQL 18.4`. */
  server: Schema.String,
  /** How it encodes text; null where that is no question. */
  encoding: Schema.NullOr(Schema.String),
  /** Whether it takes writes at the moment. A hub serves for reading from one that does not. */
  writable: Schema.Boolean,
  /** Whether a pooler stands before it, so that statements are not prepared. */
  pooled: Schema.Boolean,
  /** Whether the connection to it is encrypted. */
  encrypted: Schema.Boolean,
  /** Whether the hub can use it, for reading at least. */
  fit: Schema.Boolean,
  /** Reasons why it cannot, one sentence each, with what to do. */
  reasons: Schema.Array(Schema.String)
})
export type IndexReport = typeof IndexReport.Type
