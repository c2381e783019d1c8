/**
 * Tells a read that began before an object was dropped from one that began after, so that the earlier read does not
 * bring the object back. Ids share a fixed number of counters: a collision costs one object its place in the cache.
 */

export interface Invalidations {
  /** Records that an object was dropped. */
  readonly note: (id: string) => void
  /** Starts watching an object; the returned function says whether it has not been dropped since. */
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
