/** An index that gives other rows, or other nodes, than it has. */
import { atOnce } from "@musehub/domain/base/Slices"
import type { CommitNode } from "@musehub/domain/history/CommitNode"
import { CommitId } from "@musehub/domain/object/Id"
import { digestingRows, nodeText, rowText } from "@musehub/domain/port/index/digest/digestingRows"
import { Effect } from "effect"
import type { TestHub } from "../support/hubSamples.ts"

type Index = TestHub["index"]

/** Lets an index answer with the rows that a function gives, and with the digests of these. */
export const withRowsOf = (index: Index, rows: Index["rows"]): Index => ({
  ...index,
  rows,
  rowsDigest: (...asked) => Effect.map(rows(...asked), ({ items }) => atOnce(digestingRows(items, rowText)))
})

/** Lets an index say something else of commits, also in its digests. */
export const withNodesLike = (index: Index, change: (node: CommitNode) => CommitNode): Index => {
  const known: Index["known"] = (repository, ids) =>
    Effect.map(index.known(repository, ids), (known) => ({
      ...known,
      commits: new Map(Array.from(known.commits, ([id, node]) => [id, change(node)] as const))
    }))
  return {
    ...index,
    known,
    nodesDigest: Effect.fnUntraced(function* (repository, page) {
      const { items } = yield* index.rows(repository, "commit", page)
      const commits = items.map(({ id }) => CommitId.make(id))
      const nodes = (yield* known(repository, { blobs: [], snapshots: [], commits })).commits
      return atOnce(
        digestingRows(
          commits.flatMap((id) => nodes.get(id) ?? []),
          nodeText
        )
      )
    })
  }
}
