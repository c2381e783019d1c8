/** `--dry-run`: what a command would ask the object store, and what that costs. */
import { listPrices, moneyOf, moneyToStore, Prices } from "@musehub/domain/usecase/operations/cost/Prices"
import type { Requests } from "@musehub/domain/usecase/operations/cost/Requests"
import { cut } from "@musehub/domain/base/text/cut"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { Effect, Option, Schema } from "effect"
import { CliError, Flag } from "effect/cli"
import { readFile } from "node:fs/promises"
import { reasonOf } from "../../reason.ts"
import { bytesText } from "../transfer/progressLine.ts"

/** Asks for the prices that a cost is told by. */
export const pricesFlag = (when: string) =>
  Flag.String("prices").pipe(
    Flag.withMetavar("FILE"),
    Flag.withDescription(
      `${when}: prices as JSON, source, currency, list, get, head, put, delete (of a thousand), gib (read), gibMonth ` +
        `(stored) (default: ${listPrices.source})`
    ),
    Flag.optional
  )

export const dryRunFlags = {
  dryRun: Flag.Boolean("dry-run").pipe(
    Flag.withDescription("Change nothing: say what would be read, by class of request, and what that costs"),
    Flag.withDefault(false)
  ),
  prices: pricesFlag("With --dry-run")
}

const decodePrices = Schema.decodeUnknownEffect(Schema.fromJsonString(Prices))

/** Reads the file of prices that a flag names. */
export const pricesOf = Effect.fnUntraced(function* (file: Option.Option<string>) {
  if (Option.isNone(file)) return listPrices
  const refused = (cause: unknown) =>
    new CliError.ValidationError({ message: `--prices: ${file.value} has no prices: ${cut(reasonOf(cause), 200)}` })
  const text = yield* Effect.tryPromise({ try: () => readFile(file.value, "utf8"), catch: refused })
  return yield* Effect.mapError(decodePrices(text), refused)
})

/** Returns the prices of a dry run. They are refused for any other run. */
export const dryRunPrices = Effect.fnUntraced(function* (dryRun: boolean, prices: Option.Option<string>) {
  if (Option.isSome(prices) && !dryRun) {
    return yield* new CliError.ValidationError({ message: "--prices is what --dry-run goes by: add --dry-run" })
  }
  return yield* pricesOf(prices)
})

const count = (value: number): string => value.toLocaleString("en-US")

/** Says what requests cost, as text and as JSON. A store without a network costs nothing. */
export const costOf = Effect.fnUntraced(function* (requests: Readonly<Requests>, prices: Prices) {
  const { remote } = yield* ObjectStore
  const { bytes, get, head, list, put, delete: deletes } = requests
  const money = remote ? moneyOf(requests, prices) : 0
  const amounts =
    `${count(list)} LIST, ${count(get)} GET, ${count(head)} HEAD, ${count(put)} PUT, ${count(deletes)} DELETE, ` +
    bytesText(bytes)
  const price = remote
    ? `${money.toFixed(4)} ${prices.currency} (${prices.source})`
    : "nothing: requests to this store are not charged for"
  return {
    text: `requests  ${amounts}\ncost      ${price}`,
    json: {
      requests: { list, get, head, put, delete: deletes },
      bytes,
      money,
      currency: prices.currency,
      prices: prices.source
    }
  }
})

/** Returns what storing bytes costs a month; nothing at a store without a network. */
const monthlyMoney = Effect.fnUntraced(function* (bytes: number, prices: Prices) {
  const { remote } = yield* ObjectStore
  const moneyPerMonth = remote ? moneyToStore(bytes, prices) : 0
  return { moneyPerMonth, amount: remote ? `${moneyPerMonth.toFixed(4)} ${prices.currency} a month` : undefined }
})

/** Says what storing bytes that are freed has cost a month, as text and as JSON. */
export const savedBy = Effect.fnUntraced(function* (freedBytes: number, prices: Prices) {
  const { amount, moneyPerMonth } = yield* monthlyMoney(freedBytes, prices)
  const saved = amount === undefined ? "" : `, which saves ${amount}`
  return { text: `frees     ${bytesText(freedBytes)}${saved}`, json: { bytes: freedBytes, moneyPerMonth } }
})

/** Says what storing bytes that are added costs a month, as text and as JSON. */
export const storedBy = Effect.fnUntraced(function* (addedBytes: number, prices: Prices) {
  const { amount, moneyPerMonth } = yield* monthlyMoney(addedBytes, prices)
  const costs = amount === undefined ? "" : `, which costs ${amount}`
  return { text: `stores    ${bytesText(addedBytes)}${costs}`, json: { bytes: addedBytes, moneyPerMonth } }
})
