/** The bounds of packing. */

/** The size of the largest object that is packed. A request for a larger one costs little more than its bytes. */
export const packedBytesMax = 256 * 1024

export interface PackBounds {
  /** The maximum size of a pack's content, which each reader of the pack holds in memory. */
  readonly contentBytesMax: number
  /** The minimum number of objects in the last pack; a smaller rest waits for more objects. */
  readonly objectsMin: number
}

/** The bounds in production: large enough to save requests, small enough for memory. Tests use smaller ones. */
export const packBounds: PackBounds = { contentBytesMax: 2 * 1024 * 1024, objectsMin: 64 }
