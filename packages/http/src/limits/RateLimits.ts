/**
 * How much one caller may ask for. A caller is the holder of a valid token, or an address without one, so that people
 * behind one address do not use up each other's share once they have tokens.
 */
import { errorKind } from "@musehub/domain/base/ErrorKind"
import { Context, Schema } from "effect"
import type { Rate } from "./TokenBuckets.ts"

export interface RateLimits {
  /** Null: no limit. */
  readonly requests: Rate | null
  /** Of an address: requests with a token that is not valid. Null: no limit. */
  readonly failures: Rate | null
  /** The most pushes and clones of a caller at a time. */
  readonly transfersMax: number
}

export const CurrentRateLimits = Context.Reference<RateLimits>("@musehub/http/limits/CurrentRateLimits", {
  defaultValue: () => ({ requests: null, failures: null, transfersMax: Infinity })
})

/** The caller asked for more than its share. */
export class TooManyRequests extends Schema.TaggedError<TooManyRequests>()("TooManyRequests", {
  kind: errorKind("throttled"),
  what: Schema.String,
  retryAfterSeconds: Schema.Int
}) {
  static readonly details = ["retryAfterSeconds"] as const
  override get message() {
    return `${this.what}; try again in ${this.retryAfterSeconds} seconds`
  }
}
