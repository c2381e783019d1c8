/** Keeps the first items of an order, whatever the number of those that are offered. */
import { elementAt } from "../../base/expected.ts"

export class Best<A> {
  readonly #max: number
  readonly #order: (a: A, b: A) => number
  /** In order up to twice the number that is kept, since items are sorted when there are as many. */
  #items: Array<A> = []

  constructor(max: number, order: (a: A, b: A) => number) {
    this.#max = max
    this.#order = order
  }

  offer(item: A): void {
    this.#items.push(item)
    if (this.#items.length >= 2 * this.#max) this.#items = [...this.items()]
  }

  /** Returns the items that are kept, in their order. */
  items(): ReadonlyArray<A> {
    return this.#items.toSorted(this.#order).slice(0, this.#max)
  }
}

/** Returns the item at the place where a share of a sum is exceeded: how many items it takes. */
export const countToExceed = (shares: ReadonlyArray<number>, share: number): number => {
  let sum = 0
  for (let count = 0; count < shares.length; count++) {
    sum += elementAt(shares, count)
    if (sum > share) return count + 1
  }
  return shares.length
}
