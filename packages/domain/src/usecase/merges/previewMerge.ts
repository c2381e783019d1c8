/** Previews the merge of a proposal. */
import type { Packs } from "../../invariant/packs/Packs.ts"
import { Effect, Result } from "effect"
import { branchWarnings } from "../../invariant/refs/branchWarnings.ts"
import { headOf } from "../../invariant/refs/heads.ts"
import type { AttributesRefused } from "../../merge/Attributes.ts"
import type { TreeTooLarge } from "../../merge/TreeTooLarge.ts"
import type { CommitId } from "../../object/Id.ts"
import type { ProposalNumber } from "../../repository/Proposal.ts"
import { teamRolesOf } from "../../invariant/teams/TeamRoles.ts"
import { noTeams } from "../../repository/rule/roles.ts"
import type { RootMissing } from "../../repository/rootErrors.ts"
import { mergeSource, type MergeReadError } from "./mergeSource.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { admitted, type HubBusy } from "../admission/Admission.ts"
import { ProposalBranchGone, ProposalNotOpen, type ProposalUnknown } from "../proposals/errors.ts"
import { noContributors, selfApprovalCounts } from "../proposals/approval/approvals.ts"
import { contributorsOf, type ContributorsError } from "../proposals/approval/contributors.ts"
import { findProposal } from "../proposals/findProposal.ts"
import { type Governed, governing, ungoverned } from "./governance/governing.ts"
import { judge, type RuleVerdict } from "./governance/judging.ts"
import { membershipsOf } from "./governance/membershipsOf.ts"
import { mergedTree } from "./mergedTree.ts"
import { conflictsListedMax } from "./mergeErrors.ts"
import { type PreviewedTree, Previews } from "./Previews.ts"
import type { Roots } from "../../invariant/Roots.ts"
import type { Index } from "../../port/index/Index.ts"
import type { ObjectStore } from "../../port/ObjectStore.ts"

/** What `.musegovernance.json` says of a merge, and how far the merge meets it. */
export interface PreviewedGovernance extends Omit<Governed, "rules"> {
  readonly rules: ReadonlyArray<RuleVerdict>
}

/** The tree of a merge, with warnings about the two branches too. */
export interface MergePreview extends Omit<PreviewedTree, "governed"> {
  readonly governance: PreviewedGovernance
  readonly fromHead: CommitId
  readonly toHead: CommitId
}

export type PreviewMergeError =
  | HubBusy
  | ProposalUnknown
  | ProposalNotOpen
  | ProposalBranchGone
  | AttributesRefused
  | TreeTooLarge
  | RootMissing
  | MergeReadError
  | ContributorsError

/** Merges two heads, and keeps what a preview says of the tree. The tree that every strategy lands has its id. */
const previewedTree = Effect.fnUntraced(function* (open: OpenRepository, ours: CommitId, theirs: CommitId) {
  const source = yield* mergeSource(open)
  const tree = yield* mergedTree(source, ours, theirs)
  const conflicts = tree.outcome === "conflicted" ? tree.conflicts : []
  const previewed: PreviewedTree = {
    outcome: tree.outcome,
    bases: tree.bases,
    conflicts: conflicts.slice(0, conflictsListedMax),
    conflictCount: conflicts.length,
    snapshotId: "snapshotId" in tree ? tree.snapshotId : null,
    warnings: "warnings" in tree ? tree.warnings : [],
    governed: "merge" in tree ? yield* governing(open.id, yield* source.manifestOf(ours), tree.merge) : ungoverned
  }
  return previewed
})

/** Returns the outcome of merging the present heads of an open proposal. Writes nothing. */
export const previewMerge = Effect.fn("previewMerge")(function* (
  open: OpenRepository,
  number: ProposalNumber
): Effect.fn.Return<MergePreview, PreviewMergeError, Index | ObjectStore | Packs | Roots> {
  const root = open.root.value
  const { from, proposal, state, to } = yield* findProposal(open, number)
  if (state !== "open") return yield* new ProposalNotOpen({ number, state })
  const theirs = yield* headOf(root, from)
  const ours = yield* headOf(root, to)
  if (theirs === undefined) return yield* new ProposalBranchGone({ number, branch: from })
  if (ours === undefined) return yield* new ProposalBranchGone({ number, branch: to })
  const computed = admitted("preview", previewedTree(open, ours, theirs)).pipe(
    Effect.map(Result.succeed),
    Effect.catchTag(["AttributesRefused", "TreeTooLarge"], (refused) => Effect.succeed(Result.fail(refused)))
  )
  const { of } = yield* Previews
  const previewed = yield* Effect.fromResult(yield* of({ repository: open.id, ours, theirs }, computed))
  const { governed, ...tree } = previewed
  const isCounted = governed.rules.some(({ approvals }) => approvals > 0) && !selfApprovalCounts(root, proposal)
  const contributors = isCounted ? yield* contributorsOf(open, { from, to }) : noContributors
  const inTeams = governed.rules.length > 0 ? yield* teamRolesOf(root) : noTeams
  const isMember = yield* membershipsOf(governed.rules)
  const judged = { root, proposal: { ...proposal, to }, fromHead: theirs, contributors, inTeams, isMember }
  const about = yield* branchWarnings(root)
  const branches = new Set([...about(from), ...about(to)])
  const preview: MergePreview = {
    ...tree,
    warnings: [...branches, ...tree.warnings],
    governance: { ...governed, rules: governed.rules.map((rule) => judge(rule, judged)) },
    fromHead: theirs,
    toHead: ours
  }
  return preview
})
