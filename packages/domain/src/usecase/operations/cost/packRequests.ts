/** What reading packs asks the store. */
import { runOf } from "../../../pack/blockRuns.ts"
import { usualTailBytes } from "../../../pack/packTail.ts"
import type { PackBlock } from "../../../pack/PackedObject.ts"
import type { StoredPack } from "../../../port/Stored.ts"
import type { Requests } from "./Requests.ts"

/** Adds what reading the end of a pack takes: whether it is there, and its directory. */
export const addPackEnd = (requests: Requests, { directory, ref }: StoredPack): void => {
  requests.head += 1
  requests.read(Math.min(ref.size, usualTailBytes))
  if (directory.bytes.byteLength > usualTailBytes) requests.read(directory.bytes.byteLength)
}

/** Adds what reading some blocks of a pack takes, those of a run in one request. */
export const addPackRuns = (
  requests: Requests,
  { directory }: Pick<StoredPack, "directory">,
  isRead: (block: PackBlock) => boolean = () => true
): void => {
  for (const block of directory.blocks) {
    if (isRead(block)) requests.read(block.length, runOf(directory, block)[0] === block ? 1 : 0)
  }
}
