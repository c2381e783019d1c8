/** The JSON of proposals, with the same names in the REST API and in the CLI's `--json`. */
import type { ProposalRow } from "../../port/index/ProposalIndex.ts"
import type { ProposalView } from "./showProposal.ts"

/** Returns the JSON of a proposal in a list. */
export const proposalRowJson = ({ number, title, author, from, to, state, createdAt, updatedAt }: ProposalRow) => ({
  number,
  title,
  author,
  fromBranch: from,
  toBranch: to,
  state,
  createdAt,
  updatedAt
})

/** Returns the JSON of one proposal with its conversation. */
export const proposalJson = (proposal: ProposalView) => {
  const { approvals, approvalsNeeded, body, comments, fromHead, merged, reviews, toHead } = proposal
  return {
    ...proposalRowJson(proposal),
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
