/** What is packed, and how much of it together. */

/** Larger objects are left alone: reading one of them alone costs little more than its bytes. */
export const packedBytesMax = 256 * 1024

export interface PackBounds {
  /** Bytes of a pack's content; also held by each reader that is at it. */
  readonly contentBytesMax: number
  /** What is left at the end of a history waits for more, unless it is so many objects. */
  readonly objectsMin: number
}

/** Enough to be worth a request, and little enough to be held. Tests make them small. */
export const packBounds: PackBounds = { contentBytesMax: 2 * 1024 * 1024, objectsMin: 64 }
