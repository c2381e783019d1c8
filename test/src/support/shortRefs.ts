/** Refs that are so few that they stand in the root, and lists that pass for large ones. */
import { expected } from "@musehub/domain/base/expected"
import type { CommitId } from "@musehub/domain/object/Id"
import { BranchName } from "@musehub/domain/repository/Names"
import { headsKind } from "@musehub/domain/repository/refs/kinds"
import { edited, RefList } from "@musehub/domain/repository/refs/RefList"
import { isLeaf, type RefEntry } from "@musehub/domain/repository/refs/RefNode"
import type { Root } from "@musehub/domain/repository/Root"

/** Lists the entries of a list none of which is in a chunk. */
export const entriesOf = <K extends string, V>({ edits, top }: RefList<K, V>): ReadonlyArray<RefEntry<K, V>> =>
  edited(expected(isLeaf(top) ? top.entries : undefined, "a list without chunks"), edits)

export const headOf = ({ heads }: Root, branch: string): CommitId | undefined =>
  entriesOf(heads).find(([name]) => name === branch)?.[1]

/** Makes a list of branches. */
export const headsOf = (heads: Iterable<readonly [branch: string, head: CommitId]>): Root["heads"] =>
  RefList.of(
    headsKind,
    Array.from(heads, ([branch, head]) => [BranchName.make(branch), head])
  )

/** Returns a list that is in chunks, and says that it has so many entries, or that they take so many bytes. */
export const claiming = <K extends string, V>(
  { bytes: bytesNow, count: countNow, kind, top }: RefList<K, V>,
  { bytes = bytesNow, count = countNow }: { readonly bytes?: number; readonly count?: number }
): RefList<K, V> => {
  const [chunk, ...others] = isLeaf(top) ? [] : top.chunks
  const height = isLeaf(top) ? 0 : top.height
  const first = expected(chunk, "a chunk")
  const claimed = { ...first, bytes: first.bytes + bytes - bytesNow, count: first.count + count - countNow }
  return RefList.stored(kind, { height, chunks: [claimed, ...others] })
}
