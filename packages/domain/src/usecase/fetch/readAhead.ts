/** Store reads ahead of the socket: as many as hide the store's latency, and no more than memory allows. */

const readsAheadMax = 64
const readAheadBytesMax = 32 * 1024 * 1024

/** The largest blob that is read ahead, whole; larger ones are streamed. */
export const smallBlobBytes = 256 * 1024

/** How many objects to read ahead when the largest has so many bytes. */
export const readsAhead = (largestBytes: number): number =>
  Math.max(2, Math.min(readsAheadMax, Math.floor(readAheadBytesMax / Math.max(1, largestBytes))))
