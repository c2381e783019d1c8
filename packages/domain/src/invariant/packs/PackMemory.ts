/** How much of the packs stays in memory. */

/** The most bytes of each kind. */
export interface PackMemory {
  /** Directories: one takes 36 bytes for a blob, 72 for a commit or snapshot, and 4 for its place. */
  readonly directories: number
  /** Packs that were put last: the index is about to record what is in them. */
  readonly written: number
  /** Blocks. */
  readonly blocks: number
  /** Runs of blocks, as they are stored. */
  readonly runs: number
  /** Snapshots that were written or decoded last, as they are stored. They take twice as much in memory, or more. */
  readonly snapshots: number
}

const mebibyte = 1024 * 1024

/** What a hub keeps, whose requests come back to what those before them read. */
export const servingMemory: PackMemory = {
  directories: 64 * mebibyte,
  written: 32 * mebibyte,
  blocks: 32 * mebibyte,
  runs: 16 * mebibyte,
  snapshots: 32 * mebibyte
}

/**
 * What a command keeps that passes through repositories in the order of their packs, and does not come back. It looks
 * objects up in all directories nevertheless.
 */
export const passingMemory: PackMemory = {
  directories: servingMemory.directories,
  written: 4 * mebibyte,
  blocks: 8 * mebibyte,
  runs: 4 * mebibyte,
  snapshots: 4 * mebibyte
}
