/** Blocks of a pack that a reader of all of them reads in one request. */
import { expected } from "../base/expected.ts"
import type { PackDirectory } from "./PackDirectory.ts"
import type { PackBlock } from "./PackedObject.ts"

/** Bytes of a run; a single block may be larger. */
const runBytesMax = 1024 * 1024

const runsOf = new WeakMap<PackDirectory, ReadonlyMap<PackBlock, ReadonlyArray<PackBlock>>>()

/** Cuts blocks into runs of one type each, so that a reader of commits alone reads no blobs. */
const cut = ({ blocks }: PackDirectory): ReadonlyMap<PackBlock, ReadonlyArray<PackBlock>> => {
  const runs = new Map<PackBlock, Array<PackBlock>>()
  let run: Array<PackBlock> = []
  let bytes = 0
  for (const block of blocks) {
    if (run[0]?.type !== block.type || bytes + block.length > runBytesMax) {
      run = []
      bytes = 0
    }
    run.push(block)
    bytes += block.length
    runs.set(block, run)
  }
  return runs
}

/** Returns the run that a block of the directory belongs to. Every reader gets the same ones, so they can be shared. */
export const runOf = (directory: PackDirectory, block: PackBlock): ReadonlyArray<PackBlock> => {
  const runs = runsOf.get(directory) ?? cut(directory)
  runsOf.set(directory, runs)
  return expected(runs.get(block), `the run of the block at ${block.start}`)
}
