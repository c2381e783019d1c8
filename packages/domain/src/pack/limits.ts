/** Limits of a pack. A writer stays within them, and a reader refuses what is beyond before it reserves memory. */

const KiB = 1024
const MiB = 1024 * KiB

/** Largest blob that is packed; a larger one is stored by itself and streamed. */
export const packedBlobBytesMax = 256 * KiB
/**
 * Content that a block has at most unless it is a single object. A read of one object fetches and decompresses one
 * block; larger blocks compress hardly better.
 */
export const blockContentBytes = MiB
/** Largest content of a block: a snapshot of the largest size, whose paths need escapes in JSON. */
export const blockContentBytesMax = 256 * MiB
/** Blocks of a pack: 64 MiB of single objects of a kilobyte each. */
export const packBlocksMax = 65_536
/** Objects of a pack. Its directory then has at most 36 MB. */
export const packObjectsMax = 524_288
/** Bytes of a whole pack. Positions in it are 32-bit. */
export const packBytesMax = 1024 * MiB
