/** Proposals under the names of the REST API; the CLI shows the same with `--json`. */
import type { ProposalRow } from "@musehub/domain/port/IndexStore"
import type { ProposalView as Shown } from "@musehub/domain/usecase/proposals/showProposal"
import type { ProposalView } from "./contract/proposals.ts"

/** A proposal as lists show it. */
export const proposalRow = ({ number, title, author, from, to, state, createdAt, updatedAt }: ProposalRow) => ({
  number,
  title,
  author,
  fromBranch: from,
  toBranch: to,
  state,
  createdAt,
  updatedAt
})

/** One proposal with all that was said. */
export const proposalView = (proposal: Shown): ProposalView => {
  const { approvals, approvalsNeeded, body, comments, fromHead, merged, reviews, toHead } = proposal
  return {
    ...proposalRow(proposal),
    body,
    reviews: reviews.map(({ commit, ...review }) => ({ ...review, commitId: commit })),
    comments,
    merged:
      merged === null
        ? null
        : {
            strategy: merged.strategy,
            mergeCommitId: merged.commit,
            snapshotId: merged.snapshot,
            fromHead: merged.fromHead,
            toHead: merged.toHead,
            by: merged.by,
            at: merged.at
          },
    fromHead,
    toHead,
    approvals,
    approvalsNeeded
  }
}
