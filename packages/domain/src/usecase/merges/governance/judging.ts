/** Decides whether the rules of `.musegovernance.json` let a merge pass: pure functions of what they count. */
import { Effect } from "effect"
import type { CommitId } from "../../../object/Id.ts"
import { type AppliedRule, isTeam, type Reviewer, type TeamReference } from "../../../reading/document/Governance.ts"
import type { UserName } from "../../../repository/Names.ts"
import type { MergeStrategy } from "../../../repository/Proposal.ts"
import type { Root } from "../../../repository/Root.ts"
import type { RoleInTeams } from "../../../repository/rule/roles.ts"
import {
  changesRequestedBy,
  type Contributors,
  countingApprovals,
  type Reviewed
} from "../../proposals/approval/approvals.ts"
import { RuleUnmet } from "../mergeErrors.ts"

/** What the rules are judged by. */
export interface Judged {
  readonly root: Root
  readonly proposal: Reviewed
  /** The present head of the proposal's branch. */
  readonly fromHead: CommitId
  readonly contributors: Contributors
  readonly inTeams: RoleInTeams
  /** Says whether a user is a member of a team. */
  readonly isMember: (team: TeamReference, user: UserName) => boolean
}

/** A rule, and how far a merge meets it. */
export interface RuleVerdict extends AppliedRule {
  /** Approvals that count for the rule. */
  readonly given: number
  /** Why the merge is refused whatever its strategy, as the end of a sentence about the rule; null if it is not. */
  readonly refusal: string | null
}

const isAmong = (reviewers: ReadonlyArray<Reviewer>, user: UserName, isMember: Judged["isMember"]): boolean =>
  reviewers.some((reviewer) => (isTeam(reviewer) ? isMember(reviewer, user) : reviewer === user))

/** Reviewers that a refusal names. */
const namedMax = 5

const listed = (reviewers: ReadonlyArray<Reviewer>): string =>
  [...reviewers.slice(0, namedMax), ...(reviewers.length > namedMax ? ["…"] : [])].join(", ")

/** Judges a rule. The approval of who opened the proposal does not count for it. */
export const judge = (rule: AppliedRule, judged: Judged): RuleVerdict => {
  const { contributors, fromHead, inTeams, isMember, proposal, root } = judged
  const { approvals, reviewers } = rule
  if (approvals === 0) return { ...rule, given: 0, refusal: null }
  const given = countingApprovals(root, proposal, fromHead, contributors, inTeams).filter(
    (user) => user !== proposal.author && (reviewers === null || isAmong(reviewers, user, isMember))
  ).length
  const objections = changesRequestedBy(root, proposal, fromHead, inTeams)
  const by = reviewers === null ? "" : ` by ${listed(reviewers)}`
  const refusal =
    given < approvals
      ? `asks for ${approvals} approval(s) of its present head${by}, not by its author, and has ${given}`
      : objections.length > 0
        ? `waits while changes are requested by ${objections.join(", ")}`
        : null
  return { ...rule, given, refusal }
}

/** Fails with the first rule that is not met. */
export const requireRules = (
  rules: ReadonlyArray<AppliedRule>,
  strategy: MergeStrategy,
  judged: Judged
): Effect.Effect<void, RuleUnmet> => {
  const { number } = judged.proposal
  for (const rule of rules) {
    const { approvals: needed, given, name, path, refusal, strategies } = judge(rule, judged)
    const reason = strategies?.includes(strategy) === false ? `lets it land only by ${strategies.join(", ")}` : refusal
    if (reason !== null) return Effect.fail(new RuleUnmet({ number, rule: name, path, needed, given, reason }))
  }
  return Effect.void
}
