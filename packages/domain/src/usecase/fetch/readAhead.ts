/**
 * Bounds how far objects are read ahead of the socket: far enough to hide the latency of the store, within a limit of
 * memory.
 */

const readsAheadMax = 64
const readAheadBytesMax = 32 * 1024 * 1024

/** The largest blob that is read ahead, whole; larger ones are streamed. */
export const smallBlobBytes = 256 * 1024

/** Returns how many objects to read ahead when the largest has `largestBytes` bytes. */
export const readAhead = (largestBytes: number): number =>
  Math.max(2, Math.min(readsAheadMax, Math.floor(readAheadBytesMax / Math.max(1, largestBytes))))
