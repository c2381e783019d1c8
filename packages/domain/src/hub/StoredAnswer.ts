/**
 * The answer to a creating call, kept under its idempotency key (draft-ietf-httpapi-idempotency-key-header). The same
 * call sent again gets the same answer and does nothing twice. Stored as `hub/requests/<hash>`.
 */
import { Schema } from "effect"
import { Sha256 } from "../object/Id.ts"

export const StoredAnswer = Schema.Struct({
  /** SHA-256 of the request; another request under the same key is an error. */
  request: Sha256,
  /** Tells calls apart that came at the same moment. */
  call: Schema.String,
  /** ISO 8601, UTC; empty once the call failed, which frees the key. */
  at: Schema.String,
  /** Null while the first call runs. */
  answer: Schema.NullOr(Schema.Struct({ status: Schema.Int, body: Schema.String }))
})
export type StoredAnswer = typeof StoredAnswer.Type
