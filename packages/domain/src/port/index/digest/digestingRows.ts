/** Digests rows of objects, so that the index and its caller can compare many of them by one hash. */
import { sliceEntries, type Slices } from "../../../base/Slices.ts"
import type { CommitNode } from "../../../history/CommitNode.ts"
import { incrementalSha256 } from "../../../object/Digest.ts"
import type { ObjectRow, RowsDigest } from "../ObjectIndex.ts"

/** The most rows that are digested together: some 3 MB of text. */
export const digestedRowsMax = 10_000

/** Returns the text of a row that is hashed: `<id> <size> <locator> <SHA-256>`, and a line feed. */
export const rowText = ({ id, sha256, size, storageUri }: ObjectRow): string =>
  `${id} ${size} ${storageUri} ${sha256}\n`

/** Returns the text of a node that is hashed: `<id> <generation> <snapshot> <parent>,<parent>`, and a line feed. */
export const nodeText = ({ generation, id, parents, snapshotId }: CommitNode): string =>
  `${id} ${generation} ${snapshotId} ${parents.join(",")}\n`

/** Digests rows, or nodes, in ascending order of id. */
export const digestingRows = function* <A extends { readonly id: string }>(
  rows: Iterable<A>,
  textOf: (row: A) => string
): Slices<RowsDigest> {
  const hash = incrementalSha256()
  let [count, last]: [number, string | undefined] = [0, undefined]
  for (const row of rows) {
    hash.update(textOf(row))
    last = row.id
    if (++count % sliceEntries === 0) yield
  }
  return { rows: count, last, sha256: hash.digest() }
}
