/**
 * The nodes that a walk over the commit graph has still to visit, greatest generation first. A parent's generation is
 * smaller than its children's, so when a generation comes up, all marks on its members are final.
 */
export class GenerationQueue<A> {
  readonly #waiting = new Map<number, Array<A>>()
  #greatest = 0

  /** Adds an item. Its generation is at least 1. */
  add(generation: number, item: A): void {
    const peers = this.#waiting.get(generation)
    if (peers === undefined) this.#waiting.set(generation, [item])
    else peers.push(item)
    this.#greatest = Math.max(this.#greatest, generation)
  }

  /**
   * Removes and returns all items of the greatest generation, in the order in which they were added. Returns undefined
   * when the queue is empty.
   */
  next(): { readonly generation: number; readonly items: ReadonlyArray<A> } | undefined {
    for (; this.#waiting.size > 0; this.#greatest--) {
      const items = this.#waiting.get(this.#greatest)
      if (items === undefined) continue
      this.#waiting.delete(this.#greatest)
      return { generation: this.#greatest, items }
    }
    return undefined
  }

  /** Returns all remaining items, in no particular order. */
  rest(): ReadonlyArray<A> {
    return [...this.#waiting.values()].flat()
  }
}
