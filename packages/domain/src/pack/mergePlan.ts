/** Chooses the packs to merge, so that a repository has few of them and each object is copied rarely. */

/** What the choice depends on. */
export interface MergeablePack {
  /** Bytes of the file. */
  readonly size: number
  readonly objects: number
}

/** Bytes, and objects, up to which packs are merged into one. */
const mergedBytesMax = 64 * 1024 * 1024
const mergedObjectsMax = 262_144

/** A merge that saves less than this waits for more packs. */
const mergedPacksMin = 4

const factor = 2

/**
 * Returns how many of the last packs to merge into one; 0 if none. The sizes of the packs shall fall geometrically:
 * each is at least twice as large as all packs after it together. The shortest run of last packs whose merging restores
 * that is chosen, if it has at least `packsMin` packs. So an object is copied a number of times that grows with the
 * logarithm of the repository, and the order of the packs stays.
 */
export const packsToMerge = (packs: ReadonlyArray<MergeablePack>, packsMin = mergedPacksMin): number => {
  let [bytes, objects, chosen] = [0, 0, 0]
  for (const [place, pack] of packs.toReversed().entries()) {
    const isTooSmall = pack.size < factor * bytes
    bytes += pack.size
    objects += pack.objects
    if (bytes > mergedBytesMax || objects > mergedObjectsMax) break
    if (isTooSmall) chosen = place + 1
  }
  return chosen < packsMin ? 0 : chosen
}
