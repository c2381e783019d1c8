/** The part of the commit graph that a push as a stream touches. */
import { sliceEntries, type Slices } from "../../base/Slices.ts"
import { type CommitNode, nodeOf } from "../../history/CommitNode.ts"
import type { Commit } from "../../object/Commit.ts"
import type { CommitId } from "../../object/Id.ts"

/** The nodes, with generations, of the commits that arrived and of their parents that the repository already had. */
export class ArrivingNodes {
  readonly known = new Map<CommitId, CommitNode>()
  readonly came = new Map<CommitId, CommitNode>()

  get(id: CommitId): CommitNode | undefined {
    return this.came.get(id) ?? this.known.get(id)
  }

  add(commit: Commit): void {
    this.came.set(commit.id, nodeOf(commit, this))
  }

  /** Finds the arrived commits that are reachable from the tip. */
  *behind(tip: CommitId): Slices<ReadonlyArray<CommitId>> {
    const found = new Set<CommitId>()
    const stack = [tip]
    for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
      const node = this.came.get(id)
      if (node === undefined || found.has(id)) continue
      found.add(id)
      stack.push(...node.parents)
      if (found.size % sliceEntries === 0) yield
    }
    return [...found]
  }
}
