/** Makes the tree of a merge that the legacy server recorded without one. */
import { Effect } from "effect"
import { expected } from "../../../base/expected.ts"
import { inSlices } from "../../../base/Slices.ts"
import { CommitGraph, emptySource } from "../../../history/CommitGraph.ts"
import { type CommitNode, nodeOf } from "../../../history/CommitNode.ts"
import { readBlob } from "../../../invariant/ObjectReader.ts"
import { servedSize } from "../../../invariant/servedObjects.ts"
import { mergeCommits, type MergeSource } from "../../../merge/merge.ts"
import type { CommitId, RepositoryId, SnapshotId } from "../../../object/Id.ts"
import type { Manifest } from "../../../object/Manifest.ts"
import { makingSnapshot } from "../../../object/Snapshot.ts"
import type { LegacyGraph } from "../../../port/legacy/LegacyGraph.ts"

/** Snapshots are no matter of a merge base. */
const noSnapshot = "" as SnapshotId

/** Makes the graph of commits, which come parents first, under the ids of the legacy hub. */
const graphOf = (order: Uint32Array, nodes: LegacyGraph): CommitGraph => {
  const known = new Map<CommitId, CommitNode>()
  for (const number of order) {
    const id = nodes.idOf(number) as CommitId
    const node = expected(nodes.get(id), `the node of commit ${id}`)
    const parents = node.parents as ReadonlyArray<CommitId>
    // What leads back to itself, or to what has no row, is not brought.
    if (parents.every((parent) => known.has(parent))) {
      known.set(id, nodeOf({ id, parents, snapshotId: noSnapshot }, known))
    }
  }
  return new CommitGraph(emptySource, known)
}

/** What merges read of one repository. */
export interface LegacyTrees<E, R> {
  /** Finds the manifest of a commit, by its id at the legacy hub. */
  readonly manifestOf: (commit: CommitId) => Effect.Effect<Manifest, E, R>
  /** Makes all blobs readable that were brought. */
  readonly settle: Effect.Effect<void, E, R>
}

/** Merges trees of one repository. */
export class LegacyMerges<E, R> {
  readonly #repository: RepositoryId
  readonly #graph: () => CommitGraph
  readonly #trees: LegacyTrees<E, R>

  constructor(
    repository: RepositoryId,
    history: { readonly order: Uint32Array; readonly nodes: LegacyGraph },
    trees: LegacyTrees<E, R>
  ) {
    let graph: CommitGraph | undefined
    this.#repository = repository
    this.#graph = () => (graph ??= graphOf(history.order, history.nodes))
    this.#trees = trees
  }

  /**
   * Merges `theirs` into `ours`, as a merge of a proposal does. Returns the snapshot with the contents that are new, or
   * why there is none.
   */
  readonly merge = Effect.fnUntraced({ self: this }, function* (ours: CommitId, theirs: CommitId, createdAt: string) {
    const repository = this.#repository
    type Reading = R | Effect.Services<ReturnType<typeof readBlob>>
    const context = yield* Effect.context<Reading>()
    const source: MergeSource<E | Effect.Error<ReturnType<typeof readBlob>>, never> = {
      graph: this.#graph(),
      manifestOf: (commit) => Effect.provideContext(this.#trees.manifestOf(commit), context),
      readBlob: (id, bytesMax) =>
        this.#trees.settle.pipe(
          Effect.andThen(servedSize({ repository, type: "blob", id })),
          Effect.flatMap((size) => (size > bytesMax ? Effect.succeed(undefined) : readBlob(repository, id))),
          Effect.provideContext(context)
        )
    }
    const merge = yield* mergeCommits(source, ours, theirs)
    if (merge.bases.length === 0) return "its parents have no history in common"
    if (merge.outcome === "conflicted") {
      const [first] = merge.conflicts
      return `its parents cannot be merged: both changed ${first?.path}, and ${merge.conflicts.length} paths in all`
    }
    return { snapshot: yield* inSlices(() => makingSnapshot(merge.manifest, createdAt)), blobs: merge.blobs }
  })
}
