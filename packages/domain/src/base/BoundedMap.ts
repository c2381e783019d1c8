/**
 * A map that drops its least recently used entries. Each entry has a weight. The map keeps the order and the sum of the
 * weights; its owner sets the bounds and handles the entries that are dropped.
 */

export interface Bounds<K> {
  /** Upper bound on the sum of the weights. */
  readonly weightMax?: number
  readonly sizeMax?: number
  /** Returns whether an entry must stay even when the bounds are exceeded. */
  readonly isPinned?: (key: K) => boolean
}

export class BoundedMap<K, V> {
  // A Map iterates in insertion order, so touching an entry deletes it and inserts it again.
  readonly #entries = new Map<K, { readonly value: V; readonly weight: number }>()
  #weight = 0

  /** Returns the sum of the weights. */
  get weight(): number {
    return this.#weight
  }

  get(key: K): V | undefined {
    return this.#entries.get(key)?.value
  }

  /** Returns the value and marks its entry as the most recently used. */
  touch(key: K): V | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    return entry.value
  }

  /** Adds or replaces an entry and marks it as the most recently used. */
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
