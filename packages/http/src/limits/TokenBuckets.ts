/** Token buckets of callers: each may make `requests` at once, and gets them back evenly over `seconds`. */
import { BoundedMap } from "@musehub/domain/base/BoundedMap"

export interface Rate {
  readonly requests: number
  readonly seconds: number
}

interface Bucket {
  readonly left: number
  readonly atMillis: number
}

/** What a caller has left. */
export interface Allowance {
  readonly isTaken: boolean
  readonly remaining: number
  /** The seconds until the next request is allowed, if none is left; else until the bucket is full. */
  readonly resetSeconds: number
}

/** The most callers that are remembered. The one that was not seen for longest is forgotten first. */
const callersMax = 50_000
/** How many more are kept until the oldest are dropped, all in one pass: a pass for each one would take long. */
const callersOver = 5000

export class TokenBuckets {
  readonly rate: Rate
  readonly #buckets = new BoundedMap<string, Bucket>()

  constructor(rate: Rate) {
    this.rate = rate
  }

  /** Returns what the caller has left without taking from it. */
  look(caller: string, nowMillis: number): Allowance {
    return this.#allow(this.#left(caller, nowMillis), 0)
  }

  /** Takes one request from the caller's bucket, if there is one. */
  take(caller: string, nowMillis: number): Allowance {
    const left = this.#left(caller, nowMillis)
    const taken = left >= 1 ? 1 : 0
    this.#buckets.set(caller, { left: left - taken, atMillis: nowMillis })
    if (this.#buckets.weight > callersMax + callersOver) this.#buckets.trim({ sizeMax: callersMax })
    return this.#allow(left, taken)
  }

  /** Gives a request back that was taken. */
  give(caller: string, nowMillis: number): void {
    const left = Math.min(this.rate.requests, this.#left(caller, nowMillis) + 1)
    this.#buckets.set(caller, { left, atMillis: nowMillis })
  }

  #left(caller: string, nowMillis: number): number {
    const bucket = this.#buckets.get(caller)
    if (bucket === undefined) return this.rate.requests
    const regained = (Math.max(0, nowMillis - bucket.atMillis) * this.rate.requests) / (this.rate.seconds * 1000)
    return Math.min(this.rate.requests, bucket.left + regained)
  }

  #allow(left: number, taken: number): Allowance {
    const { requests, seconds } = this.rate
    const missing = left < 1 ? 1 - left : requests - left + taken
    return {
      isTaken: left >= 1,
      remaining: Math.floor(left - taken),
      resetSeconds: Math.ceil((missing * seconds) / requests)
    }
  }
}
