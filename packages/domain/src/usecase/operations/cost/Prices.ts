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
  delete: Schema.Finite,
  /** Of a GiB that leaves the provider's network; 0 where the hub is in the region of the bucket. */
  gib: Schema.Finite,
  /** Of a GiB that is stored for a month. */
  gibMonth: Schema.Finite
})
export type Prices = typeof Prices.Type

/**
 * The list prices of the provider that most others compare themselves with, as of 2025: before discounts and free
 * amounts, and of the first amount where larger ones cost less for each unit.
 */
export const listPrices: Prices = {
  source:
    "list prices of Amazon S3 Standard, us-east-1, https://aws.amazon.com/s3/pricing/, 2025; transfer to the internet",
  currency: "USD",
  list: 0.005,
  get: 0.0004,
  head: 0.0004,
  put: 0.005,
  delete: 0,
  gib: 0.09,
  gibMonth: 0.023
}

const gib = 1024 ** 3

/** Returns what requests and bytes cost, in the currency of the prices. */
export const moneyOf = (requests: Readonly<Requests>, prices: Prices): number => {
  const of = (each: RequestClass) => (requests[each] / 1000) * prices[each]
  return requestClasses.reduce((sum, each) => sum + of(each), (requests.bytes / gib) * prices.gib)
}

/** Returns what storing bytes for a month costs, in the currency of the prices. */
export const moneyToStore = (bytes: number, prices: Prices): number => (bytes / gib) * prices.gibMonth
