/** Previews the merge of a proposal. */
import { Effect } from "effect"
import type { AttributesRefused } from "../../merge/Attributes.ts"
import type { CommitId, SnapshotId } from "../../object/Id.ts"
import type { ProposalNumber } from "../../repository/Proposal.ts"
import { branchWarnings, type NameWarning } from "../../repository/NameWarning.ts"
import { headOf } from "../../repository/Root.ts"
import type { RootMissing } from "../../repository/rootErrors.ts"
import { mergeSource, type MergeReadError } from "./mergeSource.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { admitted, type HubBusy } from "../admission/Admission.ts"
import { ProposalBranchGone, ProposalNotOpen, type ProposalUnknown } from "../proposals/errors.ts"
import { findProposal } from "../proposals/findProposal.ts"
import { mergedTree, type MergedTree } from "./mergedTree.ts"
import type { Conflict } from "./mergeErrors.ts"
import type { Roots } from "../../invariant/Roots.ts"
import type { Index } from "../../port/index/Index.ts"
import type { ObjectStore } from "../../port/ObjectStore.ts"

export interface MergePreview {
  readonly outcome: MergedTree["outcome"]
  readonly bases: ReadonlyArray<CommitId>
  /** Sorted by path. */
  readonly conflicts: ReadonlyArray<Conflict>
  /** The tree that every strategy lands; null if there are conflicts or no common commit. */
  readonly snapshotId: SnapshotId | null
  /** About the two branches and the paths of the tree. */
  readonly warnings: ReadonlyArray<NameWarning>
  readonly fromHead: CommitId
  readonly toHead: CommitId
}

export type PreviewMergeError =
  | HubBusy
  | ProposalUnknown
  | ProposalNotOpen
  | ProposalBranchGone
  | AttributesRefused
  | RootMissing
  | MergeReadError

/** Returns the outcome of merging the present heads of an open proposal. Writes nothing. */
export const previewMerge = Effect.fn("previewMerge")(function* (
  open: OpenRepository,
  number: ProposalNumber
): Effect.fn.Return<MergePreview, PreviewMergeError, Index | ObjectStore | Roots> {
  const root = open.root.value
  const { state, from, to } = yield* findProposal(open, number)
  if (state !== "open") return yield* new ProposalNotOpen({ number, state })
  const theirs = headOf(root, from)
  const ours = headOf(root, to)
  if (theirs === undefined) return yield* new ProposalBranchGone({ number, branch: from })
  if (ours === undefined) return yield* new ProposalBranchGone({ number, branch: to })
  const tree = yield* admitted(
    "preview",
    Effect.flatMap(mergeSource(open), (source) => mergedTree(source, ours, theirs))
  )
  const branches = new Set([...branchWarnings(root, from), ...branchWarnings(root, to)])
  const preview: MergePreview = {
    outcome: tree.outcome,
    bases: tree.bases,
    conflicts: tree.outcome === "conflicted" ? tree.conflicts : [],
    snapshotId: "snapshotId" in tree ? tree.snapshotId : null,
    warnings: "warnings" in tree ? [...branches, ...tree.warnings] : [...branches],
    fromHead: theirs,
    toHead: ours
  }
  return preview
})
