/**
 * Checks what the index says of commits against their bytes: parents, snapshot, and the generation. The index digests
 * it a page at a time; a page that differs is read and compared.
 */
import { Effect, Stream } from "effect"
import { orDefault } from "../../../../base/expected.ts"
import { inSlices } from "../../../../base/Slices.ts"
import type { CommitNode } from "../../../../history/CommitNode.ts"
import type { CommitId, RepositoryId } from "../../../../object/Id.ts"
import { ObjectIndex } from "../../../../port/index/ObjectIndex.ts"
import type { HeldObjects } from "../packs/checkingObjects.ts"
import type { CheckedCommit, CommitNodes } from "../packs/CommitNodes.ts"
import type { Inspection } from "../Inspection.ts"
import { marks } from "../packs/ObjectTable.ts"
import { digestedPages } from "./digestedPages.ts"

/** Commits whose nodes are read together. */
const comparedTogether = 200

const rowOf = (what: string, repository: RepositoryId) => `the row of ${what} of repository ${repository}`

const generationOf = ({ parents }: CheckedCommit, nodes: ReadonlyMap<CommitId, CommitNode>): number =>
  // A parent that is lost counts as none, as when rows are recorded.
  1 + Math.max(0, ...parents.map((parent) => orDefault(nodes.get(parent)?.generation, 0)))

const differenceOf = (commit: CheckedCommit, node: CommitNode, generation: number): string | undefined => {
  if (node.snapshotId !== commit.snapshotId) return `says snapshot ${node.snapshotId} instead of ${commit.snapshotId}`
  if (node.parents.join() !== commit.parents.join()) {
    return `says the parents ${node.parents.join(", ")} instead of ${commit.parents.join(", ")}`
  }
  return node.generation === generation ? undefined : `says generation ${node.generation} instead of ${generation}`
}

/** Compares commits with their nodes in the index, as far as it has them. */
const compareNodes = Effect.fnUntraced(function* (
  inspection: Inspection,
  repository: RepositoryId,
  commits: ReadonlyArray<CheckedCommit>
) {
  const index = yield* ObjectIndex
  const asked = new Set(commits.flatMap(({ id, parents }) => [id, ...parents]))
  const { commits: nodes } = yield* index.known(repository, { blobs: [], snapshots: [], commits: [...asked] })
  for (const commit of commits) {
    const node = nodes.get(commit.id)
    const reason = node === undefined ? undefined : differenceOf(commit, node, generationOf(commit, nodes))
    if (reason !== undefined) {
      yield* inspection.report("RowDiffers", rowOf(`commit ${commit.id}`, repository), reason)
    }
  }
})

/** Tells of the snapshots of commits that were read and are right, and have no row. */
const checkSnapshotRows = Effect.fnUntraced(function* (
  inspection: Inspection,
  repository: RepositoryId,
  { table }: HeldObjects,
  commits: CommitNodes
) {
  for (const place of table.inOrder("commit").keys()) {
    const snapshot = commits.snapshotOf(place)
    if (snapshot === undefined || !table.isMarked(snapshot, marks.sound)) continue
    if (table.isMarked(snapshot, marks.recorded)) continue
    const what = rowOf(`snapshot ${table.idOf(snapshot)}`, repository)
    yield* inspection.report("RowMissing", what, `is not in the index; commit ${commits.at(place)?.id} has it`)
  }
})

/** Checks the rows of commits that were read and are right, as far as there are rows. */
export const checkCommitRows = Effect.fnUntraced(function* (
  inspection: Inspection,
  repository: RepositoryId,
  held: HeldObjects,
  commits: CommitNodes
) {
  const index = yield* ObjectIndex
  yield* inSlices(() => commits.settling())
  yield* checkSnapshotRows(inspection, repository, held, commits)
  let from = 0
  yield* Stream.runForEach(
    digestedPages((page) => index.nodesDigest(repository, page)),
    Effect.fnUntraced(function* ({ rows, sha256, upTo }) {
      const [start, end] = [from, held.table.endOf("commit", from, upTo)]
      from = end
      if (rows === end - start && (yield* inSlices(() => commits.hashing(start, end))) === sha256) return
      for (let at = start; at < end; at += comparedTogether) {
        const places = Array.from({ length: Math.min(comparedTogether, end - at) }, (_, place) => at + place)
        const some = places.map((place) => commits.at(place)).filter((commit) => commit !== undefined)
        if (some.length > 0) yield* compareNodes(inspection, repository, some)
      }
    })
  )
})
