/**
 * What a creating call was answered, kept under its idempotency key (draft-ietf-httpapi-idempotency-key-header), so
 * that the same call sent again is answered the same and does nothing twice. Lies in the store as
 * `hub/requests/<hash>`.
 */
import { Schema } from "effect"
import { Sha256 } from "../object/Id.ts"

export const StoredAnswer = Schema.Struct({
  /** SHA-256 of what was asked for: another request under the same key is a mistake. */
  request: Sha256,
  /** ISO 8601, UTC; empty once the call failed, which frees the key. */
  at: Schema.String,
  /** Null while the first call is under way. */
  answer: Schema.NullOr(Schema.Struct({ status: Schema.Int, body: Schema.String }))
})
export type StoredAnswer = typeof StoredAnswer.Type
