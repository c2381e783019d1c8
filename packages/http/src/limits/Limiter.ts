/**
 * The counts of one server. A request counts for its token once that is known to be valid, and for its address until
 * then: made-up tokens have no share of their own.
 */
import { BoundedMap } from "@musehub/domain/base/BoundedMap"
import { Context, Effect, Layer } from "effect"
import type { Exchange } from "../exchange/Exchange.ts"
import { CurrentRateLimits, type RateLimits } from "./RateLimits.ts"
import { type Allowance, type Rate, TokenBuckets } from "./TokenBuckets.ts"

/** The most tokens that are remembered as valid, and as wrong ones of an address. */
const rememberedMax = 10_000

export class Limiter {
  readonly #limits: RateLimits
  readonly #requests: TokenBuckets | null
  readonly #failures: TokenBuckets | null
  readonly #valid = new BoundedMap<string, true>()
  readonly #wrong = new BoundedMap<string, true>()
  readonly #transfers = new Map<string, number>()

  constructor(limits: RateLimits) {
    this.#limits = limits
    this.#requests = limits.requests && new TokenBuckets(limits.requests)
    this.#failures = limits.failures && new TokenBuckets(limits.failures)
  }

  /** Returns for whom a request counts: its token, if that is known to be valid, or its address. */
  callerOf({ address, bearer }: Exchange): string {
    return bearer !== null && this.#valid.touch(bearer) ? bearer : address
  }

  mayRequest(caller: string, nowMillis: number): boolean {
    return this.#requests === null || this.#requests.look(caller, nowMillis).isTaken
  }

  /** Counts a request; null where there is no limit. */
  count(caller: string, nowMillis: number): (Allowance & { readonly rate: Rate }) | null {
    return this.#requests && { ...this.#requests.take(caller, nowMillis), rate: this.#requests.rate }
  }

  /** Returns the seconds for which no further token of the address is looked up; 0 if it may be. */
  blockedSeconds(address: string, bearer: string, nowMillis: number): number {
    if (this.#failures === null || this.#valid.touch(bearer)) return 0
    const allowance = this.#failures.look(address, nowMillis)
    return allowance.isTaken ? 0 : allowance.resetSeconds
  }

  /**
   * Remembers a token as valid: its holder is not blocked for what others at the address do. A request that was
   * counted for the address counts for the token instead.
   */
  succeeded(exchange: Exchange, bearer: string, nowMillis: number): void {
    this.#valid.set(bearer, true)
    this.#valid.trim({ sizeMax: rememberedMax })
    if (exchange.countedFor !== exchange.address) return
    exchange.countedFor = bearer
    this.#requests?.give(exchange.address, nowMillis)
    this.#requests?.take(bearer, nowMillis)
  }

  /**
   * Counts a wrong token of an address, once however often it is sent: a browser sends the cookie of a session that has
   * ended with each page.
   */
  failed(address: string, bearer: string, nowMillis: number): void {
    this.#valid.delete(bearer)
    const guess = `${address} ${bearer}`
    const isKnown = this.#wrong.get(guess) === true
    this.#wrong.set(guess, true)
    this.#wrong.trim({ sizeMax: rememberedMax })
    if (!isKnown) this.#failures?.take(address, nowMillis)
  }

  mayBegin(caller: string): boolean {
    return (this.#transfers.get(caller) ?? 0) < this.#limits.transfersMax
  }

  /** Begins a transfer, if the caller has not the most already. */
  begin(caller: string): boolean {
    if (!this.mayBegin(caller)) return false
    this.#transfers.set(caller, (this.#transfers.get(caller) ?? 0) + 1)
    return true
  }

  end(caller: string): void {
    const left = (this.#transfers.get(caller) ?? 1) - 1
    if (left === 0) this.#transfers.delete(caller)
    else this.#transfers.set(caller, left)
  }
}

export const CurrentLimiter = Context.Reference<Limiter>("@musehub/http/limits/CurrentLimiter", {
  defaultValue: () => new Limiter({ requests: null, failures: null, transfersMax: Infinity })
})

/** Keeps the counts of one server. */
export const limiterLayer = Layer.effect(
  CurrentLimiter,
  Effect.map(CurrentRateLimits, (limits) => new Limiter(limits))
)
