/** A commit as a node of the graph, and its generation, which orders every walk. */
import type { Commit } from "../object/Commit.ts"
import type { CommitId, SnapshotId } from "../object/Id.ts"
import { expected } from "../base/expected.ts"
import { atOnce, sliceEntries, type Slices } from "../base/Slices.ts"

export interface CommitNode {
  readonly id: CommitId
  readonly parents: ReadonlyArray<CommitId>
  /** 1 for a commit without parents, else one more than the greatest among its parents. */
  readonly generation: number
  readonly snapshotId: SnapshotId
  /** Stored bytes of the commit and its snapshot, for planning an answer; 0 while they are not stored. */
  readonly storedBytes: number
}

/** The known nodes by id. */
export interface KnownNodes {
  readonly get: (id: CommitId) => CommitNode | undefined
}

/**
 * Makes the node of a commit whose parents are known. Throws if a parent is unknown, which is a bug of the caller: with
 * a generation that is too small, every later walk would miss ancestors.
 */
export const nodeOf = (
  { id, parents, snapshotId }: Pick<Commit, "id" | "parents" | "snapshotId">,
  known: KnownNodes,
  storedBytes = 0
): CommitNode => {
  let generation = 1
  for (const parent of parents) {
    const node = expected(known.get(parent), `parent ${parent} of commit ${id} in the graph`)
    generation = Math.max(generation, node.generation + 1)
  }
  return { id, parents, generation, snapshotId, storedBytes }
}

/** Joins known nodes and those of new commits, which come parents first. */
export const joiningNodes = function* (
  known: ReadonlyArray<ReadonlyMap<CommitId, CommitNode>>,
  fresh: ReadonlyArray<Commit>
): Slices<ReadonlyMap<CommitId, CommitNode>> {
  const nodes = new Map<CommitId, CommitNode>()
  for (const some of known) {
    for (const [id, node] of some) {
      nodes.set(id, node)
      if (nodes.size % sliceEntries === 0) yield
    }
  }
  for (const [place, commit] of fresh.entries()) {
    nodes.set(commit.id, nodeOf(commit, nodes))
    if ((place + 1) % sliceEntries === 0) yield
  }
  return nodes
}

/** Returns the nodes that `joiningNodes` joins, without a pause. */
export const withNodes = (known: ReadonlyMap<CommitId, CommitNode>, fresh: ReadonlyArray<Commit>) =>
  atOnce(joiningNodes([known], fresh))
