/** Which reviews count: pure functions of the root, the proposal and the head that would be merged. */
import type { CommitId } from "../../object/Id.ts"
import type { UserName } from "../../repository/Names.ts"
import type { Proposal, Review, Verdict } from "../../repository/Proposal.ts"
import { protectionOf, type Root } from "../../repository/Root.ts"
import { mayWrite } from "../access/policy.ts"
import { openEntry } from "../../repository/openProposals.ts"

/** What of a proposal its reviews are counted by. */
export type Reviewed = Pick<Proposal, "number" | "author" | "to" | "reviews">

/** Whether the author's own approval counts for the target as it is called now. */
export const selfApprovalCounts = (root: Root, { number, to }: Pick<Proposal, "number" | "to">): boolean =>
  protectionOf(root, openEntry(root, number)?.to ?? to)?.selfApproval ?? true

/**
 * People who may write and whose latest review says this of the present head, in order of their reviews. A review of
 * another head counts no more, nor does one that its reviewer has replaced.
 */
const saying = (
  root: Root,
  { reviews }: Reviewed,
  fromHead: CommitId | null,
  verdict: Verdict
): ReadonlyArray<UserName> => {
  const latest = new Map<UserName, Review>()
  for (const review of reviews) {
    latest.delete(review.by)
    latest.set(review.by, review)
  }
  return [...latest.values()]
    .filter((review) => review.verdict === verdict && review.commit === fromHead && mayWrite(root, review.by))
    .map(({ by }) => by)
}

/** Whose approvals count; `fromHead` is the present head of the proposal's branch, null where it is gone. */
export const countingApprovals = (root: Root, proposal: Reviewed, fromHead: CommitId | null): ReadonlyArray<UserName> =>
  saying(root, proposal, fromHead, "approve").filter(
    (by) => by !== proposal.author || selfApprovalCounts(root, proposal)
  )

/** Who wants changes before the present head is merged. */
export const changesRequestedBy = (
  root: Root,
  proposal: Reviewed,
  fromHead: CommitId | null
): ReadonlyArray<UserName> => saying(root, proposal, fromHead, "request_changes")
