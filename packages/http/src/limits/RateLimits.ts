/**
 * How much one caller may ask for. A caller is the holder of a token, or an address without one, so that people behind
 * one address do not use up each other's share once they have tokens.
 */
import { BoundedMap } from "@musehub/domain/base/BoundedMap"
import { errorKind } from "@musehub/domain/base/ErrorKind"
import { Clock, Context, Effect, Layer, Schema, type Scope } from "effect"
import { CurrentExchange } from "../exchange/Exchange.ts"
import { type Allowance, type Rate, TokenBuckets } from "./TokenBuckets.ts"

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

/** The most tokens that are remembered as valid. */
const validMax = 10_000

class Limiter {
  readonly #limits: RateLimits
  readonly #requests: TokenBuckets | null
  readonly #failures: TokenBuckets | null
  readonly #valid = new BoundedMap<string, true>()
  readonly #transfers = new Map<string, number>()

  constructor(limits: RateLimits) {
    this.#limits = limits
    this.#requests = limits.requests && new TokenBuckets(limits.requests)
    this.#failures = limits.failures && new TokenBuckets(limits.failures)
  }

  /** Counts a request; null where there is no limit. */
  count(caller: string, nowMillis: number): (Allowance & { readonly rate: Rate }) | null {
    return this.#requests && { ...this.#requests.take(caller, nowMillis), rate: this.#requests.rate }
  }

  /** Returns the seconds for which no further token of the address is looked up; 0 if it may be. */
  blockedSeconds(address: string, token: string, nowMillis: number): number {
    if (this.#failures === null || this.#valid.touch(token)) return 0
    const allowance = this.#failures.look(address, nowMillis)
    return allowance.isTaken ? 0 : allowance.resetSeconds
  }

  /** Remembers a token as valid: its holder is not blocked for what others at the address do. */
  succeeded(token: string): void {
    this.#valid.set(token, true)
    this.#valid.trim({ sizeMax: validMax })
  }

  failed(address: string, token: string, nowMillis: number): void {
    this.#valid.delete(token)
    this.#failures?.take(address, nowMillis)
  }

  /** Begins a transfer, if the caller has not the most already. */
  begin(caller: string): boolean {
    const running = this.#transfers.get(caller) ?? 0
    if (running >= this.#limits.transfersMax) return false
    this.#transfers.set(caller, running + 1)
    return true
  }

  end(caller: string): void {
    const left = (this.#transfers.get(caller) ?? 1) - 1
    if (left === 0) this.#transfers.delete(caller)
    else this.#transfers.set(caller, left)
  }
}

const CurrentLimiter = Context.Reference<Limiter>("@musehub/http/limits/CurrentLimiter", {
  defaultValue: () => new Limiter({ requests: null, failures: null, transfersMax: Infinity })
})

/** Keeps the counts of one server. */
export const limiterLayer = Layer.effect(
  CurrentLimiter,
  Effect.map(CurrentRateLimits, (limits) => new Limiter(limits))
)

/** Counts the request of the current exchange; null where there is no limit. */
export const countRequest = Effect.gen(function* () {
  const limiter = yield* CurrentLimiter
  const { caller } = yield* CurrentExchange
  return limiter.count(caller, yield* Clock.currentTimeMillis)
})

export const requestsRefused = ({ resetSeconds }: Allowance): TooManyRequests =>
  new TooManyRequests({ what: "you sent more requests than this hub allows", retryAfterSeconds: resetSeconds })

/** Runs an authentication. After too many failures of an address, tokens that are not known to be valid are refused. */
export const authenticating = Effect.fnUntraced(function* <A, E extends { readonly _tag: string }, R>(
  authentication: Effect.Effect<A, E, R>
) {
  const limiter = yield* CurrentLimiter
  const { address, caller } = yield* CurrentExchange
  const clock = yield* Clock.Clock
  const blocked = limiter.blockedSeconds(address, caller, clock.currentTimeMillisUnsafe())
  if (blocked > 0) {
    return yield* new TooManyRequests({
      what: "this address sent too many tokens that are not valid",
      retryAfterSeconds: blocked
    })
  }
  const principal = yield* Effect.tapError(authentication, ({ _tag }) =>
    Effect.sync(() => {
      if (_tag === "Unauthenticated") limiter.failed(address, caller, clock.currentTimeMillisUnsafe())
    })
  )
  limiter.succeeded(caller)
  return principal
})

/** Runs an endpoint that keeps the hub busy: the caller's number of them is bounded until their answers are sent. */
export const transfer = <A, E, R>(
  endpoint: Effect.Effect<A, E, R>
): Effect.Effect<A, E | TooManyRequests, R | Scope.Scope> =>
  Effect.gen(function* () {
    const limiter = yield* CurrentLimiter
    const { caller } = yield* CurrentExchange
    const begun = yield* Effect.acquireRelease(
      Effect.sync(() => limiter.begin(caller)),
      (isRunning) => Effect.sync(() => (isRunning ? limiter.end(caller) : undefined))
    )
    if (!begun) {
      return yield* new TooManyRequests({
        what: "you have more pushes and clones running than this hub allows at a time",
        retryAfterSeconds: 1
      })
    }
    return yield* endpoint
  })
