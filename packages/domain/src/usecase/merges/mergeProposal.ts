/**
 * Merges a proposal. The new objects are stored first. Then one compare-and-set moves the target and removes the
 * proposal from the open ones. If the branches moved meanwhile, the merge is computed again on the new heads.
 */
import type { Packs } from "../../invariant/packs/Packs.ts"
import { Effect, Schema } from "effect"
import { headOf, withHead } from "../../invariant/refs/heads.ts"
import type { Decision, MoveError, Roots } from "../../invariant/Roots.ts"
import type { CommitId, SnapshotId } from "../../object/Id.ts"
import type { BranchName } from "../../repository/Names.ts"
import type { Merged, MergeStrategy, Proposal, ProposalNumber } from "../../repository/Proposal.ts"
import type { NameWarning } from "../../repository/NameWarning.ts"
import { type Protection, protectionOf, type Root } from "../../repository/Root.ts"
import { approvalsNeeded, branchRef, checkLease, type HeadMoved } from "../../repository/rule/branchRules.ts"
import { teamRolesOf } from "../../invariant/teams/TeamRoles.ts"
import type { RoleInTeams } from "../../repository/rule/roles.ts"
import { nowIso } from "../../object/now.ts"
import type { ContentRefused, ObjectRefused } from "../../object/Refused.ts"
import { indexedGraph, visibleGraph } from "../graph/commitGraph.ts"
import { withNodes } from "../../history/CommitNode.ts"
import { closingMerged } from "../write/mergedByMove.ts"
import { moveRoot } from "../write/moveRoot.ts"
import type { OpenRepository, OpenError } from "../access/openRepository.ts"
import { admitted, type HubBusy } from "../admission/Admission.ts"
import type { QuotaExceeded } from "../admission/Quotas.ts"
import { retryReopened } from "../access/retryReopened.ts"
import { storeHistory } from "../write/storeHistory.ts"
import {
  changesRequestedBy,
  type Contributors,
  countingApprovals,
  freshCommit,
  noContributors
} from "../proposals/approval/approvals.ts"
import { contributorsOf } from "../proposals/approval/contributors.ts"
import { ProposalBranchGone, ProposalNotOpen, type ProposalUnknown } from "../proposals/errors.ts"
import { findProposal } from "../proposals/findProposal.ts"
import { settleProposal } from "../proposals/settleProposal.ts"
import type { PackLost } from "../recovery/PackLost.ts"
import { requireRules } from "./governance/judging.ts"
import { membershipsOf } from "./governance/membershipsOf.ts"
import { ApprovalsMissing, type RuleUnmet, TargetContended } from "./mergeErrors.ts"
import { type PlannedLanding, planMerge, type PlanMergeError } from "./mergeStrategies.ts"
import type { Index } from "../../port/index/Index.ts"
import type { ObjectStore } from "../../port/ObjectStore.ts"

export interface MergeRequest {
  readonly strategy: MergeStrategy
  /** Replaces the default message of the merge commit or squashed commit. */
  readonly message?: string | undefined
  /** The expected head of the proposal's branch; the merge is refused if it has another one. */
  readonly expect?: CommitId | undefined
}

export interface MergeAnswer {
  readonly number: ProposalNumber
  readonly strategy: MergeStrategy
  readonly toBranch: BranchName
  /** The new head of the target. */
  readonly mergeCommitId: CommitId
  readonly snapshotId: SnapshotId
  /** The new commits, parents first; empty after a fast-forward. */
  readonly commits: ReadonlyArray<CommitId>
  /** About the paths of the tree that landed. */
  readonly warnings: ReadonlyArray<NameWarning>
  /** What is wrong with `.musegovernance.json` at the former head of the target, whose rules did not hold. */
  readonly governanceInvalid: string | null
}

/** The branches, their protection or the proposal changed after the merge was computed. */
class Overtaken extends Schema.TaggedError<Overtaken>()("Overtaken", {}) {}

/** The maximum number of attempts for one request. */
const attemptsMax = 5

const headOfProposal = (root: Root, number: ProposalNumber, branch: BranchName) =>
  Effect.flatMap(headOf(root, branch), (head) =>
    head === undefined ? Effect.fail(new ProposalBranchGone({ number, branch })) : Effect.succeed(head)
  )

const checkApprovals = (
  root: Root,
  proposal: Proposal,
  to: BranchName,
  fromHead: CommitId,
  contributors: Contributors,
  inTeams: RoleInTeams
) => {
  const needed = approvalsNeeded(root, to)
  if (needed === 0) return Effect.void
  const given = countingApprovals(root, proposal, fromHead, contributors, inTeams).length
  const objections = changesRequestedBy(root, proposal, fromHead, inTeams)
  if (given >= needed && objections.length === 0) return Effect.void
  const { others } = contributors
  return Effect.fail(
    new ApprovalsMissing({
      number: proposal.number,
      needed,
      given,
      changesRequestedBy: objections,
      ...(others === undefined ? {} : { uncounted: `${others}; ${freshCommit}` })
    })
  )
}

interface Decided {
  readonly proposal: Proposal
  readonly from: BranchName
  readonly to: BranchName
  readonly fromHead: CommitId
  readonly toHead: CommitId
  readonly plan: PlannedLanding
  readonly strategy: MergeStrategy
  readonly by: Merged["by"]
  readonly contributors: Contributors
  /** The target's protection for which the contributors were looked up. */
  readonly rule: Protection | undefined
}

const isSameRule = (one: Protection | undefined, other: Protection | undefined): boolean =>
  one?.approvals === other?.approvals && one?.selfApproval === other?.selfApproval

/** Moves the target and removes the proposal from the open ones, if nothing changed since the merge was computed. */
const moveTarget = ({
  proposal,
  from,
  to,
  fromHead,
  toHead,
  plan,
  strategy,
  by,
  contributors,
  rule
}: Decided): Decision<Overtaken | ApprovalsMissing | RuleUnmet> =>
  Effect.fnUntraced(function* (root) {
    const { number } = proposal
    const open = root.proposals.open.find((entry) => entry.number === number)
    if (open?.from !== from || open.to !== to) return yield* new Overtaken()
    if ((yield* headOf(root, from)) !== fromHead || (yield* headOf(root, to)) !== toHead) return yield* new Overtaken()
    if (!isSameRule(protectionOf(root, to), rule)) return yield* new Overtaken()
    const inTeams = yield* teamRolesOf(root)
    yield* checkApprovals(root, proposal, to, fromHead, contributors, inTeams)
    const { rules } = plan.governed
    const isMember = yield* membershipsOf(rules)
    yield* requireRules(rules, strategy, { root, proposal, fromHead, contributors, inTeams, isMember })
    return {
      root: {
        ...(yield* withHead(root, to, plan.head)),
        proposals: { ...root.proposals, open: root.proposals.open.filter((entry) => entry.number !== number) }
      },
      change: {
        action: "merge-proposal",
        by,
        at: yield* nowIso,
        moves: [{ ref: branchRef(to), from: toHead, to: plan.head }],
        proposal: number
      }
    }
  })

/** Attempts to merge the present heads once. */
const attempt = Effect.fnUntraced(function* (
  open: OpenRepository<"write">,
  number: ProposalNumber,
  request: MergeRequest
) {
  const root = open.root.value
  const { user: by } = open.principal
  const { proposal, state, from, to } = yield* findProposal(open, number)
  if (state !== "open") return yield* new ProposalNotOpen({ number, state })
  const fromHead = yield* headOfProposal(root, number, from)
  const toHead = yield* headOfProposal(root, number, to)
  yield* checkLease(from, fromHead, request.expect)
  const rule = protectionOf(root, to)
  const contributors =
    rule === undefined || rule.selfApproval ? noContributors : yield* contributorsOf(open, { from, to })
  const inTeams = yield* teamRolesOf(root)
  yield* checkApprovals(root, proposal, to, fromHead, contributors, inTeams)
  const task = { proposal: { ...proposal, from, to }, ours: toHead, theirs: fromHead, by, message: request.message }
  const { strategy } = request
  const plan = yield* planMerge(open, task, strategy)
  const { invalid, rules } = plan.governed
  const isMember = yield* membershipsOf(rules)
  yield* requireRules(rules, strategy, { root, proposal, fromHead, contributors, inTeams, isMember })
  if (invalid !== null) yield* Effect.logWarning(`the rules of repository ${open.id} do not hold: ${invalid}`)
  const packs = plan.commits.length > 0 ? yield* storeHistory(open, plan, { branch: to, head: plan.head }) : []
  const commits = plan.commits.map(({ id }) => id)
  const parents = yield* (yield* visibleGraph(open)).resolve(plan.commits.flatMap((commit) => commit.parents))
  const nodes = withNodes(new Map(parents.map((node) => [node.id, node])), plan.commits)
  const graph = yield* indexedGraph(open.id, nodes)
  const decide = moveTarget({ proposal, from, to, fromHead, toHead, plan, strategy, by, contributors, rule })
  yield* moveRoot(open, closingMerged(graph, decide), packs)
  const merged: Merged = {
    strategy,
    commit: plan.head,
    snapshot: plan.snapshotId,
    fromHead,
    toHead,
    by,
    at: yield* nowIso
  }
  yield* settleProposal(open, number, { state: "merged", merged, from, to })
  const answer: MergeAnswer = {
    number,
    strategy,
    toBranch: to,
    mergeCommitId: plan.head,
    snapshotId: plan.snapshotId,
    commits,
    warnings: plan.warnings,
    governanceInvalid: invalid
  }
  return answer
})

export type MergeProposalError =
  | HubBusy
  | ProposalUnknown
  | ProposalNotOpen
  | ProposalBranchGone
  | HeadMoved
  | ApprovalsMissing
  | RuleUnmet
  | TargetContended
  | PlanMergeError
  | PackLost
  | QuotaExceeded
  | ObjectRefused
  | ContentRefused
  | OpenError
  | MoveError

/**
 * Merges an open proposal. The proposal's branch does not move. After a conflict or any other failure, no ref shows
 * anything of the attempt.
 */
export const mergeProposal = Effect.fn("mergeProposal")(function* (
  opened: OpenRepository<"write">,
  number: ProposalNumber,
  request: MergeRequest
): Effect.fn.Return<MergeAnswer, MergeProposalError, Index | ObjectStore | Packs | Roots> {
  return yield* retryReopened(opened, {
    access: "write",
    run: (open) => admitted("merge", attempt(open, number, request)),
    while: ({ _tag }) => _tag === "Overtaken",
    attemptsMax
  }).pipe(Effect.catchTag("Overtaken", () => new TargetContended({ number, attempts: attemptsMax })))
})
