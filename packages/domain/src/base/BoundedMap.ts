/**
 * A map that lets go of the entries that were set or touched longest ago. Each entry has a weight. The map keeps the
 * order and the sum; its owner says how much there may be, and what becomes of the entries that are dropped.
 */

export interface Bounds<K> {
  /** Most that all entries may weigh together. */
  readonly weightMax?: number
  readonly sizeMax?: number
  /** Returns whether an entry must stay, even beyond the bounds. */
  readonly isPinned?: (key: K) => boolean
}

export class BoundedMap<K, V> {
  // A Map iterates in the order of insertion, so an entry that is touched is taken out and put in again.
  readonly #entries = new Map<K, { readonly value: V; readonly weight: number }>()
  #weight = 0

  /** Sum of the weights. */
  get weight(): number {
    return this.#weight
  }

  get(key: K): V | undefined {
    return this.#entries.get(key)?.value
  }

  /** Returns the value and makes its entry the latest. */
  touch(key: K): V | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    return entry.value
  }

  /** Adds or replaces an entry, which is the latest from now on. */
  set(key: K, value: V, weight = 1): void {
    this.delete(key)
    this.#entries.set(key, { value, weight })
    this.#weight += weight
  }

  delete(key: K): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    this.#entries.delete(key)
    this.#weight -= entry.weight
  }

  /** Drops the oldest entries until the bounds hold, and returns their keys. */
  trim({ isPinned = () => false, sizeMax = Infinity, weightMax = Infinity }: Bounds<K>): ReadonlyArray<K> {
    const dropped: Array<K> = []
    for (const key of this.#entries.keys()) {
      if (this.#weight <= weightMax && this.#entries.size <= sizeMax) break
      if (isPinned(key)) continue
      this.delete(key)
      dropped.push(key)
    }
    return dropped
  }
}
