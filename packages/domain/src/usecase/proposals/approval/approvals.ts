/** Counts reviews: pure functions of the root, the proposal and the head to be merged. */
import type { CommitId } from "../../../object/Id.ts"
import type { UserName } from "../../../repository/Names.ts"
import type { Proposal, Review, Verdict } from "../../../repository/Proposal.ts"
import { protectionOf, type Root } from "../../../repository/Root.ts"
import { mayWrite, type RoleInTeams } from "../../../repository/rule/roles.ts"
import { openEntry } from "../../../repository/openProposals.ts"

/** The users who wrote or brought what is new in a proposal. */
export interface Contributors {
  readonly names: ReadonlySet<string>
  /** Why there may be others; absent where `names` has them all. */
  readonly others?: string
}

export const noContributors: Contributors = { names: new Set() }

/** The way out where there may be other contributors. */
export const freshCommit = "push it again as one new commit"

/** The fields of a proposal that decide which reviews count. */
export type Reviewed = Pick<Proposal, "number" | "author" | "to" | "reviews">

/**
 * Returns whether an approval counts for the target branch, under its present name, although its reviewer wrote or
 * brought part of what is new.
 */
export const selfApprovalCounts = (root: Root, { number, to }: Pick<Proposal, "number" | "to">): boolean =>
  protectionOf(root, openEntry(root, number)?.to ?? to)?.selfApproval ?? true

/**
 * Returns the users with write access whose latest review has this verdict on the present head, in order of their
 * reviews. A review of another head does not count, nor does one that its reviewer has replaced.
 */
const saying = (
  root: Root,
  { reviews }: Reviewed,
  fromHead: CommitId | null,
  verdict: Verdict,
  inTeams: RoleInTeams
): ReadonlyArray<UserName> => {
  const latest = new Map<UserName, Review>()
  for (const review of reviews) {
    latest.delete(review.by)
    latest.set(review.by, review)
  }
  return [...latest.values()]
    .filter((review) => review.verdict === verdict && review.commit === fromHead && mayWrite(root, review.by, inTeams))
    .map(({ by }) => by)
}

/**
 * Returns the users whose approvals count. `fromHead` is the present head of the proposal's branch, null if the branch
 * is gone. Where the target forbids self-approval, that of the proposal's author and of its contributors does not, and
 * none does while there may be other contributors.
 */
export const countingApprovals = (
  root: Root,
  proposal: Reviewed,
  fromHead: CommitId | null,
  { names, others }: Contributors,
  inTeams: RoleInTeams
): ReadonlyArray<UserName> =>
  saying(root, proposal, fromHead, "approve", inTeams).filter(
    (by) => selfApprovalCounts(root, proposal) || (others === undefined && by !== proposal.author && !names.has(by))
  )

/** Returns the users who request changes to the present head. */
export const changesRequestedBy = (
  root: Root,
  proposal: Reviewed,
  fromHead: CommitId | null,
  inTeams: RoleInTeams
): ReadonlyArray<UserName> => saying(root, proposal, fromHead, "request_changes", inTeams)
