/** Prices of object stores, and what requests cost by them. This is the one table; `--prices FILE` replaces it. */
import { Schema } from "effect"
import { type RequestClass, requestClasses, type Requests } from "./Requests.ts"

export const Prices = Schema.Struct({
  /** Where the prices are from, and of which time. */
  source: Schema.String,
  /** ISO 4217, such as `USD`. */
  currency: Schema.String,
  /** Of a thousand requests. */
  list: Schema.Finite,
  get: Schema.Finite,
  head: Schema.Finite,
  put: Schema.Finite,
  /** Of a GiB that leaves the provider's network; 0 where the hub is in the region of the bucket. */
  gib: Schema.Finite
})
export type Prices = typeof Prices.Type

/** The prices of the provider that most others compare themselves with. */
export const listPrices: Prices = {
  source: "Amazon S3 Standard, us-east-1, https://aws.amazon.com/s3/pricing/, 2025; transfer to the internet",
  currency: "USD",
  list: 0.005,
  get: 0.0004,
  head: 0.0004,
  put: 0.005,
  gib: 0.09
}

const gib = 1024 ** 3

/** Returns what requests and bytes cost, in the currency of the prices. */
export const moneyOf = (requests: Readonly<Requests>, prices: Prices): number => {
  const of = (each: RequestClass) => (requests[each] / 1000) * prices[each]
  return requestClasses.reduce((sum, each) => sum + of(each), (requests.bytes / gib) * prices.gib)
}
