/**
 * Values in order of their last use, with a weight each. It only keeps the order and the sum: whoever uses it says how
 * much there may be, and what becomes of what is dropped.
 */

export interface Lru<A> {
  /** The value, which is the most recently used from now on. */
  readonly get: (name: string) => A | undefined
  readonly set: (name: string, value: A, weight: number) => void
  readonly delete: (name: string) => void
  /** Drops the least recently used until both bounds hold, and gives their names. */
  readonly trim: (weightMax: number, entriesMax: number) => ReadonlyArray<string>
  /** Sum of the weights. */
  readonly weight: () => number
}

export const makeLru = <A>(): Lru<A> => {
  // A Map iterates in the order of insertion, so what is used is taken out and put in again.
  const held = new Map<string, { readonly value: A; readonly weight: number }>()
  let sum = 0

  const remove = (name: string) => {
    const found = held.get(name)
    if (found === undefined) return
    held.delete(name)
    sum -= found.weight
  }

  return {
    get: (name) => {
      const found = held.get(name)
      if (found === undefined) return undefined
      held.delete(name)
      held.set(name, found)
      return found.value
    },
    set: (name, value, weight) => {
      remove(name)
      held.set(name, { value, weight })
      sum += weight
    },
    delete: remove,
    trim: (weightMax, entriesMax) => {
      const dropped: Array<string> = []
      for (const name of held.keys()) {
        if (sum <= weightMax && held.size <= entriesMax) break
        remove(name)
        dropped.push(name)
      }
      return dropped
    },
    weight: () => sum
  }
}
