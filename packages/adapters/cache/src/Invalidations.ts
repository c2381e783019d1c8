/**
 * Tells a read that began before an object was dropped from one that began after, so that the earlier does not bring
 * back what was deleted. Ids share a fixed number of counters: that two meet costs one object its place in the cache.
 */

export interface Invalidations {
  /** Notes that an object was dropped. */
  readonly note: (id: string) => void
  /** Begins to watch an object; the answer says whether it was not dropped since. */
  readonly watch: (id: string) => () => boolean
}

const digits = 3

export const makeInvalidations = (): Invalidations => {
  const counts = new Uint32Array(16 ** digits)
  const slotOf = (id: string) => Number.parseInt(id.slice(0, digits), 16)
  const countOf = (slot: number) => counts[slot] ?? 0
  return {
    note: (id) => {
      const slot = slotOf(id)
      counts[slot] = countOf(slot) + 1
    },
    watch: (id) => {
      const slot = slotOf(id)
      const seen = countOf(slot)
      return () => countOf(slot) === seen
    }
  }
}
