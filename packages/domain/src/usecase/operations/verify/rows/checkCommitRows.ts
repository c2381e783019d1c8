/** Checks what the index says of commits against their bytes: parents, snapshot, and the generation. */
import { Effect } from "effect"
import { orDefault } from "../../../../base/expected.ts"
import type { CommitNode } from "../../../../history/CommitNode.ts"
import type { CommitId, RepositoryId } from "../../../../object/Id.ts"
import { ObjectIndex } from "../../../../port/index/ObjectIndex.ts"
import { type CheckedCommit, type HeldObjects, withoutSnapshotRow } from "../packs/checkingObjects.ts"
import type { Inspection } from "../Inspection.ts"

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

/** Checks the rows of commits that were read and are right, as far as there are rows. */
export const checkCommitRows = Effect.fnUntraced(function* (
  inspection: Inspection,
  repository: RepositoryId,
  held: HeldObjects,
  commits: ReadonlyArray<CheckedCommit>
) {
  if (commits.length === 0) return
  const index = yield* ObjectIndex
  const asked = new Set(commits.flatMap(({ id, parents }) => [id, ...parents]))
  const { commits: nodes } = yield* index.known(repository, { blobs: [], snapshots: [], commits: [...asked] })
  const placeOf = (what: string) => `the row of ${what} of repository ${repository}`
  for (const commit of commits) {
    const node = nodes.get(commit.id)
    const reason = node === undefined ? undefined : differenceOf(commit, node, generationOf(commit, nodes))
    if (reason !== undefined) yield* inspection.report("RowDiffers", placeOf(`commit ${commit.id}`), reason)
  }
  for (const { id, snapshotId } of withoutSnapshotRow(held, commits)) {
    yield* inspection.report(
      "RowMissing",
      placeOf(`snapshot ${snapshotId}`),
      `is not in the index; commit ${id} has it`
    )
  }
})
