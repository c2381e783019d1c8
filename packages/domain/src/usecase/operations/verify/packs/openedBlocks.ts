/** Streams the blocks of a pack with their content, read from the store past all memory. */
import { Effect, type Result, Stream } from "effect"
import { elementAt } from "../../../../base/expected.ts"
import { PackReads } from "../../../../invariant/packs/PackReads.ts"
import type { ObjectType } from "../../../../object/Id.ts"
import { runOf } from "../../../../pack/blockRuns.ts"
import { openBlock } from "../../../../pack/packContent.ts"
import type { PackBlock } from "../../../../pack/PackedObject.ts"
import type { PackRefused } from "../../../../pack/PackRefused.ts"
import { ObjectStore } from "../../../../port/ObjectStore.ts"
import type { StoredPack } from "../../../../port/Stored.ts"

/** Runs of blocks that are read ahead. */
const runsAhead = 2
export interface OpenedBlock {
  readonly block: PackBlock
  /** As it is stored. */
  readonly bytes: Uint8Array
  readonly content: Result.Result<Uint8Array, PackRefused>
}

/** Lists the runs of blocks of a pack that have some types. */
const runsIn = ({ directory }: StoredPack, isWanted: (type: ObjectType) => boolean) =>
  directory.blocks.flatMap((block) => {
    const run = runOf(directory, block)
    return run[0] === block && isWanted(block.type) ? [run] : []
  })

/** Streams the blocks of a pack that have some types, in their order. */
export const openedBlocks = (pack: StoredPack, isWanted: (type: ObjectType) => boolean) =>
  Stream.unwrap(
    Effect.map(ObjectStore, (store) => {
      const reads = new PackReads(store)
      const read = (blocks: ReadonlyArray<PackBlock>) => {
        const [first, last] = [elementAt(blocks, 0), elementAt(blocks, blocks.length - 1)]
        return Effect.map(reads.storedBytes(pack, first.start, last.start + last.length), (run) =>
          blocks.map((block) => ({
            block,
            bytes: run.subarray(block.start - first.start, block.start - first.start + block.length)
          }))
        )
      }
      const open = ({ block, bytes }: Pick<OpenedBlock, "block" | "bytes">) =>
        Effect.map(Effect.result(openBlock(block, bytes)), (content): OpenedBlock => ({ block, bytes, content }))
      return Stream.fromIterable(runsIn(pack, isWanted)).pipe(
        Stream.mapEffect(read, { concurrency: runsAhead }),
        Stream.flattenIterable,
        // One after another: the contents of several take memory that stays with the threads that made them.
        Stream.mapEffect(open)
      )
    })
  )
