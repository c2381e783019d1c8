/** What storing bytes costs in a month, at stated prices. */
import type { StoredAmount } from "@musehub/domain/hub/verification/StoredAmount"
import { bytesOfAmount } from "@musehub/domain/hub/verification/StoredAmount"
import { listPrices, moneyToStore } from "@musehub/domain/usecase/operations/cost/Prices"
import type { VNode } from "preact"
import { h } from "../html/h.ts"
import { sizeText } from "../html/parts.ts"

const leastTold = 0.01

/** Returns an amount of money in words. */
export const moneyText = (amount: number, currency: string): string =>
  amount < leastTold ? `less than ${leastTold} ${currency}` : `${amount.toFixed(2)} ${currency}`

export const Cost = ({ amount }: { readonly amount: StoredAmount }): VNode => {
  const { currency, gibMonth, source } = listPrices
  const bytes = bytesOfAmount(amount)
  return h(
    "p",
    null,
    h("strong", null, `${moneyText(moneyToStore(bytes, listPrices), currency)} a month`),
    ` for ${sizeText(bytes)}, at ${gibMonth} ${currency} for a GiB.`,
    h("br", null),
    h("span", { class: "meta" }, `Requests and transfer are apart. Prices: ${source}.`)
  )
}
