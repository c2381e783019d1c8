/** Previews the merge of a proposal. */
import { Effect } from "effect"
import { isAncestor } from "../../history/ancestry.ts"
import { mergeCommits } from "../../merge/merge.ts"
import type { AttributesRefused } from "../../merge/Attributes.ts"
import type { CommitId, SnapshotId } from "../../object/Id.ts"
import { snapshotIdOf } from "../../object/Manifest.ts"
import type { ProposalNumber } from "../../repository/Proposal.ts"
import { headOf } from "../../repository/Root.ts"
import { mergeSource, type MergeReadError } from "./mergeSource.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { ProposalBranchGone, ProposalNotOpen, type ProposalUnknown } from "../proposals/errors.ts"
import { findProposal } from "../proposals/findProposal.ts"
import type { Conflict } from "./mergeErrors.ts"
import type { Fence } from "../../invariant/Fence.ts"
import type { Roots } from "../../invariant/Roots.ts"
import type { Index } from "../../port/index/Index.ts"
import type { ObjectStore } from "../../port/ObjectStore.ts"

export interface MergePreview {
  /** `fast_forward`: the target has no commits of its own. `up_to_date`: the target already has all commits. */
  readonly outcome: "up_to_date" | "fast_forward" | "merged" | "conflicted"
  readonly bases: ReadonlyArray<CommitId>
  /** Sorted by path. */
  readonly conflicts: ReadonlyArray<Conflict>
  /** The merged tree; null if there are conflicts. */
  readonly snapshotId: SnapshotId | null
  readonly fromHead: CommitId
  readonly toHead: CommitId
}

export type PreviewMergeError =
  | ProposalUnknown
  | ProposalNotOpen
  | ProposalBranchGone
  | AttributesRefused
  | MergeReadError

/** Returns the outcome of merging the present heads of an open proposal. Writes nothing. */
export const previewMerge = Effect.fn("previewMerge")(function* (
  open: OpenRepository,
  number: ProposalNumber
): Effect.fn.Return<MergePreview, PreviewMergeError, Index | Fence | ObjectStore | Roots> {
  const root = open.root.value
  const { state, from, to } = yield* findProposal(open, number)
  if (state !== "open") return yield* new ProposalNotOpen({ number, state })
  const theirs = headOf(root, from)
  const ours = headOf(root, to)
  if (theirs === undefined) return yield* new ProposalBranchGone({ number, branch: from })
  if (ours === undefined) return yield* new ProposalBranchGone({ number, branch: to })
  const source = yield* mergeSource(open)
  const merge = yield* mergeCommits(source, ours, theirs)
  const conflicts = merge.outcome === "conflicted" ? merge.conflicts : []
  const outcome = (yield* isAncestor(source.graph, theirs, [ours]))
    ? "up_to_date"
    : merge.outcome === "merged" && (yield* isAncestor(source.graph, ours, [theirs]))
      ? "fast_forward"
      : merge.outcome
  const preview: MergePreview = {
    outcome,
    bases: merge.bases,
    conflicts,
    snapshotId: merge.outcome === "merged" ? snapshotIdOf(merge.manifest) : null,
    fromHead: theirs,
    toHead: ours
  }
  return preview
})
