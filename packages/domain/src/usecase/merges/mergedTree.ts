/**
 * Merges the trees of two heads. The preview shows this tree and every strategy lands it, so that what was reviewed is
 * what lands.
 */
import { Effect } from "effect"
import { isAncestor } from "../../history/ancestry.ts"
import { mergeCommits, type MergeResult } from "../../merge/merge.ts"
import type { MergeConflict } from "../../merge/mergeManifests.ts"
import type { CommitId, SnapshotId } from "../../object/Id.ts"
import { identifying } from "../../object/Manifest.ts"
import { findingPathWarnings, type NameWarning } from "../../repository/NameWarning.ts"
import { expected } from "../../base/expected.ts"
import { inSlices } from "../../base/Slices.ts"
import type { mergeSource } from "./mergeSource.ts"

export type Source = Effect.Success<ReturnType<typeof mergeSource>>

/**
 * The outcome of merging two heads:
 *
 * - `up_to_date`: the target already has every commit, or the merge would not change its tree;
 * - `unrelated`: the heads have no common ancestor, so there is nothing to compare them with;
 * - `conflicted`: changes of both sides cannot be joined;
 * - `fast_forward`: the target has no commits of its own;
 * - `merged`: both have, and the trees were joined.
 */
export type MergedTree = { readonly bases: ReadonlyArray<CommitId> } & (
  | { readonly outcome: "up_to_date"; readonly snapshotId: SnapshotId }
  | { readonly outcome: "unrelated" }
  | { readonly outcome: "conflicted"; readonly conflicts: ReadonlyArray<MergeConflict> }
  | {
      readonly outcome: "fast_forward" | "merged"
      readonly snapshotId: SnapshotId
      /** About the paths of the merged tree. */
      readonly warnings: ReadonlyArray<NameWarning>
      readonly merge: MergeResult & { readonly outcome: "merged" }
    }
)

/** Returns the snapshot of a commit in the graph. */
export const snapshotOf = Effect.fnUntraced(function* (source: Source, commit: CommitId) {
  const [node] = yield* source.graph.resolve([commit])
  return expected(node, `commit ${commit} in the graph`).snapshotId
})

/** Merges the tree of `theirs` into that of `ours`. Writes nothing. */
export const mergedTree = Effect.fnUntraced(function* (source: Source, ours: CommitId, theirs: CommitId) {
  const present = yield* snapshotOf(source, ours)
  if (yield* isAncestor(source.graph, theirs, [ours])) {
    const nothing: MergedTree = { outcome: "up_to_date", bases: [theirs], snapshotId: present }
    return nothing
  }
  const merge = yield* mergeCommits(source, ours, theirs)
  const tree = (result: MergedTree) => result
  const { bases } = merge
  if (bases.length === 0) return tree({ outcome: "unrelated", bases })
  if (merge.outcome === "conflicted") return tree({ outcome: "conflicted", bases, conflicts: merge.conflicts })
  const snapshotId = yield* inSlices(() => identifying(merge.manifest))
  if (snapshotId === present) return tree({ outcome: "up_to_date", bases, snapshotId })
  const forward = bases.length === 1 && bases[0] === ours
  return tree({
    outcome: forward ? "fast_forward" : "merged",
    bases,
    snapshotId,
    warnings: yield* inSlices(() => findingPathWarnings(merge.manifest)),
    merge
  })
})
